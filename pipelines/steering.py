"""What people say to a run that goes on: answer its approval steps, pause it, let it go on."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from devops_platform.errors import Conflict, Denied, Missing
from devops_platform.nudge import nudge
from devops_platform.projects.models import User
from devops_platform.projects.permissions import role_of
from devops_platform.projects.principals import Principal
from devops_platform.projects.services import record
from pipelines import events, gates, queue, selectors
from pipelines.definition.runplan import StepId
from pipelines.models import Answer, Execution
from pipelines.states import State
from pipelines.status import stamp

LONGEST_COMMENT = 500  # characters


@transaction.atomic
def answer(execution: Execution, *, by: User, step: str, approve: bool, comment: str = "") -> Execution:
    """Approve or reject a step that waits for it; the same answer again changes nothing.

    Raises Missing when there is no such approval step, Denied when ``by`` is not asked, Conflict when the step does
    not wait for an answer (any more) or ``by`` has given the other one.
    """
    execution, now = _open(execution), timezone.now()
    where = _approval(execution, step)
    if not gates.questions(execution.plan)[where].asks(by.username, role_of(Principal(by), execution.project)):
        raise Denied(_("You are not among those who may approve this step."))
    known = execution.answers.filter(attempt=execution.attempt, step=str(where), user=by).first()
    if known is not None and known.approve == approve:
        return execution
    if known is not None:
        raise Conflict(_("You have answered already."))
    if not _waits(execution, where, now):
        raise Conflict(_("This step does not wait for an answer."))
    Answer.objects.create(
        execution=execution,
        attempt=execution.attempt,
        step=str(where),
        user=by,
        username=by.username,
        approve=approve,
        comment=" ".join(comment.split())[:LONGEST_COMMENT],
        at=now,
    )
    return _said("approved" if approve else "rejected", execution.write(), by=by, step=str(where))


@transaction.atomic
def pause(execution: Execution, *, by: User) -> Execution:
    """Begin no further stage until somebody resumes the run. Asking twice changes nothing. Raises Conflict."""
    execution = _open(execution)
    if execution.pause is not None:
        return execution
    if execution.stop is not None or not gates.can_pause(execution.status):
        raise Conflict(_("There is no stage left to pause before."))
    fresh = execution.write(pause={"by": by.username, "at": stamp(timezone.now())})
    return _said("paused", fresh, by=by)


@transaction.atomic
def resume(execution: Execution, *, by: User) -> Execution:
    """Let a run that is paused, or is to be, go on; the stage it is paused before begins. Raises Conflict."""
    execution = _open(execution)
    stages = gates.paused_stages(execution.status)
    if execution.pause is None and not set(stages) - set(execution.passed):
        raise Conflict(_("The run is not paused."))
    fresh = execution.write(pause=None, passed=sorted({*execution.passed, *stages}))
    return _said("resumed", fresh, by=by)


def _open(execution: Execution) -> Execution:
    """The run as it is now, locked. Raises Conflict when it is finished."""
    queue.lock(execution.project_id)
    locked = Execution.objects.select_for_update().filter(pk=execution.pk).first()
    if locked is None:
        raise Missing(f"{execution.name} was deleted meanwhile")
    if locked.finished:
        raise Conflict(f"{execution.name} is finished already")
    return locked


def _approval(execution: Execution, step: str) -> StepId:
    try:
        where = StepId.parse(step)
    except ValueError as error:
        raise Missing(f"{execution.name} has no step {step[:20]}") from error
    if where not in gates.questions(execution.plan):
        raise Missing(f"{execution.name} asks nobody for approval at {where}")
    return where


def _waits(execution: Execution, where: StepId, now: datetime) -> bool:
    votes = selectors.votes_of(execution)
    statuses = gates.approvals(execution.plan, execution.status, votes, stop=None, now=now)
    asked = gates.asked(execution.status, where)
    return execution.stop is None and asked is not None and statuses[where].state is State.PENDING


def _said(verb: str, fresh: Execution, *, by: User, **detail: str) -> Execution:
    record(verb=verb, target_kind="Execution", target=fresh.name, by=by, project=fresh.project, **detail)
    events.execution_changed(fresh)
    nudge(queue.EXECUTION, str(fresh.uid))
    return fresh
