"""What people and triggers do with pipelines and runs. Every write is one transaction; effects follow its commit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from devops_platform import names
from devops_platform.errors import Conflict, Invalid, Missing
from devops_platform.nudge import nudge, send_task
from devops_platform.projects.models import Project, User
from devops_platform.projects.services import record
from pipelines import automation, events, followers, groups, queue, selectors, transitions
from pipelines.definition.messages import Reason, reason
from pipelines.definition.plan import make_plan
from pipelines.definition.runplan import Event, RunPlan, StepId, StepKind
from pipelines.history import medians_of
from pipelines.kinds import PipelineSpec
from pipelines.models import Attempt, Execution, Pipeline, PipelineSetting, build_key
from pipelines.planning import plan_settings, trigger_of
from pipelines.preferences import checked
from pipelines.sources import FileAt, Sources
from pipelines.states import State
from pipelines.status import Document, ended, initial, stamp

Row = TypeVar("Row", Pipeline, Execution)


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what asked for a run. ``key`` makes the request idempotent within the pipeline.

    ``chain`` is that of the execution.
    """

    event: Event
    user: User | None
    key: str | None = None
    chain: tuple[Mapping[str, Any], ...] = ()

    @property
    def triggered_by(self) -> str:
        """As the resource has it: user, cron or webhook."""
        if self.event is Event.SCHEDULE:
            return "cron"
        return "user" if self.event in {Event.MANUAL, Event.API} else "webhook"


@transaction.atomic
def create_pipeline(project: Project, *, by: User, spec: PipelineSpec, name: str = "") -> Pipeline:
    """Add a pipeline; without a name it gets one made from its display name. Raises Invalid, Conflict."""
    queue.lock(project.id)
    name = name or names.slug(spec.display_name, fallback=names.new_id("p"))
    if not names.is_label(name) or len(name) > 50:
        raise Invalid(
            "A pipeline's name is made of at most 50 small letters, digits and hyphens",
            fields={"name": ["small letters, digits and hyphens, at most 50"]},
        )
    if Pipeline.objects.filter(namespace=project.id, name=name).exists():
        raise Conflict(f"There is a pipeline named {name} already")
    wire = spec.model_copy(update={"project_name": project.full_name}).to_wire()
    pipeline = Pipeline.objects.create(
        project=project, namespace=project.id, name=name, spec=wire, owner=by, status={"pipelineState": "active"}
    )
    _audit("created", pipeline, by=by)
    automation.changed(pipeline)
    return pipeline


@transaction.atomic
def update_pipeline(pipeline: Pipeline, *, by: User, spec: PipelineSpec) -> Pipeline:
    queue.lock(pipeline.project_id)
    wire = spec.model_copy(update={"project_name": pipeline.project.full_name}).to_wire()
    changed = sorted(key for key in wire if wire[key] != pipeline.spec.get(key))
    fresh = pipeline.write(spec=wire)
    _audit("changed", pipeline, by=by, changed=changed)
    automation.changed(pipeline)
    return fresh


@transaction.atomic
def delete_pipeline(pipeline: Pipeline, *, by: User) -> None:
    """Remove a pipeline with its runs and their logs. Raises Conflict while one of them is not finished."""
    queue.lock(pipeline.project_id)
    runs = Execution.objects.filter(pipeline=pipeline)
    if runs.filter(open_since__isnull=False).exists():
        raise Conflict(f"{pipeline.name} has runs that are not finished; stop them first")
    _audit("deleted", pipeline, by=by, runs=len(runs))
    forget_later(runs)
    transaction.on_commit(selectors.cache_store(pipeline).clear)
    pipeline.delete()


def clear_cache(pipeline: Pipeline, *, by: User) -> None:
    """Remove what builds of the pipeline keep for later ones; those that run go on with what they have."""
    kept = selectors.cache_of(pipeline)
    selectors.cache_store(pipeline).clear()
    _audit("cache cleared", pipeline, by=by, entries=len(kept), bytes=sum(stored.size for stored in kept))


def clear_project(project: Project) -> None:
    """Before a project is deleted: raise Conflict while runs are not finished, and see that their traces go too."""
    runs = Execution.objects.filter(project=queue.lock(project.pk))
    if runs.filter(open_since__isnull=False).exists():
        raise Conflict(_("The project has runs that are not finished; stop them first."))
    forget_later(runs)


def forget_later(runs: Iterable[Execution]) -> None:
    """Have logs and workspaces removed once the rows are gone; what a crash leaves behind the janitor finds."""
    roots = [str(run.log_root) for run in runs]
    builds = [build_key(run, number + 1) for run in runs for number in range(run.attempt)]
    transaction.on_commit(partial(send_task, "controllers.forget", roots, builds))


def known_run(pipeline: Pipeline, cause: Cause) -> Execution | None:
    """The run that an earlier request with the same key started."""
    if cause.key is None:
        return None
    return Execution.objects.filter(pipeline=pipeline, request_key=cause.key).first()


def start_run(pipeline: Pipeline, found: Sources, *, cause: Cause) -> Execution:
    """Allocate the next number, freeze the file and its plan, and enqueue the run.

    A second request with the same key gets the first one's run.
    """
    try:
        return _start_run(pipeline, found, cause)
    except IntegrityError:
        if cause.key is None:
            raise
        return Execution.objects.get(pipeline=pipeline, request_key=cause.key)


@transaction.atomic
def _start_run(pipeline: Pipeline, found: Sources, cause: Cause) -> Execution:
    project = queue.lock(pipeline.project_id)
    pipeline = _locked(pipeline)
    known = known_run(pipeline, cause)
    if known is not None:
        return known
    run = pipeline.next_run
    trigger = trigger_of(pipeline, found, run=run, event=cause.event, user=cause.user, triggered_by=cause.triggered_by)
    plan = make_plan(found.parsed.definition, trigger, plan_settings(project))
    execution = Execution.objects.create(
        project=project,
        pipeline=pipeline,
        namespace=pipeline.namespace,
        name=f"{pipeline.name}-{run}",
        run=run,
        spec=_execution_spec(pipeline, found, cause, run=run, definition=found.parsed.definition.to_wire()),
        status=initial(plan, attempt=1, carried={}),
        plan_json=plan.model_dump(mode="json"),
        medians=medians_of(pipeline, plan),
        file=found.content,
        file_path=found.path,
        draft=found.draft,
        request_key=cause.key,
        by=cause.user,
        group="" if plan.skip else plan.concurrency_group,
        chain=list(cause.chain),
    )
    Attempt.objects.create(execution=execution, number=1, by=cause.user)
    pipeline.write(next_run=run + 1)
    transitions.remember(execution)
    _audit("started", execution, by=cause.user, event=cause.event.value)
    automation.seen(pipeline, found)
    groups.make_way(execution, by=cause.user)
    queue.admit(project)
    events.queue_changed([execution])
    return Execution.objects.get(pk=execution.pk)


@transaction.atomic
def refuse_run(pipeline: Pipeline, found: FileAt, *, cause: Cause, why: Reason) -> Execution:
    """Keep a run that its file did not let start, so that nobody misses it: it has failed from the beginning."""
    project = queue.lock(pipeline.project_id)
    pipeline = _locked(pipeline)
    known = known_run(pipeline, cause)
    if known is not None:
        return known
    now, run, plan = timezone.now(), pipeline.next_run, RunPlan(stages=())
    execution = Execution.objects.create(
        project=project,
        pipeline=pipeline,
        namespace=pipeline.namespace,
        name=f"{pipeline.name}-{run}",
        run=run,
        spec=_execution_spec(pipeline, found, cause, run=run, definition={}),
        status=ended(initial(plan, attempt=1, carried={}), plan, state=State.FAILED, why=why, now=now),
        plan_json=plan.model_dump(mode="json"),
        file=found.content,
        file_path=found.path,
        request_key=cause.key,
        by=cause.user,
        chain=list(cause.chain),
        open_since=None,
        ended=now,
    )
    Attempt.objects.create(execution=execution, number=1, by=cause.user)
    pipeline.write(next_run=run + 1)
    transitions.remember(execution)
    followers.remember_end(execution)
    _audit("refused", execution, by=cause.user, event=cause.event.value, reason=why.text)
    events.execution_changed(execution)
    return execution


def _execution_spec(
    pipeline: Pipeline, found: Sources | FileAt, cause: Cause, *, run: int, definition: dict[str, Any]
) -> dict[str, Any]:
    return {
        "projectName": pipeline.project.full_name,
        "pipelineName": f"{pipeline.namespace}:{pipeline.name}",
        "pipelineConfig": definition,
        "repositoryUrl": pipeline.repository_url,
        "branch": found.ref.removeprefix("refs/heads/").removeprefix("refs/tags/"),
        "ref": found.ref,
        "commit": found.commit.sha,
        "message": found.commit.message,
        "author": found.commit.author,
        "email": found.commit.email,
        "event": cause.event.value,
        "run": run,
        "triggeredBy": cause.triggered_by,
        "triggerUserName": cause.user.username if cause.user else "",
    }


@transaction.atomic
def stop_run(execution: Execution, *, by: User) -> Execution:
    """Ask for the end of a run; it ends when nothing of it is alive. Asking twice changes nothing. Raises Conflict."""
    queue.lock(execution.project_id)
    execution = _locked(execution)
    if execution.finished:
        raise Conflict(f"{execution.name} is finished already")
    if execution.stop is not None:
        return execution
    why = reason("StoppedBy", user=by.username)
    stop = {
        "by": by.username,
        "state": State.ABORTED.value,
        "reason": why.model_dump(mode="json"),
        "at": stamp(timezone.now()),
    }
    fresh = execution.write(stop=stop)
    _audit("stopped", execution, by=by)
    events.execution_changed(fresh)
    nudge(queue.EXECUTION, str(execution.uid))
    return fresh


def _locked(row: Row) -> Row:
    """The row as it is now, locked. Call it under the project's lock."""
    locked = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
    if locked is None:
        raise Missing(f"{row.name} was deleted meanwhile")
    return locked


@transaction.atomic
def rerun(execution: Execution, *, by: User, mode: Attempt.Mode, from_stage: int | None = None) -> Execution:
    """Begin another attempt at the same commit; what is not run again stands as it was.

    Raises Conflict while the run is not finished, Invalid when there is nothing to run again.
    """
    project = queue.lock(execution.project_id)
    execution = _locked(execution)
    if not execution.finished:
        raise Conflict(f"{execution.name} is not finished")
    plan = execution.plan
    carried = _carried(execution.status, plan, mode=mode, from_stage=from_stage)
    number = execution.attempt + 1
    execution.attempts.filter(number=execution.attempt).update(result=execution.status)
    Attempt.objects.create(execution=execution, number=number, mode=mode, from_stage=from_stage, carried=carried, by=by)
    fresh = execution.write(
        attempt=number,
        status=initial(plan, attempt=number, carried=carried),
        open_since=timezone.now(),
        admitted=None,
        started=None,
        ended=None,
        stop=None,
        pause=None,
        passed=[],
        waiting_since=None,
        waited=timedelta(0),
    )
    transitions.remember(fresh)
    _audit("reran", execution, by=by, mode=mode.value, attempt=number)
    groups.make_way(fresh, by=by)
    queue.admit(project)
    events.queue_changed([fresh])
    return Execution.objects.get(pk=execution.pk)


def _carried(status: Document, plan: RunPlan, *, mode: Attempt.Mode, from_stage: int | None) -> dict[str, Document]:
    """The steps whose results stand: none, those that did not fail, or those before a stage.

    Sources are checked out in every attempt: the workspace of the one before may be gone.
    """
    documents = {where: status["stages"][where.stage]["steps"][where.step] for where, _ in plan.steps()}
    again = {where for where, document in documents.items() if _runs_again(where, document, mode, from_stage)}
    if not again:
        raise Invalid("There is nothing to run again", fields={"mode": ["nothing failed"]})
    sources = {where for where, step in plan.steps() if step.kind is StepKind.SOURCE_CODE}
    return {str(where): document for where, document in documents.items() if where not in again | sources}


def _runs_again(where: StepId, document: Document, mode: Attempt.Mode, from_stage: int | None) -> bool:
    match mode:
        case Attempt.Mode.ALL:
            return True
        case Attempt.Mode.STAGE:
            return from_stage is not None and where.stage >= from_stage
        case _:
            return document["state"] != State.SUCCESS.value and not _skipped_by_plan(document)


def _skipped_by_plan(document: Document) -> bool:
    code = (document.get("reason") or {}).get("code", "")
    return document["state"] == State.SKIPPED.value and not str(code).startswith("NotReached")


@transaction.atomic
def set_preference(project: Project, *, by: User, name: str, value: str) -> PipelineSetting:
    """Store a setting of the project; an empty value means the default. Raises Invalid."""
    value = checked(name, value)
    queue.lock(project.id)
    spec = {"value": value, "projectName": project.full_name}
    known = PipelineSetting.objects.filter(project=project, name=name).first()
    if known is None:
        known = PipelineSetting.objects.create(project=project, namespace=project.id, name=name, spec=spec)
    else:
        known = known.write(spec=spec)
    _audit("changed", known, by=by, value=value[:200])
    queue.admit(project)
    return known


def _audit(verb: str, target: Pipeline | Execution | PipelineSetting, *, by: User | None, **detail: Any) -> None:
    record(verb=verb, target_kind=type(target).__name__, target=target.name, by=by, project=target.project, **detail)
