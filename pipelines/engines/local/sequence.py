"""Which steps start now, and where every step of a build stands. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipelines.definition.messages import reason
from pipelines.definition.runplan import RunPlan, StagePlan, StepId
from pipelines.engines.base import StepStatus
from pipelines.states import State


@dataclass(frozen=True, slots=True)
class Decision:
    """``start`` are the steps whose turn it is, in order; ``statuses`` has every step of the build, those included."""

    start: tuple[StepId, ...]
    statuses: Mapping[StepId, StepStatus]


def decide(
    plan: RunPlan,
    found: Mapping[StepId, StepStatus],
    *,
    carried: frozenset[StepId] = frozenset(),
    stopping: bool = False,
) -> Decision:
    """Move a build on by what is ``found`` of its started steps.

    A stage starts when the one before has ended, all its steps at once. After a stage with a failed step nothing
    starts any more; a carried failure stands aside. Once ``stopping``, what has not started never does.
    """
    start: list[StepId] = []
    statuses: dict[StepId, StepStatus] = {}
    broken = waits_for = ""
    for index, stage in enumerate(plan.stages):
        own = tuple(where for where in _active(plan, index) if where not in carried)
        unknown = _unstarted(broken=broken, stopping=stopping, waits_for=waits_for)
        statuses |= {where: found.get(where, unknown) for where in own}
        if not (broken or stopping or waits_for):
            start += (where for where in own if where not in found)
        states = {statuses[where].state for where in own}
        if not all(state.finished for state in states):
            waits_for = waits_for or stage.name
        elif State.FAILED in states:
            broken = broken or stage.name
    return Decision(tuple(start), statuses)


def own_steps(plan: RunPlan, carried: frozenset[StepId]) -> tuple[StepId, ...]:
    """The steps that the engine is asked to execute, in order."""
    every = (where for index in range(len(plan.stages)) for where in _active(plan, index))
    return tuple(where for where in every if where not in carried)


def _active(plan: RunPlan, index: int) -> Iterator[StepId]:
    stage: StagePlan = plan.stages[index]
    if plan.skip or stage.skip:
        return
    yield from (StepId(index, number) for number, step in enumerate(stage.steps) if not step.skip)


def _unstarted(*, broken: str, stopping: bool, waits_for: str) -> StepStatus:
    if broken:
        return StepStatus(State.SKIPPED, reason=reason("NotReached", stage=broken))
    if stopping:
        return StepStatus(State.SKIPPED, reason=reason("NotReachedStopped"))
    if waits_for:
        return StepStatus(State.WAITING, reason=reason("WaitsForStage", stage=waits_for))
    return StepStatus(State.WAITING)
