"""What has been kept long enough: runs, workspaces, and what nobody owns any more. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ORPHANED = timedelta(days=1)  # an unowned folder is left alone that long


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of one pipeline; ``ended`` is None while it is not finished."""

    key: int
    run: int
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """What an engine keeps of a build. ``touched`` is when it was last changed."""

    key: str
    touched: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """The run of a build, and for how long its project keeps workspaces."""

    ended: datetime | None
    keep: timedelta


def expired(runs: Iterable[Ran], *, keep_runs: int, keep: timedelta, now: datetime) -> tuple[int, ...]:
    """Keys of the runs of a pipeline that go, oldest first: beyond ``keep_runs``, or ended longer than ``keep`` ago.

    What is not finished stays, and so does the newest run.
    """
    newest_first = sorted(runs, key=lambda ran: ran.run, reverse=True)
    gone = [
        ran.key
        for position, ran in enumerate(newest_first)
        if position > 0 and ran.ended is not None and (position >= keep_runs or now - ran.ended > keep)
    ]
    return tuple(reversed(gone))


def idle(workspaces: Sequence[Workspace], owners: Mapping[str, Owner], *, now: datetime) -> tuple[str, ...]:
    """Keys of the workspaces that go: long after the end of their run, or without one for a day.

    Until then a rerun from a stage finds the files of the stages before it.
    """
    return tuple(workspace.key for workspace in workspaces if _is_idle(workspace, owners.get(workspace.key), now))


def _is_idle(workspace: Workspace, owner: Owner | None, now: datetime) -> bool:
    if owner is None:
        return now - workspace.touched > ORPHANED
    return owner.ended is not None and now - max(owner.ended, workspace.touched) > owner.keep
