"""What to do next with a run, decided from what is known of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipelines.definition.messages import Reason, reason
from pipelines.states import State

PATIENCE = timedelta(seconds=10)  # the engine nudges on every change; this is for the nudge that got lost
STOPPING = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one pass has found out about an admitted run.

    ``stages`` are the stage documents of its status, up to date; ``stop`` is the request to end it, if any, and
    ``gone`` tells that the engine has nothing of it alive; ``limit`` is the run's limit in minutes. ``deadline`` is
    None while the run's clock stands still, ``expires`` when an approval is refused for want of answers.
    """

    state: State
    stages: tuple[Mapping[str, Any], ...]
    stop: Mapping[str, Any] | None
    gone: bool
    deadline: datetime | None
    limit: int
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    state: State
    why: Reason | None


@dataclass(frozen=True, slots=True)
class AskToStop:
    """Store the request to end the run, then make another pass that carries it out."""

    state: State
    why: Reason


@dataclass(frozen=True, slots=True)
class GoOn:
    look_again: timedelta


Decision = Finish | AskToStop | GoOn


def plan(facts: Facts, now: datetime) -> Decision:
    """Decide. A result that came before the stop took effect stands; a stop that cut something off names itself."""
    if facts.state.finished and not _cut_off(facts):
        return Finish(facts.state, _failure(facts))
    if facts.stop is not None:
        if not facts.gone:
            return GoOn(STOPPING)
        return Finish(State(facts.stop["state"]), Reason.model_validate(facts.stop["reason"]))
    if facts.deadline is not None and now >= facts.deadline:
        return AskToStop(State.FAILED, reason("RunDeadline", minutes=facts.limit))
    soon = [max(moment - now, timedelta(0)) for moment in (facts.deadline, facts.expires) if moment is not None]
    return GoOn(min([PATIENCE, *soon]))


def _cut_off(facts: Facts) -> bool:
    """Whether a stop kept some step from its own end, or from its start."""
    steps = [step for stage in facts.stages for step in stage["steps"]]
    return facts.stop is not None and any(
        step["state"] == State.ABORTED.value or (step.get("reason") or {}).get("code") == "NotReachedStopped"
        for step in steps
    )


def _failure(facts: Facts) -> Reason | None:
    """The reason of the first stage that failed, or of the whole run's being skipped."""
    if facts.state not in {State.FAILED, State.SKIPPED}:
        return None
    for stage in facts.stages:
        if stage["state"] == facts.state.value and stage.get("reason"):
            return Reason.model_validate(stage["reason"])
    return None
