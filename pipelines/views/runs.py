"""The run page and what can be done on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from devops_platform.errors import Missing, PlatformError, Unavailable
from devops_platform.projects.models import Project
from devops_platform.projects.permissions import in_project, may, principal_of
from devops_platform.projects.roles import Action
from pipelines import selectors, services
from pipelines.definition.messages import REASONS
from pipelines.definition.runplan import StepId
from pipelines.logs.registry import log_store
from pipelines.models import Attempt, Execution
from pipelines.views.rows import run_row
from pipelines.views.steering import asks

TAIL = 64 * 1024  # what the page shows of a log without JavaScript, in bytes


@require_safe
@in_project(Action.VIEW)
def detail(request: HttpRequest, project: Project, name: str) -> HttpResponse:
    execution = selectors.execution_named(project, name)
    document = selectors.execution_document(execution, principal=principal_of(request))
    view = as_of(document, request.GET.get("attempt", ""))
    chosen = chosen_step(request.GET.get("step", ""), view)
    context = {
        "project": project,
        "execution": execution,
        "row": run_row(execution),
        "document": document,
        "view": view,
        "chosen": str(chosen),
        "stages": stages_shown(view),
        "asks": asks(execution, document),
        "log_url": reverse("api-execution", args=[project.pk, name]) + "/logs/{log}",
        "may_run": may(principal_of(request), Action.RUN, project),
        "tail": log_tail(execution, chosen, view),
        "reasons": {code: _(text) for code, text in REASONS.items()},
    }
    return render(request, "pipelines/run.html", context)


def as_of(document: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The run as an earlier attempt left it; as it is for the latest, or for one that does not exist."""
    for attempt in document["attempts"]:
        if str(attempt["number"]) == wanted and attempt["stages"] and attempt["number"] != document["attempt"]:
            status = {"executionState": attempt["state"], "stages": attempt["stages"]}
            return {**document, "attempt": attempt["number"], "status": status}
    return document


def stages_shown(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The stages with their steps: name from the plan, state and reason from the status."""
    shown = []
    for i, (stage, status) in enumerate(zip(document["plan"]["stages"], document["status"]["stages"], strict=True)):
        steps = [
            {"id": str(StepId(i, j)), "name": step["name"], **now}
            for j, (step, now) in enumerate(zip(stage["steps"], status["steps"], strict=True))
        ]
        shown.append({"name": stage["name"], "state": status["state"], "reason": status.get("reason"), "steps": steps})
    return shown


def chosen_step(wanted: str, document: dict[str, Any]) -> StepId:
    """The step that the page opens with: the one asked for, else the first that failed, else the one that runs."""
    steps = {
        StepId(i, j): step
        for i, stage in enumerate(document["status"]["stages"])
        for j, step in enumerate(stage["steps"])
    }
    try:
        asked = StepId.parse(wanted)
    except ValueError:
        asked = None
    if asked in steps:
        return asked
    for state in ("Failed", "Building"):
        for where, step in steps.items():
            if step["state"] == state:
                return where
    return next(iter(steps), StepId(0, 0))


def log_tail(execution: Execution, chosen: StepId, document: dict[str, Any]) -> str:
    """The end of the chosen step's log as text."""
    try:
        step = document["status"]["stages"][chosen.stage]["steps"][chosen.step]
        path = selectors.log_path(execution, int(step["attempt"]), str(chosen))
        size = log_store().info(path).size
        start = max(0, size - TAIL)
        return log_store().read(path, start=start, limit=TAIL).decode("utf-8", "replace")
    except (Missing, Unavailable, IndexError):
        return ""


@require_POST
@in_project(Action.RUN)
def stop(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    return _act(request, project, name, lambda run, user: services.stop_run(run, by=user))


@require_POST
@in_project(Action.RUN)
def rerun(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    stage = request.POST.get("from", "")
    mode = Attempt.Mode.STAGE if stage else request.POST.get("mode", Attempt.Mode.ALL)
    if mode not in Attempt.Mode.values or (stage and not stage.isdecimal()):
        messages.error(request, _("Choose what to run again."))
        return redirect("run", project=project.pk, name=name)
    from_stage = int(stage[:6]) if stage else None
    return _act(
        request,
        project,
        name,
        lambda run, user: services.rerun(run, by=user, mode=Attempt.Mode(mode), from_stage=from_stage),
    )


def _act(request: HttpRequest, project: Project, name: str, act: Any) -> HttpResponseBase:
    execution = selectors.execution_named(project, name)
    try:
        act(execution, principal_of(request).user)
    except PlatformError as error:
        messages.error(request, str(error))
    return redirect("run", project=project.pk, name=name)
