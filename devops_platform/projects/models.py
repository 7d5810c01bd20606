"""Tenancy as rows: users, clusters, projects and their members, tokens, secrets, and the audit log."""

from typing import Any, Never

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from devops_platform import names
from devops_platform.crypto import SealedField
from devops_platform.projects.roles import Role

LOCAL_CLUSTER = "local"


def new_user_slug() -> str:
    return names.new_id("u")


def new_project_id() -> str:
    return names.new_id("p")


class User(AbstractUser):
    """A person. ``slug`` is the namespace of what belongs to the person rather than to a project."""

    slug = models.CharField(_("identifier"), max_length=63, unique=True, default=new_user_slug, editable=False)

    class Meta(AbstractUser.Meta):
        ordering = ("username",)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class Cluster(models.Model):
    """Where runs of a project are executed. ``local`` is this machine."""

    id = models.CharField(_("identifier"), max_length=63, primary_key=True)
    name = models.CharField(_("name"), max_length=100)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("id",)

    @override
    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """The tenant. Its row is also the lock of the project's queue, so it stays narrow and is rarely written."""

    id = models.CharField(_("identifier"), max_length=63, primary_key=True, default=new_project_id, editable=False)
    cluster = models.ForeignKey(Cluster, models.PROTECT, related_name="projects", verbose_name=_("cluster"))
    name = models.CharField(_("name"), max_length=100)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("name", "id")

    @override
    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('project-list')}{self.pk}/"

    @property
    def full_name(self) -> str:
        """``<cluster>:<project>``, as ``projectName`` has it in every resource."""
        return f"{self.cluster_id}:{self.id}"


class Member(models.Model):
    """The role of one user in one project."""

    ROLES = ((Role.OWNER.value, _("owner")), (Role.MEMBER.value, _("member")), (Role.READONLY.value, _("read-only")))

    project = models.ForeignKey(Project, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=ROLES)
    created = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ("user__username",)
        constraints = (models.UniqueConstraint(fields=("project", "user"), name="one_role_per_user_and_project"),)

    @override
    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class ApiToken(models.Model):
    """A personal token. Only a hash of its secret is kept; ``prefix`` finds the row."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="tokens")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(_("scopes"), default=list)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    expires = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    @override
    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Secret(models.Model):
    """Named values of a project for its steps; written, never shown. ``keys`` repeats the names in plain."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="secrets")
    name = models.CharField(_("name"), max_length=63)
    data = SealedField()
    keys = models.JSONField(_("keys"), default=list)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("project", "name"), name="one_secret_per_name_and_project"),)

    @override
    def __str__(self) -> str:
        return self.name


class AppendOnly(models.QuerySet["AuditEvent"]):
    @override
    def update(self, **_: Any) -> Never:
        raise TypeError("the audit log is append-only")

    @override
    def delete(self) -> Never:
        raise TypeError("the audit log is append-only")


class AuditEvent(models.Model):
    """Who did what to which object. Rows outlive their project and their actor, and are never changed."""

    at = models.DateTimeField(_("time"), auto_now_add=True)
    project = models.ForeignKey(
        Project, models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="audit_events"
    )
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(_("actor"), max_length=150)
    verb = models.CharField(_("verb"), max_length=64)
    target_kind = models.CharField(_("kind"), max_length=64)
    target = models.CharField(_("target"), max_length=253)
    detail = models.JSONField(_("detail"), default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("project", "-id"), name="audit_by_project"),)

    @override
    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.target_kind} {self.target}"

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("the audit log is append-only")
        super().save(*args, **kwargs)

    @override
    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("the audit log is append-only")
