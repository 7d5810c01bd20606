"""The status document of an execution: how it begins, how it follows an engine, how it ends. Pure.

Shape: ``{executionState, reason?, started?, ended?, conditions[], stages[{state, started?, ended?, reason?,
steps[{state, started?, ended?, reason?, note?, attempt, exitCode?, tries?, cache?}]}]}``; times are RFC 3339 in UTC.
``tries`` are the failed tries before the present one: ``{state, started?, ended?, reason?, exitCode?}``. ``cache`` is
``{key, hit, restoredBytes, restoreSeconds, publishedBytes, publishSeconds, savedSeconds?, note?}``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import RunPlan, StagePlan, StepId
from pipelines.engines.base import CacheFacts, CacheHit, StepStatus
from pipelines.states import State, folded, may_become

Document = dict[str, Any]


def stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _compact(**fields: Any) -> Document:
    return {key: value for key, value in fields.items() if value is not None}


def _dump(why: Reason | None) -> Document | None:
    return None if why is None else why.model_dump(mode="json")


def _load(document: Mapping[str, Any] | None) -> Reason | None:
    return None if document is None else Reason.model_validate(document)


def step_document(status: StepStatus, attempt: int) -> Document:
    return {**_status_document(status), "attempt": attempt}


def _status_document(status: StepStatus) -> Document:
    return _compact(
        state=status.state.value,
        started=stamp(status.started),
        ended=stamp(status.ended),
        reason=_dump(status.reason),
        note=_dump(status.note),
        exitCode=status.exit_code,
        tries=[_status_document(earlier) for earlier in status.tries] or None,
        cache=_cache_document(status.cache),
    )


def _cache_document(cache: CacheFacts | None) -> Document | None:
    if cache is None:
        return None
    return _compact(
        key=cache.key,
        hit=cache.hit.value,
        restoredBytes=cache.restored_bytes,
        restoreSeconds=cache.restore_seconds,
        publishedBytes=cache.published_bytes,
        publishSeconds=cache.publish_seconds,
        savedSeconds=cache.saved_seconds,
        note=_dump(cache.note),
    )


def _cache_facts(document: Mapping[str, Any] | None) -> CacheFacts | None:
    if document is None:
        return None
    return CacheFacts(
        key=document["key"],
        hit=CacheHit(document["hit"]),
        restored_bytes=document["restoredBytes"],
        restore_seconds=document["restoreSeconds"],
        published_bytes=document["publishedBytes"],
        publish_seconds=document["publishSeconds"],
        saved_seconds=document.get("savedSeconds"),
        note=_load(document.get("note")),
    )


def step_status(document: Mapping[str, Any]) -> StepStatus:
    return StepStatus(
        state=State(document["state"]),
        started=moment(document.get("started")),
        ended=moment(document.get("ended")),
        reason=_load(document.get("reason")),
        note=_load(document.get("note")),
        exit_code=document.get("exitCode"),
        tries=tuple(map(step_status, document.get("tries", ()))),
        cache=_cache_facts(document.get("cache")),
    )


def initial(plan: RunPlan, *, attempt: int, carried: Mapping[str, Document]) -> Document:
    """The status of an attempt that has just been asked for: queued; what the plan skips is skipped already."""
    stages = []
    for stage_index, stage in enumerate(plan.stages):
        steps = []
        for step_index, step in enumerate(stage.steps):
            stands = carried.get(str(StepId(stage_index, step_index)))
            skip = step.skip or stage.skip or plan.skip
            if stands is not None:
                steps.append(stands)
            elif skip is not None:
                steps.append(step_document(StepStatus(State.SKIPPED, reason=skip), attempt))
            else:
                steps.append(step_document(StepStatus(State.WAITING), attempt))
        stages.append(_stage_document(stage, steps))
    return {"executionState": State.QUEUEING.value, "attempt": attempt, "conditions": [], "stages": stages}


def _stage_document(stage: StagePlan, steps: Sequence[Document]) -> Document:
    state = folded(State(step["state"]) for step in steps)
    started = [step["started"] for step in steps if step.get("started")]
    ended = [step["ended"] for step in steps if step.get("ended")]
    why = stage.skip if state is State.SKIPPED else None
    if state is State.FAILED:
        failed = [
            part.name for part, step in zip(stage.steps, steps, strict=True) if step["state"] == State.FAILED.value
        ]
        why = reason("StageFailed", stage=stage.name, steps=failed)
    elif state is State.PENDING:
        why = next(step_status(step).reason for step in steps if step["state"] == State.PENDING.value)
    elif state is State.SKIPPED and why is None and all(step.get("reason") == steps[0].get("reason") for step in steps):
        why = Reason.model_validate(steps[0]["reason"]) if steps[0].get("reason") else None
    return _compact(
        state=state.value,
        started=min(started, default=None),
        ended=max(ended, default=None) if state.finished else None,
        reason=_dump(why),
        steps=list(steps),
    )


def observed(status: Document, plan: RunPlan, seen: Mapping[StepId, StepStatus], *, attempt: int) -> Document:
    """``status`` with what an engine saw of its steps. A step never leaves a final state, nor goes back."""
    stages = []
    for stage_index, (stage, old) in enumerate(zip(plan.stages, status["stages"], strict=True)):
        steps = [
            _moved(before, seen.get(StepId(stage_index, step_index)), attempt)
            for step_index, before in enumerate(old["steps"])
        ]
        stages.append(_stage_document(stage, steps))
    begun = any(step.get("started") and step["attempt"] == attempt for part in stages for step in part["steps"])
    state = folded(State(part["state"]) for part in stages)
    if state is State.WAITING and begun:
        state = State.BUILDING
    old_state = State(status["executionState"])
    return {
        **{key: value for key, value in status.items() if key != "reason"},
        "executionState": (state if may_become(old_state, state) else old_state).value,
        "stages": stages,
        **_compact(reason=_waited_for(stages) if state is State.PENDING else None),
    }


def _waited_for(stages: Sequence[Document]) -> Document | None:
    """What the run waits for people for: the reason of its first stage that does."""
    return next((stage.get("reason") for stage in stages if stage["state"] == State.PENDING.value), None)


def _moved(before: Document, seen: StepStatus | None, attempt: int) -> Document:
    old = State(before["state"])
    if seen is None or old.finished or not may_become(old, seen.state):
        return before
    return step_document(seen, attempt)


def ended(status: Document, plan: RunPlan, *, state: State, why: Reason | None, now: datetime) -> Document:
    """``status`` at its end, with nothing open: what never started is skipped, what still ran takes ``state``."""
    attempt = int(status["attempt"])
    closing: dict[StepId, StepStatus] = {}
    for where, _ in plan.steps():
        step = step_status(status["stages"][where.stage]["steps"][where.step])
        if step.state.finished:
            continue
        if step.started is None:
            closing[where] = StepStatus(State.SKIPPED, reason=reason("NotReachedEnd"))
        else:
            closing[where] = replace(step, state=state, ended=now, reason=why)
    document = observed(status, plan, closing, attempt=attempt)
    return {**document, "executionState": state.value, "ended": stamp(now), **_compact(reason=_dump(why))}
