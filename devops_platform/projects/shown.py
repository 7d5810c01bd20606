"""How states, durations and times are put into words. Pure but for the language of the reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Look:
    """A state as the reader sees it: word and shape; ``name`` is also its colour, as the class ``s-<name>``."""

    name: str
    word: str | Promise
    icon: str


LOOKS = {
    look.name: look
    for look in (
        Look("waiting", _("Waiting"), "ring-dashed"),
        Look("queued", _("Queued"), "clock"),
        Look("starting", _("Starting"), "ring-play"),
        Look("running", _("Running"), "ring-progress"),
        Look("approval", _("Waiting for approval"), "diamond-pause"),
        Look("paused", _("Paused"), "ring-pause"),
        Look("success", _("Success"), "disc-check"),
        Look("failed", _("Failed"), "octagon-cross"),
        Look("aborted", _("Aborted"), "ring-stop"),
        Look("skipped", _("Skipped"), "chevrons"),
        Look("unknown", _("Unknown"), "square-question"),
    )
}

_STORED = {
    "Waiting": "waiting",
    "Queueing": "queued",
    "Pending": "approval",
    "Building": "running",
    "Success": "success",
    "Failed": "failed",
    "Aborted": "aborted",
    "Skipped": "skipped",
}
# A reason can say more about a state than the state does.
_BY_REASON = {
    ("Waiting", "EngineStarting"): "starting",
    ("Waiting", "Admitted"): "starting",
    ("Pending", "PausedBefore"): "paused",
    ("Pending", "PausedBy"): "paused",
    ("Building", "EngineUnreachable"): "unknown",
}


def look(state: str, reason: Any = None) -> Look:
    """The look of a stored state, or of the name of a look; what is neither is unknown.

    ``reason`` is a Reason, its JSON, or its code.
    """
    code = reason.get("code") if isinstance(reason, Mapping) else getattr(reason, "code", reason)
    name = _BY_REASON.get((state, str(code))) or _STORED.get(state, state)
    return LOOKS.get(name, LOOKS["unknown"])


def duration(seconds: float) -> str:
    """``0.3s``, ``41s``, ``1m 04s`` or ``2h 05m``."""
    milliseconds = max(0, round(seconds * 1000))
    if milliseconds < 10_000:
        return gettext("%(seconds)ss") % {"seconds": f"{milliseconds // 100 / 10:.1f}"}
    minutes, rest = divmod(milliseconds // 1000, 60)
    if not minutes:
        return gettext("%(seconds)ss") % {"seconds": rest}
    hours, minutes_left = divmod(minutes, 60)
    if not hours:
        return gettext("%(minutes)dm %(seconds)02ds") % {"minutes": minutes, "seconds": rest}
    return gettext("%(hours)dh %(minutes)02dm") % {"hours": hours, "minutes": minutes_left}


def ago(then: datetime, now: datetime) -> str:
    """``6 min ago``; a moment to come reads ``in 6 min``."""
    gone = now - then
    distance = _distance(abs(gone))
    if not distance:
        return gettext("just now")
    if gone < timedelta(0):
        return gettext("in %(distance)s") % {"distance": distance}
    return gettext("%(distance)s ago") % {"distance": distance}


def _distance(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, days = minutes // 60, span.days
    if not minutes:
        return ""
    if not hours:
        return ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    if not days:
        return ngettext("%(count)d h", "%(count)d h", hours) % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
