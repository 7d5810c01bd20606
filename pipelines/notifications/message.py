"""What a notification says: the end of an attempt in words, and as a document for programs."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from pipelines.definition.variables import filled
from pipelines.notifications.base import Message

VERSION = 1
LONGEST_TEXT = 16_000  # bytes in UTF-8; quoted as JSON at most twice that
LONGEST_FIELD = 1024


def ended(document: Mapping[str, Any], *, template: str, variables: Mapping[str, str]) -> Message:
    """The message about a finished attempt. ``document`` is all of it but the text.

    ``template`` is the file's own text, empty for the usual one; ``${NAME}`` in it is filled in as data.
    """
    run = document["run"]
    facts = {
        "CICD_EXECUTION_STATE": run["state"],
        "CICD_EXECUTION_STATE_BEFORE": run["stateBefore"] or "",
        "CICD_EXECUTION_URL": run["url"],
        "CICD_EXECUTION_ATTEMPT": str(run["attempt"]),
    }
    text = filled(template, {**variables, **facts}) if template else _usual(document)
    subject = f"{document['pipeline']['displayName']} #{run['number']}: {run['state']}"
    return message(document, subject=subject, text=text)


def test(document: Mapping[str, Any], *, notifier: str) -> Message:
    """The message of the button "send test"."""
    text = _("A test of the notifier %(notifier)s.") % {"notifier": notifier}
    return message(document, subject=_("Test"), text=text)


def message(document: Mapping[str, Any], *, subject: str, text: str) -> Message:
    """A message of bounded size without control characters."""
    text = clipped(text, LONGEST_TEXT)
    whole = {"version": VERSION, **_bounded(document), "text": text}
    return Message(str(document["delivery"]), one_line(subject), text, whole)


def clipped(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` bytes of UTF-8, without control characters other than line ends and tabs."""
    clean = "".join(char if (char >= " " and char != "\x7f") or char in "\n\t" else " " for char in text)
    data = clean.encode(errors="replace")
    if len(data) <= limit:
        return data.decode()
    return data[: limit - 3].decode(errors="ignore") + "…"


def one_line(text: str) -> str:
    return clipped(" ".join(text.split()), 200)


def _bounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _bounded(inner) for key, inner in value.items()}
    return clipped(value, LONGEST_FIELD) if isinstance(value, str) else value


def _usual(document: Mapping[str, Any]) -> str:
    run = document["run"]
    title = _("%(pipeline)s #%(number)d of %(project)s: %(state)s") % {
        "pipeline": document["pipeline"]["displayName"],
        "number": run["number"],
        "project": document["project"]["name"],
        "state": run["state"],
    }
    lines = [
        title,
        run["reason"],
        f"{run['branch']} {run['commit'][:7]} {one_line(run['message'])} ({run['author']})",
        _("Started by %(cause)s") % {"cause": run["triggerUser"] or run["event"]},
        run["url"],
    ]
    return "\n".join(line for line in lines if line)
