"""The bodies of the tenancy's REST API: what is taken in and what is given out."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from devops_platform.api.shapes import Line, Shape
from devops_platform.projects.models import ApiToken, AuditEvent, Member, Project, Secret, User
from devops_platform.projects.roles import Role, Scope
from devops_platform.projects.secret_rules import MAX_BYTES, MAX_KEYS
from devops_platform.projects.tokens import ClearToken


def _text(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    raise ValueError("a time is text in RFC 3339")


Moment = Annotated[AwareDatetime, BeforeValidator(_text)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=253)]
Value = Annotated[str, StringConstraints(min_length=1, max_length=MAX_BYTES)]


class UserOut(Shape):
    id: str
    username: str
    display_name: str
    superuser: bool


def user_out(user: User) -> UserOut:
    return UserOut(id=user.slug, username=user.username, display_name=user.display_name, superuser=user.is_superuser)


class ProjectIn(Shape):
    name: Line


class ProjectOut(Shape):
    id: str
    name: str
    cluster: str
    full_name: Annotated[str, Field(description="`<cluster>:<project>`, as resources have it.")]
    created: datetime


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(
        id=project.pk,
        name=project.name,
        cluster=project.cluster_id,
        full_name=project.full_name,
        created=project.created,
    )


class MemberIn(Shape):
    username: Annotated[str, StringConstraints(min_length=1, max_length=150)]
    role: Role


class RoleIn(Shape):
    role: Role


class MemberOut(Shape):
    user: str
    username: str
    role: Role
    created: datetime


def member_out(member: Member) -> MemberOut:
    return MemberOut(
        user=member.user.slug, username=member.user.username, role=Role(member.role), created=member.created
    )


class SecretIn(Shape):
    """``put`` has the keys to write and ``remove`` those to remove; the others stay. Values never come back."""

    put: Annotated[dict[Key, Value], Field(max_length=MAX_KEYS)] = {}
    remove: Annotated[list[Key], Field(max_length=MAX_KEYS)] = []


class SecretOut(Shape):
    name: str
    keys: list[str]
    by: str | None
    created: datetime
    updated: datetime


def secret_out(secret: Secret) -> SecretOut:
    by = secret.by.username if secret.by else None
    return SecretOut(name=secret.name, keys=secret.keys, by=by, created=secret.created, updated=secret.updated)


class TokenIn(Shape):
    name: Line
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    project: Annotated[str, StringConstraints(max_length=63)] | None = None
    expires: Moment | None = None


class TokenOut(Shape):
    id: str
    name: str
    scopes: list[Scope]
    project: str | None
    created: datetime
    expires: datetime | None
    last_used: datetime | None


class TokenMade(TokenOut):
    token: Annotated[str, Field(description="The token itself. It is shown this once.")]


def token_out(token: ApiToken) -> TokenOut:
    return TokenOut(
        id=token.prefix,
        name=token.name,
        scopes=token.scopes,
        project=token.project_id,
        created=token.created,
        expires=token.expires,
        last_used=token.last_used,
    )


def token_made(token: ApiToken, clear: ClearToken) -> TokenMade:
    return TokenMade(**token_out(token).model_dump(), token=str(clear))


class AuditOut(Shape):
    at: datetime
    actor: str
    verb: str
    target_kind: str
    target: str
    detail: dict[str, Any]


def audit_out(event: AuditEvent) -> AuditOut:
    return AuditOut(
        at=event.at,
        actor=event.actor_name,
        verb=event.verb,
        target_kind=event.target_kind,
        target=event.target,
        detail=event.detail,
    )
