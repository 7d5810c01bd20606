"""Reads of the tenancy, each limited to what the asking principal may see."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from devops_platform.errors import Missing
from devops_platform.projects.models import ApiToken, AuditEvent, Member, Project, Secret
from devops_platform.projects.principals import Principal
from devops_platform.projects.roles import Action


def projects_visible_to(principal: Principal) -> QuerySet[Project]:
    if Action.VIEW not in principal.within or not principal.user.is_active:
        return Project.objects.none()
    projects = Project.objects.select_related("cluster")
    if not principal.is_staff:
        projects = projects.filter(members__user=principal.user)
    if principal.token and principal.token.project_id:
        projects = projects.filter(pk=principal.token.project_id)
    return projects


def members_of(project: Project) -> QuerySet[Member]:
    return Member.objects.filter(project=project).select_related("user", "project")


def member_of(project: Project, slug: str) -> Member:
    """The membership of the user whose identifier is ``slug``."""
    member = members_of(project).filter(user__slug=slug).first()
    if member is None:
        raise Missing(_("There is no such member."))
    return member


def tokens_of(principal: Principal) -> QuerySet[ApiToken]:
    """The tokens of the principal's user that still exist, expired ones included."""
    return ApiToken.objects.filter(user=principal.user, revoked=None).select_related("project")


def token_of(principal: Principal, prefix: str) -> ApiToken:
    token = tokens_of(principal).filter(prefix=prefix).first()
    if token is None:
        raise Missing(_("There is no such token."))
    return token


def secrets_of(project: Project) -> QuerySet[Secret]:
    """The secrets without their values, which stay sealed in the database."""
    return Secret.objects.filter(project=project).select_related("by", "project").defer("data")


def secret_of(project: Project, name: str) -> Secret:
    secret = secrets_of(project).filter(name=name).first()
    if secret is None:
        raise Missing(_("There is no such secret."))
    return secret


def secret_values(project: Project, name: str) -> dict[str, str]:
    """The clear values of a secret, for engines only. Raises Missing."""
    secret = Secret.objects.filter(project=project, name=name).first()
    if secret is None:
        raise Missing(_("There is no secret %(name)s in this project.") % {"name": name})
    return dict(secret.data)


def audit_of(project: Project) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(project=project)
