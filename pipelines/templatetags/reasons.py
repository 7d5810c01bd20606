"""Reasons, problems and events in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.definition.messages import REASONS, Reason, sentence
from pipelines.definition.problems import RULES, Problem

register = template.Library()

EVENTS: dict[str, Promise] = {
    "manual": _("Manual"),
    "push": _("Push"),
    "pull_request": _("Pull request"),
    "tag": _("Tag"),
    "image": _("Image push"),
    "schedule": _("Schedule"),
    "api": _("API"),
    "upstream": _("Another pipeline"),
}


@register.filter
def reason_text(reason: Reason | Mapping[str, Any] | None) -> str:
    """The sentence of a reason, or of its JSON; nothing for none."""
    if not reason:
        return ""
    known = reason if isinstance(reason, Reason) else Reason.model_validate(reason)
    return sentence(gettext(REASONS[known.code]), known.params)


@register.filter
def problem_text(problem: Problem) -> str:
    return sentence(gettext(RULES[problem.code].template), problem.params)


@register.filter
def event_word(event: str) -> str:
    """What set a run off, in one word."""
    return str(EVENTS.get(event, event))
