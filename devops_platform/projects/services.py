"""Writes to the tenancy: one transaction and one audit event each. Rights are checked at the border, not here."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from devops_platform import env
from devops_platform.errors import Conflict, Invalid, Missing
from devops_platform.projects import secret_rules, tokens
from devops_platform.projects.models import (
    LOCAL_CLUSTER,
    ApiToken,
    AuditEvent,
    Cluster,
    Member,
    Project,
    Secret,
    User,
)
from devops_platform.projects.roles import Role, Scope
from devops_platform.projects.tokens import ClearToken

SYSTEM = "system"
LONGEST_LIFE = timedelta(days=3660)
MAX_NAME = 100

before_deletion: list[Callable[[Project], None]] = []
"""Called inside the transaction that deletes a project: raise Conflict to refuse, or clean up what hangs on it."""


def record(
    *,
    verb: str,
    target_kind: str,
    target: str,
    by: User | None,
    project: Project | None = None,
    actor_name: str = SYSTEM,
    **detail: Any,
) -> AuditEvent:
    """Append to the audit log. ``detail`` is JSON and names no secret; ``actor_name`` counts when ``by`` is None."""
    return AuditEvent.objects.create(
        verb=verb,
        target_kind=target_kind,
        target=target[:253],
        actor=by,
        actor_name=by.username if by else actor_name,
        project=project,
        detail=detail,
    )


# Clusters and projects


def ensure_local_cluster() -> Cluster:
    cluster, _created = Cluster.objects.get_or_create(pk=LOCAL_CLUSTER, defaults={"name": LOCAL_CLUSTER})
    return cluster


@transaction.atomic
def create_project(*, name: str, by: User, cluster: Cluster | None = None, project_id: str | None = None) -> Project:
    """A new project with ``by`` as its owner, on this machine unless ``cluster`` is given."""
    chosen = {"id": project_id} if project_id else {}
    project = Project.objects.create(name=cleaned_name(name), cluster=cluster or ensure_local_cluster(), **chosen)
    Member.objects.create(project=project, user=by, role=Role.OWNER)
    record(verb="created", target_kind="Project", target=project.pk, by=by, project=project, name=project.name)
    return project


@transaction.atomic
def rename_project(*, project: Project, name: str, by: User) -> Project:
    before, name = project.name, cleaned_name(name)
    if name == before:
        return project
    project.name = name
    project.save(update_fields=["name"])
    record(verb="renamed", target_kind="Project", target=project.pk, by=by, project=project, before=before, after=name)
    return project


@transaction.atomic
def delete_project(*, project: Project, by: User) -> None:
    locked = Project.objects.select_for_update().get(pk=project.pk)
    for ask in before_deletion:
        ask(locked)
    record(verb="deleted", target_kind="Project", target=project.pk, by=by, project=project, name=project.name)
    locked.delete()


def cleaned_name(name: str) -> str:
    """``name`` as it is kept: one printable line."""
    clean = " ".join(name.split())
    if not clean or len(clean) > MAX_NAME or not clean.isprintable():
        problem = _("Use 1 to %(max)d printable characters.") % {"max": MAX_NAME}
        raise Invalid(_("This name cannot be used."), fields={"name": [problem]})
    return clean


# Members


@transaction.atomic
def add_member(*, project: Project, username: str, role: Role, by: User) -> Member:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        problem = _("There is no user of this name.")
        raise Invalid(_("The member cannot be added."), fields={"username": [problem]})
    member, created = Member.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not created:
        raise Conflict(_("%(user)s is a member already.") % {"user": user.username})
    record(verb="added", target_kind="Member", target=user.username, by=by, project=project, role=role)
    return member


@transaction.atomic
def change_role(*, member: Member, role: Role, by: User) -> Member:
    locked = _locked(member)
    if locked.role == role:
        return locked
    if role != Role.OWNER:
        _check_other_owner(locked)
    before, locked.role = locked.role, role
    locked.save(update_fields=["role"])
    record(
        verb="changed",
        target_kind="Member",
        target=locked.user.username,
        by=by,
        project=locked.project,
        before=before,
        after=role,
    )
    return locked


@transaction.atomic
def remove_member(*, member: Member, by: User) -> None:
    locked = _locked(member)
    _check_other_owner(locked)
    record(
        verb="removed",
        target_kind="Member",
        target=locked.user.username,
        by=by,
        project=locked.project,
        role=locked.role,
    )
    locked.delete()


def _locked(member: Member) -> Member:
    """The member as it is now, with the project's members held still."""
    Project.objects.select_for_update().get(pk=member.project_id)
    locked = Member.objects.select_related("user", "project").filter(pk=member.pk).first()
    if locked is None:
        raise Missing(_("There is no such member."))
    return locked


def _check_other_owner(member: Member) -> None:
    others = Member.objects.filter(project=member.project_id, role=Role.OWNER, user__is_active=True)
    if member.role == Role.OWNER and not others.exclude(pk=member.pk).exists():
        raise Conflict(_("A project keeps at least one owner."))


# Tokens


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[Scope],
    project: Project | None = None,
    expires: datetime | None = None,
) -> tuple[ApiToken, ClearToken]:
    """A new token and its text, which cannot be had again."""
    chosen = set(scopes)
    if not chosen:
        raise Invalid(_("The token cannot be made."), fields={"scopes": [_("Choose at least one.")]})
    now = timezone.now()
    if expires is not None and not now < expires <= now + LONGEST_LIFE:
        raise Invalid(_("The token cannot be made."), fields={"expires": [_("Choose a time in the next ten years.")]})
    clear = tokens.new_token()
    token = ApiToken.objects.create(
        user=user,
        name=cleaned_name(name),
        prefix=clear.prefix,
        digest=clear.digest,
        scopes=[scope.value for scope in Scope if scope in chosen],
        project=project,
        expires=expires,
    )
    record(verb="created", target_kind="ApiToken", target=clear.prefix, by=user, project=project, scopes=token.scopes)
    return token, clear


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> None:
    """From now on the token is refused; a second time changes nothing."""
    if not ApiToken.objects.filter(pk=token.pk, revoked=None).update(revoked=timezone.now()):
        return
    record(verb="revoked", target_kind="ApiToken", target=token.prefix, by=by, project=token.project)


# Secrets


@transaction.atomic
def set_secret(
    *, project: Project, name: str, by: User, put: Mapping[str, str] | None = None, remove: Iterable[str] = ()
) -> tuple[Secret, bool]:
    """The secret with the keys of ``put`` written and those of ``remove`` gone, and whether it is new."""
    secret_rules.check_name(name)
    put, removed = dict(put or {}), sorted(set(remove))
    Project.objects.select_for_update().get(pk=project.pk)  # two writers of a new secret take turns
    secret = Secret.objects.filter(project=project, name=name).first()
    created = secret is None
    if secret is None:
        secret = Secret(project=project, name=name, data={})
    secret.data = secret_rules.changed(secret.data, put=put, remove=removed)
    secret.keys = sorted(secret.data)
    secret.by = by
    secret.save()
    record(
        verb="created" if created else "changed",
        target_kind="Secret",
        target=name,
        by=by,
        project=project,
        put=sorted(put),
        removed=removed,
    )
    return secret, created


@transaction.atomic
def delete_secret(*, secret: Secret, by: User) -> None:
    record(verb="deleted", target_kind="Secret", target=secret.name, by=by, project=secret.project)
    secret.delete()


# Users


@transaction.atomic
def ensure_admin() -> tuple[str, str | None]:
    """The first superuser's name, and its password when it was made up just now.

    ``ADMIN_PASSWORD`` sets the password of a new ``admin``; an existing one is left alone.
    """
    existing = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if existing:
        return existing.username, None
    given = env.secret("ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(15)
    user = User.objects.create_superuser("admin", password=password)
    record(verb="created", target_kind="User", target=user.username, by=None)
    return user.username, None if given else password


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    record(verb="changed password", target_kind="User", target=user.username, by=user)
