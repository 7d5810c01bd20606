"""What is read: pipelines and runs of a project, and a run as the document that API, socket and page share."""

from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, Window
from django.db.models.functions import RowNumber

from devops_platform.errors import Missing
from devops_platform.projects.models import Project
from devops_platform.projects.permissions import Principal, may, role_of
from devops_platform.projects.roles import Action
from pipelines import caching, gates, queue
from pipelines.definition.runplan import StepId
from pipelines.engines.local.cache.store import Store, Stored
from pipelines.gates import Vote
from pipelines.models import Execution, Pipeline
from pipelines.states import State
from pipelines.status import stamp

LONGEST_SEARCH = 200  # characters; SQLite refuses endless patterns


def pipelines_of(project: Project) -> QuerySet[Pipeline]:
    return Pipeline.objects.filter(project=project).order_by("name")


def pipeline_named(project: Project, name: str) -> Pipeline:
    """Raises Missing."""
    found = Pipeline.objects.select_related("project", "owner").filter(project=project, name=name).first()
    if found is None:
        raise Missing(f"There is no pipeline {name}")
    return found


def executions_of(project: Project, *, pipeline: str = "", state: str = "", search: str = "") -> QuerySet[Execution]:
    """Runs of a project, newest first; ``search`` looks at names, branches, commits and messages."""
    found = Execution.objects.filter(project=project).select_related("pipeline", "by").order_by("-pk")
    if pipeline:
        found = found.filter(pipeline__name=pipeline)
    if state:
        found = found.filter(state=state)
    if search := search[:LONGEST_SEARCH]:
        found = found.filter(
            Q(name__icontains=search)
            | Q(branch__icontains=search)
            | Q(spec__commit__startswith=search)
            | Q(spec__message__icontains=search)
            | Q(spec__triggerUserName__icontains=search)
        )
    return found


def execution_named(project: Project, name: str) -> Execution:
    """Raises Missing."""
    found = Execution.objects.select_related("pipeline", "project", "by").filter(project=project, name=name).first()
    if found is None:
        raise Missing(f"There is no run {name}")
    return found


def recent_runs(pipelines: QuerySet[Pipeline], *, each: int) -> dict[int, list[Execution]]:
    """The newest runs of each pipeline, oldest first, by the pipeline's key; without their plans and files."""
    newest = Window(RowNumber(), partition_by="pipeline", order_by="-run")
    ranked = Execution.objects.filter(pipeline__in=pipelines).annotate(age=newest).filter(age__lte=each)
    found: dict[int, list[Execution]] = {pipeline.pk: [] for pipeline in pipelines}
    for run in ranked.defer("plan_json", "file").order_by("run"):
        found[run.pipeline_id].append(run)
    return found


def execution_document(execution: Execution, *, principal: Principal) -> dict[str, Any]:
    """A run as JSON: its plan, where it stands, and what the reader may do with it."""
    spec = execution.spec
    status = execution.status
    if status["executionState"] == State.QUEUEING.value:
        waits = queue.line(execution.project).reason(execution)
        status = {**status, "reason": waits.model_dump(mode="json") if waits else None}
    may_run = may(principal, Action.RUN, execution.project)
    may_steer = may_run and not execution.finished and execution.stop is None
    paused = bool(gates.paused_stages(status))
    approvals = approvals_of(execution, principal)
    return {
        "name": execution.name,
        "project": execution.project_id,
        "pipeline": execution.pipeline.name,
        "displayName": execution.pipeline.display_name,
        "run": execution.run,
        "version": execution.version,
        "attempt": execution.attempt,
        "attempts": attempts_of(execution),
        "event": spec["event"],
        "branch": spec["branch"],
        "ref": spec["ref"],
        "commit": spec["commit"],
        "message": spec["message"],
        "author": spec["author"],
        "triggerUser": spec["triggerUserName"],
        "draft": execution.draft,
        "file": execution.file_path,
        "created": stamp(execution.created),
        "started": stamp(execution.started),
        "ended": stamp(execution.ended),
        "stopping": execution.stop is not None and not execution.finished,
        "pausing": execution.pause is not None and not paused and not execution.finished,
        "approvals": approvals,
        "median": execution.medians.get("run"),
        "medians": execution.medians,
        "cache": caching.totals(status),
        "plan": public_plan(execution),
        "status": status,
        "notifications": notifications_of(execution),
        "may": {
            "stop": may_steer,
            "rerun": may_run and execution.finished,
            "pause": may_steer and execution.pause is None and not paused and gates.can_pause(status),
            "resume": may_steer and (execution.pause is not None or paused),
            "answer": [approval["step"] for approval in approvals if approval.pop("mayAnswer")],
        },
    }


def cache_store(pipeline: Pipeline) -> Store:
    return Store(settings.CACHE_DIR / pipeline.namespace / pipeline.name)


def cache_of(pipeline: Pipeline) -> list[Stored]:
    """What the build cache of this machine has for the pipeline, last used first."""
    return sorted(cache_store(pipeline).entries(), key=lambda stored: stored.used, reverse=True)


def votes_of(execution: Execution) -> dict[StepId, list[Vote]]:
    """What was said to the approval steps of the present attempt, in the order in which it came."""
    found: dict[StepId, list[Vote]] = {}
    for given in execution.answers.filter(attempt=execution.attempt):
        vote = Vote(given.username, given.approve, given.comment, given.at)
        found.setdefault(StepId.parse(given.step), []).append(vote)
    return found


def approvals_of(execution: Execution, principal: Principal) -> list[dict[str, Any]]:
    """The approval steps whose turn has come in the present attempt: what they ask, and what was answered.

    ``mayAnswer`` tells whether the reader may answer now.
    """
    asked = {
        where: (question, since)
        for where, question in gates.questions(execution.plan).items()
        if (since := gates.asked(execution.status, where)) is not None
    }
    if not asked:
        return []
    votes, role = votes_of(execution), role_of(principal, execution.project)
    may_run = may(principal, Action.RUN, execution.project) and not execution.finished and execution.stop is None
    found = []
    for where, (question, since) in asked.items():
        said = votes.get(where, [])
        state = execution.status["stages"][where.stage]["steps"][where.step]["state"]
        open_to_reader = may_run and state == State.PENDING.value and question.asks(principal.user.username, role)
        found.append(
            {
                "step": str(where),
                "message": question.message,
                "approvers": list(question.approvers),
                "required": question.required,
                "expires": stamp(since + question.expiry),
                "answers": [
                    {"user": vote.user, "approve": vote.approve, "comment": vote.comment, "at": stamp(vote.at)}
                    for vote in said
                ],
                "mayAnswer": open_to_reader and principal.user.username not in {vote.user for vote in said},
            }
        )
    return found


def notifications_of(execution: Execution) -> list[dict[str, str]]:
    """Who is told of the latest attempt, and how far that is.

    This stands in for a condition ``Notified``: messages go out after the end of a run, when its status is final.
    """
    found = execution.notifications.filter(attempt=execution.attempt).order_by("pk")
    return [
        {"notifier": one.notifier_name, "recipient": one.recipient, "state": one.state}
        for one in found.only("notifier_name", "recipient", "state")
    ]


def attempts_of(execution: Execution) -> list[dict[str, Any]]:
    """Every attempt with its state; earlier ones also with their final stages."""
    found = []
    for attempt in execution.attempts.select_related("by"):
        status = attempt.result or execution.status
        found.append(
            {
                "number": attempt.number,
                "mode": attempt.mode,
                "fromStage": attempt.from_stage,
                "by": attempt.by.username if attempt.by else "",
                "created": stamp(attempt.created),
                "state": status["executionState"],
                "stages": attempt.result["stages"] if attempt.result else None,
            }
        )
    return found


def public_plan(execution: Execution) -> dict[str, Any]:
    """The plan as readers may see it: what steps are, without their environment."""
    hidden = ("env", "secrets", "config", "script")
    plan = execution.plan_json
    stages = [
        {**stage, "steps": [{k: v for k, v in step.items() if k not in hidden} for step in stage["steps"]]}
        for stage in plan["stages"]
    ]
    return {"stages": stages, "timeout": plan["timeout"], "warnings": plan["warnings"]}


def log_path(execution: Execution, attempt: int, step: str) -> PurePosixPath:
    """Where the log of a step is kept. Raises Missing when the run has no such attempt or step."""
    try:
        where = StepId.parse(step)
        execution.plan.step(where)
    except (ValueError, IndexError) as error:
        raise Missing(f"{execution.name} has no step {step[:20]}") from error
    if not 1 <= attempt <= execution.attempt:
        raise Missing(f"{execution.name} has no attempt {attempt}")
    return execution.log_root / str(attempt) / str(where)
