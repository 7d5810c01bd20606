"""Notifiers of a project, ends of runs that wait to be told, and the delivery log."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from devops_platform.crypto import SealedField
from devops_platform.projects.models import Project, User
from pipelines.notifications.base import Message
from pipelines.notifications.plan import LONGEST_NAME, LONGEST_RECIPIENT, Delivery

ANNOUNCEMENT = "announcement"  # the controllers' kinds: keys are uids of executions,
DELIVERY = "delivery"  # and primary keys of notifiers


class Notifier(models.Model):
    """A way out of the project; pipeline files name it. ``secret`` holds addresses and keys and is never shown."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook")
        SLACK = "slack", _("Slack or compatible")
        EMAIL = "email", _("E-mail")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="notifiers")
    name = models.CharField(max_length=63)
    kind = models.CharField(max_length=16, choices=Kind)
    settings = models.JSONField(default=dict)
    secret = SealedField()
    enabled = models.BooleanField(default=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "name"], name="notifier_name")]

    @override
    def __str__(self) -> str:
        return f"{self.project_id}/{self.name}"

    @property
    def target(self) -> str:
        """Where its messages go, as far as it may be shown."""
        return str(self.settings.get("host") or self.settings.get("to") or "")


class Announcement(models.Model):
    """An attempt has ended, and whom to tell is still to be decided; the row goes when that is done.

    It is written in the transaction that ends the attempt, so that neither is there without the other.
    """

    execution = models.ForeignKey("pipelines.Execution", on_delete=models.CASCADE, related_name="announcements")
    attempt = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["execution", "attempt"], name="announcement_attempt")]

    @override
    def __str__(self) -> str:
        return f"end of {self.execution} attempt {self.attempt}"


class Notification(models.Model):
    """A message to one recipient, and what became of it; without an execution it is a test.

    ``uid`` is the delivery id that receivers see, the same in every try. ``subject``, ``text`` and ``document``
    were composed once. ``begun`` is when the present round of tries began; ``why`` is the reason it is sent or not.
    """

    STATES = (
        (Delivery.WAITING.value, _("Waiting")),
        (Delivery.SENT.value, _("Sent")),
        (Delivery.FAILED.value, _("Failed")),
        (Delivery.SKIPPED.value, _("Not sent")),
    )

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="notifications")
    execution = models.ForeignKey(
        "pipelines.Execution", null=True, on_delete=models.CASCADE, related_name="notifications"
    )
    attempt = models.PositiveIntegerField(default=0)
    notifier = models.ForeignKey(Notifier, null=True, on_delete=models.SET_NULL, related_name="notifications")
    notifier_name = models.CharField(max_length=LONGEST_NAME)
    recipient = models.CharField(max_length=LONGEST_RECIPIENT, default="", blank=True)
    state = models.CharField(max_length=8, choices=STATES, default=Delivery.WAITING.value)
    why = models.JSONField()
    subject = models.TextField(default="")
    text = models.TextField(default="")
    document = models.JSONField(default=dict)
    tries = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField(null=True)
    error = models.TextField(default="")
    response = models.TextField(default="")
    created = models.DateTimeField(default=timezone.now)
    begun = models.DateTimeField(default=timezone.now)
    sent = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["execution", "attempt", "notifier_name", "recipient"], name="notification_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["notifier", "next_try"], name="notification_due", condition=Q(state="waiting")),
            models.Index(fields=["project", "-id"], name="notification_recent"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.notifier_name} {self.uid}"

    @property
    def message(self) -> Message:
        return Message(str(self.uid), self.subject, self.text, self.document)

    @property
    def may_send_again(self) -> bool:
        """Whether there is a message, and nobody is about to send it anyway."""
        return self.state in {Delivery.SENT, Delivery.FAILED} and bool(self.document) and self.notifier_id is not None
