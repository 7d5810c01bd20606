"""The buttons by which people answer approval steps, pause runs and let them go on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from devops_platform.errors import PlatformError
from devops_platform.projects.models import Project
from devops_platform.projects.permissions import in_project, principal_of
from devops_platform.projects.roles import Action
from pipelines import gates, selectors, steering
from pipelines.definition.messages import Reason
from pipelines.models import Execution
from pipelines.states import State
from pipelines.status import step_status

VERDICTS = {"approve": True, "reject": False}


@dataclass(frozen=True, slots=True)
class Ask:
    """An approval step as the page shows it: hidden until it is ``open``, that is, waits for answers."""

    step: str
    name: str
    message: str
    reason: Reason | None
    open: bool
    may_answer: bool


def asks(execution: Execution, document: Mapping[str, Any]) -> list[Ask]:
    """Every approval step of the run, ``document`` being what its reader sees."""
    plan, found = execution.plan, []
    for where, question in gates.questions(plan).items():
        now = step_status(execution.status["stages"][where.stage]["steps"][where.step])
        waits = now.state is State.PENDING and gates.asked(execution.status, where) is not None
        may_answer = str(where) in document["may"]["answer"]
        found.append(Ask(str(where), plan.step(where).name, question.message, now.reason, waits, may_answer))
    return found


@require_POST
@in_project(Action.RUN)
def answer(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    step, comment = request.POST.get("step", ""), request.POST.get("comment", "")
    verdict = VERDICTS.get(request.POST.get("verdict", ""))
    if verdict is None:
        messages.error(request, _("Approve or reject."))
        return redirect("run", project=project.pk, name=name)
    user = principal_of(request).user
    return _said(
        request,
        project,
        name,
        lambda run: steering.answer(run, by=user, step=step, approve=verdict, comment=comment),
    )


@require_POST
@in_project(Action.RUN)
def pause(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    user = principal_of(request).user
    return _said(request, project, name, lambda run: steering.pause(run, by=user))


@require_POST
@in_project(Action.RUN)
def resume(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    user = principal_of(request).user
    return _said(request, project, name, lambda run: steering.resume(run, by=user))


def _said(request: HttpRequest, project: Project, name: str, say: Callable[[Execution], Execution]) -> HttpResponseBase:
    try:
        say(selectors.execution_named(project, name))
    except PlatformError as error:
        messages.error(request, str(error))
    return redirect("run", project=project.pk, name=name)
