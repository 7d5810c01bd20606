"""The kinds of notifiers: how their settings are checked and kept, and the channel that each becomes."""

from dataclasses import dataclass, field
from typing import Any, assert_never

from django.utils.translation import gettext as _

from devops_platform import http
from devops_platform.errors import Denied, Invalid
from pipelines.notifications.base import Channel
from pipelines.notifications.email import Email, addresses
from pipelines.notifications.models import Notifier
from pipelines.notifications.webhook import Slack, Webhook


@dataclass(frozen=True, slots=True)
class Given:
    """What a person says of a notifier. An empty ``url`` or ``key`` leaves the one that is kept."""

    kind: Notifier.Kind
    enabled: bool = True
    url: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    to: str = ""


def kept(given: Given, before: Notifier | None) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings anybody may see, and the secret ones. An address is a secret: it often holds a token.

    Raises Invalid.
    """
    known = before.secret if before and before.kind == given.kind else {}
    match given.kind:
        case Notifier.Kind.EMAIL:
            return {"to": _addresses(given.to)}, {}
        case Notifier.Kind.WEBHOOK:
            url = given.url or known.get("url", "")
            return {"host": _host(url)}, {"url": url, "key": given.key or known.get("key", "")}
        case Notifier.Kind.SLACK:
            url = given.url or known.get("url", "")
            return {"host": _host(url)}, {"url": url}
        case _:
            assert_never(given.kind)


def channel_of(notifier: Notifier) -> Channel:
    kind = Notifier.Kind(notifier.kind)
    match kind:
        case Notifier.Kind.EMAIL:
            return Email(to=notifier.settings.get("to", ""))
        case Notifier.Kind.WEBHOOK:
            return Webhook(notifier.secret["url"], notifier.secret["key"])
        case Notifier.Kind.SLACK:
            return Slack(notifier.secret["url"])
        case _:
            assert_never(kind)


def _addresses(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return ", ".join(addresses(text))
    except Denied as error:
        raise Invalid(str(error), fields={"to": [str(error)]}) from error


def _host(url: str) -> str:
    if not url:
        raise Invalid(_("The notifier needs an address."), fields={"url": [_("An address is needed.")]})
    try:
        return http.shown(http.checked_url(url))
    except Denied as error:
        raise Invalid(str(error), fields={"url": [str(error)]}) from error
