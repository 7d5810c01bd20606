"""Notifiers of a project and its delivery log."""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field, StrictBool
from rest_framework.request import Request
from rest_framework.response import Response

from devops_platform.api.bodies import body_of
from devops_platform.api.pagination import PAGE_PARAMETERS, page
from devops_platform.api.shapes import Page, Shape
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import notifiers
from pipelines.definition.messages import Reason
from pipelines.kinds import Text
from pipelines.notifications import selectors
from pipelines.notifications.models import Notification, Notifier
from pipelines.notifications.plan import LONGEST_RECIPIENT, Delivery
from pipelines.notifications.registry import Given


class NotifierIn(Shape):
    kind: Notifier.Kind
    enabled: StrictBool = True
    url: Annotated[Text, Field(description="where a webhook or Slack message is posted; empty: as before")] = ""
    key: Annotated[Text, Field(description="signs the messages of a webhook; empty: as before")] = ""
    to: Annotated[Text, Field(description="e-mail addresses for recipients that the file leaves out")] = ""


class NotifierOut(Shape):
    """Addresses and keys are written and never read; ``target`` is as much of them as may be shown."""

    name: str
    kind: Notifier.Kind
    enabled: bool
    target: str
    by: str | None
    created: datetime
    updated: datetime


class TestIn(Shape):
    recipient: Annotated[Text, Field(max_length=LONGEST_RECIPIENT)] = ""


class NotificationOut(Shape):
    """``why`` is the reason for which it is sent or not; ``error`` tells of the last try that failed."""

    id: UUID
    execution: str | None
    attempt: int
    notifier: str
    recipient: str
    state: Delivery
    why: dict[str, Any]
    why_text: str
    subject: str
    text: str
    tries: int
    next_try: datetime | None
    error: str
    response: str
    created: datetime
    sent: datetime | None


class Notifiers(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="notifiers_list", parameters=PAGE_PARAMETERS, responses=Page[NotifierOut])
    def get(self, request: Request, project: str) -> Response:
        return page(request, selectors.notifiers_of(self.project), notifier_out)


class NotifierDetail(InProject):
    needs: ClassVar = {"GET": Action.VIEW, "PUT": Action.MANAGE_SETTINGS, "DELETE": Action.MANAGE_SETTINGS}

    @extend_schema(operation_id="notifiers_read", responses=NotifierOut)
    def get(self, request: Request, project: str, name: str) -> Response:
        return Response(notifier_out(selectors.notifier_named(self.project, name)).wire())

    @extend_schema(operation_id="notifiers_write", request=NotifierIn, responses={200: NotifierOut, 201: NotifierOut})
    def put(self, request: Request, project: str, name: str) -> Response:
        """Make or change a notifier."""
        given = Given(**body_of(request, NotifierIn).model_dump())
        notifier, created = notifiers.set_notifier(self.project, by=self.principal.user, name=name, given=given)
        return Response(notifier_out(notifier).wire(), status=201 if created else 200)

    @extend_schema(operation_id="notifiers_delete", request=None, responses={204: None})
    def delete(self, request: Request, project: str, name: str) -> Response:
        notifiers.delete_notifier(selectors.notifier_named(self.project, name), by=self.principal.user)
        return Response(status=204)


class NotifierTest(InProject):
    needs: ClassVar = {"POST": Action.MANAGE_SETTINGS}

    @extend_schema(operation_id="notifiers_test", request=TestIn, responses={201: NotificationOut})
    def post(self, request: Request, project: str, name: str) -> Response:
        """Have a test message sent; the delivery log tells what came of it."""
        notifier = selectors.notifier_named(self.project, name)
        recipient = body_of(request, TestIn).recipient
        made = notifiers.send_test(notifier, by=self.principal.user, recipient=recipient)
        return Response(notification_out(made).wire(), status=201)


class Notifications(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(
        operation_id="notifications_list",
        parameters=[OpenApiParameter("execution", str), OpenApiParameter("state", str), *PAGE_PARAMETERS],
        responses=Page[NotificationOut],
    )
    def get(self, request: Request, project: str) -> Response:
        """The delivery log, newest first."""
        wanted = {name: request.query_params.get(name, "") for name in ("execution", "state")}
        return page(request, selectors.notifications_of(self.project, **wanted), notification_out)


class NotificationAgain(InProject):
    needs: ClassVar = {"POST": Action.MANAGE_SETTINGS}

    @extend_schema(operation_id="notifications_send_again", request=None, responses=NotificationOut)
    def post(self, request: Request, project: str, delivery: UUID) -> Response:
        """Try again, under the same delivery id."""
        notification = selectors.notification_of(self.project, delivery)
        return Response(notification_out(notifiers.send_again(notification, by=self.principal.user)).wire())


def notifier_out(notifier: Notifier) -> NotifierOut:
    return NotifierOut(
        name=notifier.name,
        kind=Notifier.Kind(notifier.kind),
        enabled=notifier.enabled,
        target=notifier.target,
        by=notifier.by.username if notifier.by else None,
        created=notifier.created,
        updated=notifier.updated,
    )


def notification_out(notification: Notification) -> NotificationOut:
    return NotificationOut(
        id=notification.uid,
        execution=notification.execution.name if notification.execution else None,
        attempt=notification.attempt,
        notifier=notification.notifier_name,
        recipient=notification.recipient,
        state=Delivery(notification.state),
        why=notification.why,
        why_text=Reason.model_validate(notification.why).text,
        subject=notification.subject,
        text=notification.text,
        tries=notification.tries,
        next_try=notification.next_try,
        error=notification.error,
        response=notification.response,
        created=notification.created,
        sent=notification.sent,
    )
