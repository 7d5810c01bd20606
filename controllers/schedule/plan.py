"""What to do with a schedule, decided from its next planned time and the clock. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from pipelines.definition.cron import Cron

LATE = timedelta(minutes=5)  # what was due longer ago was missed


@dataclass(frozen=True, slots=True)
class Facts:
    """``due`` is the earliest planned time that nothing was done about; ``skip`` leaves out what was missed."""

    due: datetime | None
    cron: Cron
    zone: tzinfo
    skip: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is due."""


@dataclass(frozen=True, slots=True)
class Fire:
    """Start one run for ``planned`` and for everything missed since; then ``due`` is next."""

    planned: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Skip:
    """Nobody kept the schedule at ``planned``, nor until shortly before now; ``due`` is next and may be now."""

    planned: datetime
    due: datetime | None


Decision = Rest | Fire | Skip


def plan(facts: Facts, now: datetime) -> Decision:
    if facts.due is None or facts.due > now:
        return Rest()
    if facts.skip and now - facts.due > LATE:
        return Skip(facts.due, facts.cron.next_after(now - LATE, facts.zone))
    return Fire(facts.due, facts.cron.next_after(now, facts.zone))
