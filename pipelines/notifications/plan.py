"""Whether the end of an attempt is to be told, to whom, and why not. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelines.definition.messages import Reason, reason
from pipelines.definition.schema import Notification
from pipelines.states import State

CHANGED = "Changed"
LONGEST_NAME = 253  # characters of a notifier's name that are looked at
LONGEST_RECIPIENT = 512  # and of a recipient


class Delivery(StrEnum):
    """Where a notification stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Verdict:
    tell: bool
    why: Reason


@dataclass(frozen=True, slots=True)
class Intent:
    """A notification as it begins: waiting, or over before it was sent."""

    notifier: str
    recipient: str
    state: Delivery
    why: Reason


def verdict(conditions: Sequence[str], state: State, before: State | None) -> Verdict:
    """Whether an end as ``state`` meets one of ``conditions``.

    ``before`` is how the previous finished attempt of the same pipeline and branch ended, whatever came between;
    None when there is none, and then nothing has changed.
    """
    if not conditions:
        return Verdict(tell=False, why=reason("NotifyNever"))
    if state.value in conditions:
        return Verdict(tell=True, why=reason("NotifyEnded", state=state.value))
    if CHANGED not in conditions:
        return Verdict(tell=False, why=reason("NotifyUnmet", state=state.value, conditions=list(conditions)))
    if before is None:
        return Verdict(tell=False, why=reason("NotifyFirst"))
    if before is state:
        return Verdict(tell=False, why=reason("NotifyUnchanged", state=state.value))
    return Verdict(tell=True, why=reason("NotifyChanged", state=state.value, before=before.value))


def intents(wanted: Notification, decided: Verdict, notifiers: Mapping[str, bool]) -> Iterator[Intent]:
    """One intent for each recipient of the file; ``notifiers`` says of each of the project whether it is on."""
    named = dict.fromkeys(
        (short_name(one.notifier), one.recipient.strip()[:LONGEST_RECIPIENT]) for one in wanted.recipients
    )
    for notifier, recipient in named:
        if not decided.tell:
            yield Intent(notifier, recipient, Delivery.SKIPPED, decided.why)
        elif notifier not in notifiers:
            yield Intent(notifier, recipient, Delivery.FAILED, reason("NotifierUnknown", notifier=notifier))
        elif not notifiers[notifier]:
            yield Intent(notifier, recipient, Delivery.SKIPPED, reason("NotifierOff", notifier=notifier))
        else:
            yield Intent(notifier, recipient, Delivery.WAITING, decided.why)


def short_name(notifier: str) -> str:
    """``mail`` of ``mail`` and of the older ``<cluster>:mail``."""
    return notifier.rpartition(":")[2].strip()[:LONGEST_NAME]
