"""The tenancy over REST."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devops_platform.api.bodies import body_of
from devops_platform.api.pagination import PAGE_PARAMETERS, page
from devops_platform.api.shapes import Page
from devops_platform.projects import selectors, services
from devops_platform.projects.permissions import InProject, check_unbound, principal_of, project_for
from devops_platform.projects.resources import (
    AuditOut,
    MemberIn,
    MemberOut,
    ProjectIn,
    ProjectOut,
    RoleIn,
    SecretIn,
    SecretOut,
    TokenIn,
    TokenMade,
    TokenOut,
    UserOut,
    audit_out,
    member_out,
    project_out,
    secret_out,
    token_made,
    token_out,
    user_out,
)
from devops_platform.projects.roles import Action


class Me(APIView):
    @extend_schema(operation_id="me_read", responses=UserOut)
    def get(self, request: Request) -> Response:
        """The user behind the request."""
        return Response(user_out(principal_of(request).user).wire())


class Projects(APIView):
    @extend_schema(operation_id="projects_list", parameters=PAGE_PARAMETERS, responses=Page[ProjectOut])
    def get(self, request: Request) -> Response:
        """The projects the caller may see."""
        return page(request, selectors.projects_visible_to(principal_of(request)), project_out)

    @extend_schema(operation_id="projects_create", request=ProjectIn, responses={201: ProjectOut})
    def post(self, request: Request) -> Response:
        """Make a project; the caller becomes its owner."""
        principal = principal_of(request)
        check_unbound(principal, Action.MANAGE_SETTINGS)
        project = services.create_project(name=body_of(request, ProjectIn).name, by=principal.user)
        return Response(project_out(project).wire(), status=201)


class ProjectDetail(InProject):
    needs: ClassVar = {"GET": Action.VIEW, "PATCH": Action.MANAGE_SETTINGS, "DELETE": Action.DELETE}

    @extend_schema(operation_id="projects_read", responses=ProjectOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(project_out(self.project).wire())

    @extend_schema(operation_id="projects_rename", request=ProjectIn, responses=ProjectOut)
    def patch(self, request: Request, project: str) -> Response:
        name = body_of(request, ProjectIn).name
        renamed = services.rename_project(project=self.project, name=name, by=self.principal.user)
        return Response(project_out(renamed).wire())

    @extend_schema(operation_id="projects_delete", request=None, responses={204: None})
    def delete(self, request: Request, project: str) -> Response:
        services.delete_project(project=self.project, by=self.principal.user)
        return Response(status=204)


class Members(InProject):
    needs: ClassVar = {"GET": Action.VIEW, "POST": Action.MANAGE_MEMBERS}

    @extend_schema(operation_id="members_list", parameters=PAGE_PARAMETERS, responses=Page[MemberOut])
    def get(self, request: Request, project: str) -> Response:
        return page(request, selectors.members_of(self.project), member_out)

    @extend_schema(operation_id="members_add", request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, project: str) -> Response:
        given = body_of(request, MemberIn)
        member = services.add_member(
            project=self.project, username=given.username, role=given.role, by=self.principal.user
        )
        return Response(member_out(member).wire(), status=201)


class MemberDetail(InProject):
    needs: ClassVar = {"PATCH": Action.MANAGE_MEMBERS, "DELETE": Action.MANAGE_MEMBERS}

    @extend_schema(operation_id="members_change", request=RoleIn, responses=MemberOut)
    def patch(self, request: Request, project: str, user: str) -> Response:
        member = selectors.member_of(self.project, user)
        changed = services.change_role(member=member, role=body_of(request, RoleIn).role, by=self.principal.user)
        return Response(member_out(changed).wire())

    @extend_schema(operation_id="members_remove", request=None, responses={204: None})
    def delete(self, request: Request, project: str, user: str) -> Response:
        services.remove_member(member=selectors.member_of(self.project, user), by=self.principal.user)
        return Response(status=204)


class Secrets(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="secrets_list", parameters=PAGE_PARAMETERS, responses=Page[SecretOut])
    def get(self, request: Request, project: str) -> Response:
        """Names and keys; values cannot be read."""
        return page(request, selectors.secrets_of(self.project), secret_out)


class SecretDetail(InProject):
    needs: ClassVar = {"PUT": Action.MANAGE_SECRETS, "DELETE": Action.MANAGE_SECRETS}

    @extend_schema(operation_id="secrets_write", request=SecretIn, responses={200: SecretOut, 201: SecretOut})
    def put(self, request: Request, project: str, name: str) -> Response:
        """Write and remove keys; the others stay as they are."""
        given = body_of(request, SecretIn)
        secret, created = services.set_secret(
            project=self.project, name=name, put=given.put, remove=given.remove, by=self.principal.user
        )
        return Response(secret_out(secret).wire(), status=201 if created else 200)

    @extend_schema(operation_id="secrets_delete", request=None, responses={204: None})
    def delete(self, request: Request, project: str, name: str) -> Response:
        services.delete_secret(secret=selectors.secret_of(self.project, name), by=self.principal.user)
        return Response(status=204)


class Audit(InProject):
    needs: ClassVar = {"GET": Action.AUDIT}

    @extend_schema(operation_id="audit_list", parameters=PAGE_PARAMETERS, responses=Page[AuditOut])
    def get(self, request: Request, project: str) -> Response:
        """Who did what, newest first."""
        return page(request, selectors.audit_of(self.project), audit_out)


class Tokens(APIView):
    @extend_schema(operation_id="tokens_list", parameters=PAGE_PARAMETERS, responses=Page[TokenOut])
    def get(self, request: Request) -> Response:
        """The caller's own tokens."""
        principal = principal_of(request)
        check_unbound(principal, Action.VIEW)
        return page(request, selectors.tokens_of(principal), token_out)

    @extend_schema(operation_id="tokens_create", request=TokenIn, responses={201: TokenMade})
    def post(self, request: Request) -> Response:
        """Make a personal token. Its text is in this answer and nowhere else."""
        principal = principal_of(request)
        check_unbound(principal, Action.MANAGE_MEMBERS)
        given = body_of(request, TokenIn)
        token, clear = services.create_token(
            user=principal.user,
            name=given.name,
            scopes=given.scopes,
            project=project_for(principal, given.project) if given.project is not None else None,
            expires=given.expires,
        )
        return Response(token_made(token, clear).wire(), status=201)


class TokenDetail(APIView):
    @extend_schema(operation_id="tokens_revoke", request=None, responses={204: None})
    def delete(self, request: Request, prefix: str) -> Response:
        principal = principal_of(request)
        check_unbound(principal, Action.MANAGE_MEMBERS)
        services.revoke_token(token=selectors.token_of(principal, prefix), by=principal.user)
        return Response(status=204)
