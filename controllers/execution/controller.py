"""Carries one run from the queue to its end."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from django.db import transaction
from django.utils import timezone

from controllers.execution import cache
from controllers.execution.plan import AskToStop, Facts, Finish, GoOn, plan
from devops_platform.errors import Missing, Retry, Unavailable
from devops_platform.projects.models import Project
from devops_platform.projects.selectors import secret_values
from pipelines import gates, queue, selectors, transitions
from pipelines.caching import cold, with_savings
from pipelines.definition.messages import reason
from pipelines.definition.runplan import SecretRef, StepId
from pipelines.engines.base import Build, Engine, Source
from pipelines.models import Execution, build_key
from pipelines.states import State
from pipelines.status import Document, moment, observed, stamp, step_status

log = structlog.get_logger(__name__)

GRACE = timedelta(seconds=10)
QUEUED = timedelta(seconds=10)


class ExecutionController:
    """``engine_of`` chooses the engine of a run."""

    kind = queue.EXECUTION

    def __init__(self, engine_of: Callable[[Execution], Engine]) -> None:
        self._engine_of = engine_of

    def open_keys(self) -> Iterable[str]:
        """Runs that hold a slot or are to be stopped; of those that wait, the first of each project's queue."""
        seen: set[str] = set()
        unfinished = Execution.objects.filter(open_since__isnull=False).order_by("open_since", "pk")
        for uid, project, admitted, stop in unfinished.values_list("uid", "project_id", "admitted", "stop"):
            if admitted is None and stop is None:
                if project in seen:
                    continue
                seen.add(project)
            yield str(uid)

    def reconcile(self, key: str) -> timedelta | None:
        execution = Execution.objects.select_related("pipeline").filter(uid=key).first()
        if execution is None or execution.finished:
            return None
        if execution.admitted is None:
            return self._wait(execution)
        return self._carry_on(execution, timezone.now())

    def _wait(self, execution: Execution) -> timedelta | None:
        if execution.stop is not None:
            why = reason("StoppedBeforeStart", user=execution.stop["by"])
            transitions.finish(execution, execution.status, state=State.ABORTED, why=why, now=timezone.now())
            return None
        with transaction.atomic():
            admitted = {run.pk for run in queue.admit(queue.lock(execution.project_id))}
        return None if execution.pk in admitted else QUEUED

    def _carry_on(self, execution: Execution, now: datetime) -> timedelta | None:
        try:
            gone, status, build = self._observe(execution, now)
        except Unavailable as error:
            return self._out_of_reach(execution, error, now)
        facts = Facts(
            state=State(status["executionState"]),
            stages=tuple(status["stages"]),
            stop=execution.stop,
            gone=gone,
            deadline=execution.deadline,
            expires=gates.next_expiry(build.plan, status),
            limit=int(execution.plan_json["timeout"]),
        )
        decision = plan(facts, now)
        match decision:
            case Finish(state, why):
                done = transitions.finish(execution, status, state=state, why=why, now=now)
                log.info("run finished", run=str(done), state=state.value, attempt=done.attempt)
                return None
            case AskToStop(state, why):
                stop = {"by": "", "state": state.value, "reason": why.model_dump(mode="json"), "at": stamp(now)}
                execution.write(stop=stop)
                return timedelta(0)
            case GoOn(again):
                if status != execution.status:
                    transitions.record(execution, status)
                return again
            case _:
                assert_never(decision)

    def _observe(self, execution: Execution, now: datetime) -> tuple[bool, Document, Build]:
        """Whether nothing of the build is alive (asked only when it is to end), the status as it is now, the build."""
        engine = self._engine_of(execution)
        gone = execution.stop is not None and engine.stop(execution.build_key, grace=GRACE)
        build = build_of(execution, now)
        seen = engine.advance(build)
        steps = {
            where: with_savings(step, execution.medians.get(cold(str(where)))) for where, step in seen.steps.items()
        }
        status = observed(execution.status, build.plan, steps, attempt=execution.attempt)
        if seen.reason is not None and State(status["executionState"]) is State.WAITING:
            status["reason"] = seen.reason.model_dump(mode="json")
        return gone, status, build

    def _out_of_reach(self, execution: Execution, error: Unavailable, now: datetime) -> timedelta | None:
        """Lost contact is not failure: the run stays as it is, and says since when, until its deadline."""
        known = execution.status.get("reason") or {}
        if known.get("code") != "EngineUnreachable":
            why = reason("EngineUnreachable", since=stamp(now) or "")
            execution = transitions.record(execution, {**execution.status, "reason": why.model_dump(mode="json")})
        if execution.deadline is not None and now >= execution.deadline:
            why = reason("RunDeadline", minutes=int(execution.plan_json["timeout"]))
            transitions.finish(execution, execution.status, state=State.FAILED, why=why, now=now)
            return None
        raise Retry(str(error)) from error


def build_of(execution: Execution, now: datetime) -> Build:
    """The build of the present attempt, with what people have said so far."""
    run_plan, status = execution.plan, execution.status
    attempt = execution.attempts.get(number=execution.attempt)
    spec = execution.spec
    return Build(
        key=execution.build_key,
        plan=run_plan,
        source=Source(url=spec["repositoryUrl"], commit=spec["commit"], ref=spec["ref"]),
        log_prefix=execution.log_root / str(execution.attempt),
        carried={StepId.parse(where): step_status(document) for where, document in attempt.carried.items()},
        continues=build_key(execution, attempt.number - 1) if attempt.carried else "",
        secrets=_secrets({ref for _, step in run_plan.steps() for ref in step.secrets}, execution),
        approvals=gates.approvals(run_plan, status, selectors.votes_of(execution), stop=_stopped(execution), now=now),
        held=gates.held(run_plan, status, pause=execution.pause, passed=execution.passed),
        cache=cache.access_of(execution),
    )


def _stopped(execution: Execution) -> datetime | None:
    return moment(execution.stop["at"]) if execution.stop else None


def _secrets(wanted: set[SecretRef], execution: Execution) -> dict[SecretRef, str]:
    """The values of the references that exist; what is missing fails the step that asks for it."""
    stored = {name: _values(execution.project, name) for name in {ref.source for ref in wanted}}
    return {ref: stored[ref.source][ref.key] for ref in wanted if ref.key in stored[ref.source]}


def _values(project: Project, name: str) -> dict[str, str]:
    try:
        return secret_values(project, name)
    except Missing:
        return {}
