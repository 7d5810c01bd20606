"""States of runs, stages and steps: one closed set, which of them are final, and how parts make a whole. Pure."""

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """As stored in ``executionState`` and in each stage's and step's ``state``."""

    WAITING = "Waiting"
    QUEUEING = "Queueing"
    PENDING = "Pending"
    BUILDING = "Building"
    SUCCESS = "Success"
    FAILED = "Failed"
    ABORTED = "Aborted"
    SKIPPED = "Skipped"

    @property
    def finished(self) -> bool:
        return self in FINISHED


FINISHED = frozenset({State.SUCCESS, State.FAILED, State.ABORTED, State.SKIPPED})

# From each state, where it may go. A final state goes nowhere: a rerun is a new attempt with states of its own.
NEXT: dict[State, frozenset[State]] = {
    State.QUEUEING: frozenset({State.WAITING, State.ABORTED, State.FAILED}),
    State.WAITING: frozenset({State.PENDING, State.BUILDING, *FINISHED}),
    State.PENDING: frozenset({State.WAITING, State.BUILDING, *FINISHED}),
    State.BUILDING: frozenset({State.PENDING, *FINISHED}),
    **dict.fromkeys(FINISHED, frozenset[State]()),
}


def may_become(old: State, new: State) -> bool:
    """Whether ``old`` may turn into ``new``; staying as it is always may."""
    return old == new or new in NEXT[old]


def folded(parts: Iterable[State]) -> State:
    """The state of a stage from its steps, or of a run from its stages.

    Something open decides first (approval, then running), so that a failed part does not end a whole whose
    other parts still run.
    """
    found = set(parts)
    for state in (State.PENDING, State.BUILDING):
        if state in found:
            return state
    if found & {State.WAITING, State.QUEUEING}:
        begun = found & {State.SUCCESS, State.FAILED, State.ABORTED}
        return State.BUILDING if begun else State.WAITING
    for state in (State.FAILED, State.ABORTED, State.SUCCESS):
        if state in found:
            return state
    return State.SKIPPED
