"""Reads of notifiers and of the delivery log of a project."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from devops_platform.errors import Missing
from devops_platform.projects.models import Project
from pipelines.notifications.models import Notification, Notifier


def notifiers_of(project: Project) -> QuerySet[Notifier]:
    """The notifiers by name; their secrets stay sealed in the database."""
    return Notifier.objects.filter(project=project).select_related("by", "project").defer("secret")


def notifier_named(project: Project, name: str) -> Notifier:
    """Raises Missing."""
    found = notifiers_of(project).filter(name=name).first()
    if found is None:
        raise Missing(_("There is no such notifier."))
    return found


def notifications_of(project: Project, *, execution: str = "", state: str = "") -> QuerySet[Notification]:
    """The delivery log, newest first."""
    found = Notification.objects.filter(project=project).select_related("execution").order_by("-pk")
    if execution:
        found = found.filter(execution__name=execution)
    return found.filter(state=state) if state else found


def notification_of(project: Project, uid: UUID) -> Notification:
    """Raises Missing."""
    found = notifications_of(project).filter(uid=uid).first()
    if found is None:
        raise Missing(_("There is no such notification."))
    return found
