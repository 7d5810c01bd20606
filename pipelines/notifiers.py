"""What people do with notifiers and with the delivery log. One transaction and one audit event each."""

from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from devops_platform import names
from devops_platform.errors import Conflict, Invalid, Missing
from devops_platform.nudge import nudge
from devops_platform.projects.models import Project, User
from devops_platform.projects.services import record
from pipelines.definition.messages import reason
from pipelines.notifications import message
from pipelines.notifications.models import DELIVERY, Notification, Notifier
from pipelines.notifications.plan import Delivery
from pipelines.notifications.registry import Given, kept

MOST = 50  # notifiers of one project
KIND = "Notifier"


@transaction.atomic
def set_notifier(project: Project, *, by: User, name: str, given: Given) -> tuple[Notifier, bool]:
    """Make or change the notifier ``name``, and tell whether it is new. Raises Invalid."""
    if not names.is_label(name):
        problem = _("Use at most 63 lower-case letters, digits and dashes; the first and last are no dashes.")
        raise Invalid(_("This name cannot be used."), fields={"name": [problem]})
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    known = Notifier.objects.filter(project=project, name=name).first()
    if known is None and project.notifiers.count() >= MOST:
        raise Invalid(_("A project has at most %(most)d notifiers.") % {"most": MOST})
    settings, secret = kept(given, known)
    notifier = known or Notifier(project=project, name=name)
    notifier.kind, notifier.enabled, notifier.by = given.kind, given.enabled, by
    notifier.settings, notifier.secret = settings, secret
    notifier.save()
    verb = "changed" if known else "created"
    record(
        verb=verb, target_kind=KIND, target=name, by=by, project=project, kind=given.kind.value, enabled=given.enabled
    )
    return notifier, known is None


@transaction.atomic
def delete_notifier(notifier: Notifier, *, by: User) -> None:
    """Remove a notifier; what it had not sent yet fails, the delivery log stays."""
    waiting = Notification.objects.filter(notifier=notifier, state=Delivery.WAITING.value)
    waiting.update(state=Delivery.FAILED.value, next_try=None, error=_("The notifier was deleted."))
    record(verb="deleted", target_kind=KIND, target=notifier.name, by=by, project=notifier.project)
    notifier.delete()


@transaction.atomic
def send_test(notifier: Notifier, *, by: User, recipient: str = "") -> Notification:
    """Have a test message sent, also by a notifier that is switched off."""
    uid = uuid4()
    project = {"id": notifier.project_id, "name": notifier.project.name}
    made = message.test({"event": "test", "delivery": str(uid), "project": project}, notifier=notifier.name)
    notification = Notification.objects.create(
        uid=uid,
        project_id=notifier.project_id,
        notifier=notifier,
        notifier_name=notifier.name,
        recipient=recipient,
        why=reason("NotifyTest", user=by.username).model_dump(mode="json"),
        subject=made.subject,
        text=made.text,
        document=dict(made.document),
        next_try=timezone.now(),
    )
    record(verb="tested", target_kind=KIND, target=notifier.name, by=by, project=notifier.project)
    nudge(DELIVERY, str(notifier.pk))
    return notification


@transaction.atomic
def send_again(notification: Notification, *, by: User) -> Notification:
    """Begin another round of tries under the same delivery id. Raises Conflict while one goes on."""
    locked = Notification.objects.select_for_update().filter(pk=notification.pk).first()
    if locked is None:
        raise Missing(_("There is no such notification."))
    if not locked.may_send_again:
        raise Conflict(_("This notification cannot be sent again now."))
    now = timezone.now()
    locked.state, locked.tries, locked.error = Delivery.WAITING.value, 0, ""
    locked.begun = locked.next_try = now
    locked.save(update_fields=["state", "tries", "error", "begun", "next_try"])
    record(verb="sent again", target_kind="Notification", target=str(locked.uid), by=by, project=locked.project)
    nudge(DELIVERY, str(locked.notifier_id))
    return locked
