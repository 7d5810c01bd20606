"""Turns the end of an attempt into notifications: decided once, each with its message and the reason for it."""

from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pydantic import ValidationError

from devops_platform.nudge import nudge
from pipelines.definition.messages import Reason
from pipelines.definition.schema import Notification as Wanted
from pipelines.models import Execution
from pipelines.notifications import message
from pipelines.notifications.models import ANNOUNCEMENT, DELIVERY, Announcement, Notification, Notifier
from pipelines.notifications.plan import Delivery, Intent, intents, verdict
from pipelines.states import State
from pipelines.status import Document

log = structlog.get_logger(__name__)

VARIABLES = "CICD_"  # of the run's variables, those that a message may hold


def announce(execution: Execution) -> None:
    """In the transaction that ends an attempt: note that somebody may have to be told. Decides nothing yet."""
    if not execution.spec["pipelineConfig"].get("notification"):
        return
    Announcement.objects.get_or_create(execution=execution, attempt=execution.attempt)
    nudge(ANNOUNCEMENT, str(execution.uid))


@transaction.atomic
def decide(execution_uid: str) -> None:
    """Store the notifications of every ended attempt of a run that were not decided before."""
    found = Announcement.objects.select_for_update().filter(execution__uid=execution_uid)
    for announcement in found.select_related("execution__pipeline", "execution__project"):
        _decide(announcement.execution, announcement.attempt)
        announcement.delete()


def _decide(execution: Execution, attempt: int) -> None:
    status = _final_status(execution, attempt)
    wanted = _wanted(execution)
    if status is None or wanted is None:
        return
    state, before = State(status["executionState"]), state_before(execution, attempt)
    notifiers = {notifier.name: notifier for notifier in Notifier.objects.filter(project=execution.project_id)}
    decided = verdict(wanted.condition, state, before)
    found = intents(wanted, decided, {name: notifier.enabled for name, notifier in notifiers.items()})
    rows = [_row(execution, attempt, intent, notifiers.get(intent.notifier)) for intent in found]
    document = {"attempt": attempt, "status": status, "before": before}
    for row in rows:
        if row.notifier is not None and row.state == Delivery.WAITING:
            _compose(row, execution, wanted, document)
            nudge(DELIVERY, str(row.notifier.pk))
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _row(execution: Execution, attempt: int, intent: Intent, notifier: Notifier | None) -> Notification:
    return Notification(
        uid=uuid4(),
        project_id=execution.project_id,
        execution=execution,
        attempt=attempt,
        notifier=notifier,
        notifier_name=intent.notifier,
        recipient=intent.recipient,
        state=intent.state.value,
        why=intent.why.model_dump(mode="json"),
        next_try=timezone.now() if intent.state is Delivery.WAITING else None,
    )


def _compose(row: Notification, execution: Execution, wanted: Wanted, facts: dict[str, Any]) -> None:
    document = {"event": "run.finished", "delivery": str(row.uid), **document_of(execution, **facts)}
    variables = {name: value for name, value in execution.plan_json["variables"].items() if name.startswith(VARIABLES)}
    made = message.ended(document, template=wanted.message, variables=variables)
    row.subject, row.text, row.document = made.subject, made.text, dict(made.document)


def document_of(execution: Execution, *, attempt: int, status: Document, before: State | None) -> dict[str, Any]:
    """What a receiver gets to know of an ended attempt; docs/notifications.md describes it."""
    spec = execution.spec
    why = status.get("reason")
    return {
        "project": {"id": execution.project_id, "name": execution.project.name},
        "pipeline": {
            "name": execution.pipeline.name,
            "displayName": execution.pipeline.display_name,
            "repository": execution.plan_json["variables"].get("CICD_GIT_URL", ""),
        },
        "run": {
            "name": execution.name,
            "number": execution.run,
            "attempt": attempt,
            "state": status["executionState"],
            "stateBefore": before.value if before else None,
            "reason": Reason.model_validate(why).text if why else "",
            "branch": spec["branch"],
            "ref": spec["ref"],
            "commit": spec["commit"],
            "message": spec["message"],
            "author": spec["author"],
            "event": spec["event"],
            "triggerUser": spec["triggerUserName"],
            "started": status.get("started"),
            "ended": status.get("ended"),
            "url": settings.PUBLIC_URL + reverse("run", args=[execution.project_id, execution.name]),
        },
    }


def state_before(execution: Execution, attempt: int) -> State | None:
    """How it ended before: the attempt before this one, else the previous finished run of the same branch."""
    earlier = execution.attempts.filter(number=attempt - 1).values_list("result__executionState", flat=True).first()
    if earlier:
        return State(earlier)
    runs = Execution.objects.filter(
        pipeline=execution.pipeline_id, branch=execution.branch, run__lt=execution.run, open_since__isnull=True
    )
    state = runs.order_by("-run").values_list("state", flat=True).first()
    return State(state) if state else None


def _final_status(execution: Execution, attempt: int) -> Document | None:
    """The status that the attempt ended with, also when a later one has begun."""
    stored: Document | None = execution.attempts.get(number=attempt).result
    if stored is None and attempt == execution.attempt and execution.finished:
        final: Document = execution.status
        return final
    return stored


def _wanted(execution: Execution) -> Wanted | None:
    try:
        return Wanted.model_validate(execution.spec["pipelineConfig"]["notification"])
    except ValidationError as error:
        log.warning("notification block not understood", run=str(execution), problems=error.error_count())
        return None
