"""Whether the end of a run starts a pipeline that follows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.definition.messages import Reason, reason
from pipelines.states import State

ANY = "Any"
LONGEST = 8  # runs that lead to one another


@dataclass(frozen=True, slots=True)
class Ended:
    """A run at its end. ``pipelines`` are those of the runs that led to it, the first one first, and its own."""

    run: str
    state: State
    pipelines: Sequence[str]


def why_not(follower: str, condition: str, ended: Ended) -> Reason | None:
    """Why ``follower`` is not started after ``ended``; None when it is."""
    if condition not in {ANY, ended.state.value}:
        return reason("TriggerConditionUnmet", run=ended.run, state=ended.state.value)
    if follower in ended.pipelines:
        return reason("TriggerLoop", pipeline=follower, run=ended.run)
    if len(ended.pipelines) >= LONGEST:
        return reason("TriggerTooDeep", run=ended.run, limit=LONGEST)
    return None
