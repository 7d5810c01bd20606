"""Which steps start now, and where every step of a build stands. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import RunPlan, StagePlan, StepId, StepKind
from pipelines.engines.base import StepStatus
from pipelines.states import State

NONE: Mapping[StepId, StepStatus] = MappingProxyType({})
FREE: Mapping[int, Reason] = MappingProxyType({})


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
    approvals: Mapping[StepId, StepStatus] = NONE,
    held: Mapping[int, Reason] = FREE,
    stopping: bool = False,
) -> Decision:
    """Move a build on by what is ``found`` of its started steps.

    A stage starts when the one before has ended, all its steps at once, unless it is ``held``. After a stage with a
    failed step nothing starts any more; a carried failure stands aside. Once ``stopping``, what has not started never
    does. From its turn on an approval step is where ``approvals`` says.
    """
    start: list[StepId] = []
    statuses: dict[StepId, StepStatus] = {}
    broken = waits_for = ""
    for index, stage in enumerate(plan.stages):
        own = tuple(where for where in _active(plan, index) if where not in carried)
        known = {where: found[where] for where in own if where in found}
        unknown = _unstarted(broken=broken, stopping=stopping, waits_for=waits_for)
        if not (broken or waits_for):
            if index in held and not known and not stopping:
                unknown = StepStatus(State.PENDING, reason=held[index])
            else:
                known |= {where: approvals[where] for where in own if where in approvals}
                start += () if stopping else (where for where in own if where not in known and _runs(plan, where))
        statuses |= {where: known.get(where, unknown) for where in own}
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


def _runs(plan: RunPlan, where: StepId) -> bool:
    """Whether the step is one that an engine carries out."""
    return plan.step(where).kind is not StepKind.APPROVAL


def _unstarted(*, broken: str, stopping: bool, waits_for: str) -> StepStatus:
    if broken:
        return StepStatus(State.SKIPPED, reason=reason("NotReached", stage=broken))
    if stopping:
        return StepStatus(State.SKIPPED, reason=reason("NotReachedStopped"))
    if waits_for:
        return StepStatus(State.WAITING, reason=reason("WaitsForStage", stage=waits_for))
    return StepStatus(State.WAITING)
