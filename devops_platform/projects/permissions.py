"""The one place that decides what a principal may do to a project. Views of all kinds ask here."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override

from devops_platform.errors import Denied, Missing
from devops_platform.projects.models import ApiToken, Member, Project, User
from devops_platform.projects.principals import NOTHING, Principal
from devops_platform.projects.roles import ACTIONS_OF_ROLE, Action, Role

P = ParamSpec("P")

__all__ = [
    "InProject",
    "Principal",
    "actions_of",
    "check_may",
    "check_unbound",
    "in_project",
    "may",
    "principal_of",
    "project_for",
    "rights",
    "role_of",
]


def principal_of(request: HttpRequest | Request) -> Principal:
    """The principal of an authenticated request."""
    token = getattr(request, "auth", None)
    return Principal(cast("User", request.user), token if isinstance(token, ApiToken) else None)


def role_of(principal: Principal, project: Project) -> Role | None:
    """The role in ``project``; an owner's for platform staff, None for a stranger."""
    if principal.is_staff:
        return Role.OWNER
    row = Member.objects.filter(project=project, user_id=principal.user.pk, user__is_active=True).first()
    return Role(row.role) if row else None


def actions_of(principal: Principal, project: Project) -> frozenset[Action]:
    """Everything ``principal`` may do to ``project``; empty for a stranger."""
    if principal.token and principal.token.project_id not in {None, project.pk}:
        return NOTHING
    role = role_of(principal, project)
    return ACTIONS_OF_ROLE[role] & principal.within if role else NOTHING


def may(principal: Principal, action: Action, project: Project) -> bool:
    return action in actions_of(principal, project)


def check_may(principal: Principal, action: Action, project: Project) -> None:
    """Raise Missing for a stranger, who may not know of the project, and Denied for others without the right."""
    actions = actions_of(principal, project)
    if not actions:
        raise Missing(_("There is no such project."))
    if action not in actions:
        raise Denied(_("Your role or token in this project does not allow this."))


def check_unbound(principal: Principal, action: Action) -> None:
    """Raise Denied unless ``action`` on things outside any project is within the principal's token."""
    if principal.token and (principal.token.project_id or action not in principal.within):
        raise Denied(_("This token does not allow this."))


def project_for(principal: Principal, project_id: str, action: Action = Action.VIEW) -> Project:
    """The project, once it is known that ``principal`` may do ``action`` to it."""
    project = Project.objects.select_related("cluster").filter(pk=project_id).first()
    if project is None:
        raise Missing(_("There is no such project."))
    check_may(principal, action, project)
    return project


class InProject(APIView):
    """A REST view below ``projects/<project>/``. ``needs`` names the action for each method it answers."""

    needs: ClassVar[Mapping[str, Action]]
    principal: Principal
    project: Project

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.principal = principal_of(request)
        self.project = project_for(self.principal, kwargs["project"], self._needed(request))

    def _needed(self, request: Request) -> Action:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or not hasattr(self, method.lower()):
            return Action.VIEW  # answered with 200 or 405 to whoever may see the project
        return self.needs[method]


def in_project(
    action: Action,
) -> Callable[[Callable[Concatenate[HttpRequest, Project, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Make ``view(request, project, …)`` a page below ``projects/<project>/`` for those who may do ``action``."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Project, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def checked(request: HttpRequest, project: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            return view(request, project_for(principal_of(request), project, action), *args, **kwargs)

        return checked

    return decorate


def rights(principal: Principal, project: Project) -> dict[str, bool]:
    """For templates: every action's name, and whether ``principal`` may do it."""
    granted = actions_of(principal, project)
    return {action.value: action in granted for action in Action}
