"""The tenancy over REST."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from devops_platform.api.fields import Input
from devops_platform.projects import selectors, services
from devops_platform.projects.models import ApiToken, AuditEvent, Member, Project, Secret
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
)
from devops_platform.projects.roles import Action, Role, Scope


def body(shape: type[Input], request: Request) -> dict[str, Any]:
    """The request's body once it fits ``shape``."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    valid: dict[str, Any] = serializer.validated_data
    return valid


def page(view: GenericAPIView[Any], rows: QuerySet[Any], shape: type[BaseSerializer[Any]]) -> Response:
    return view.get_paginated_response(shape(view.paginate_queryset(rows), many=True).data)


class Me(APIView):
    @extend_schema(operation_id="getMe", responses=UserOut)
    def get(self, request: Request) -> Response:
        """The user behind the request."""
        return Response(UserOut(principal_of(request).user).data)


class Projects(GenericAPIView[Project]):
    queryset = Project.objects.none()

    @extend_schema(operation_id="listProjects", responses=ProjectOut(many=True))
    def get(self, request: Request) -> Response:
        """The projects the caller may see."""
        return page(self, selectors.projects_visible_to(principal_of(request)), ProjectOut)

    @extend_schema(operation_id="createProject", request=ProjectIn, responses={201: ProjectOut})
    def post(self, request: Request) -> Response:
        """Make a project; the caller becomes its owner."""
        principal = principal_of(request)
        check_unbound(principal, Action.MANAGE_SETTINGS)
        project = services.create_project(**body(ProjectIn, request), by=principal.user)
        return Response(ProjectOut(project).data, status=201)


class ProjectDetail(InProject):
    needs: ClassVar = {"GET": Action.VIEW, "PATCH": Action.MANAGE_SETTINGS, "DELETE": Action.DELETE}

    @extend_schema(operation_id="getProject", responses=ProjectOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(ProjectOut(self.project).data)

    @extend_schema(operation_id="renameProject", request=ProjectIn, responses=ProjectOut)
    def patch(self, request: Request, project: str) -> Response:
        renamed = services.rename_project(project=self.project, **body(ProjectIn, request), by=self.principal.user)
        return Response(ProjectOut(renamed).data)

    @extend_schema(operation_id="deleteProject", responses={204: None})
    def delete(self, request: Request, project: str) -> Response:
        services.delete_project(project=self.project, by=self.principal.user)
        return Response(status=204)


class Members(InProject, GenericAPIView[Member]):
    queryset = Member.objects.none()
    needs: ClassVar = {"GET": Action.VIEW, "POST": Action.MANAGE_MEMBERS}

    @extend_schema(operation_id="listMembers", responses=MemberOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return page(self, selectors.members_of(self.project), MemberOut)

    @extend_schema(operation_id="addMember", request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, project: str) -> Response:
        given = body(MemberIn, request)
        member = services.add_member(
            project=self.project, username=given["username"], role=Role(given["role"]), by=self.principal.user
        )
        return Response(MemberOut(member).data, status=201)


class MemberDetail(InProject):
    needs: ClassVar = {"PATCH": Action.MANAGE_MEMBERS, "DELETE": Action.MANAGE_MEMBERS}

    @extend_schema(operation_id="changeRole", request=RoleIn, responses=MemberOut)
    def patch(self, request: Request, project: str, user: str) -> Response:
        member = selectors.member_of(self.project, user)
        role = Role(body(RoleIn, request)["role"])
        return Response(MemberOut(services.change_role(member=member, role=role, by=self.principal.user)).data)

    @extend_schema(operation_id="removeMember", responses={204: None})
    def delete(self, request: Request, project: str, user: str) -> Response:
        services.remove_member(member=selectors.member_of(self.project, user), by=self.principal.user)
        return Response(status=204)


class Secrets(InProject, GenericAPIView[Secret]):
    queryset = Secret.objects.none()
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="listSecrets", responses=SecretOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        """Names and keys; values cannot be read."""
        return page(self, selectors.secrets_of(self.project), SecretOut)


class SecretDetail(InProject):
    needs: ClassVar = {"PUT": Action.MANAGE_SECRETS, "DELETE": Action.MANAGE_SECRETS}

    @extend_schema(operation_id="setSecret", request=SecretIn, responses={200: SecretOut, 201: SecretOut})
    def put(self, request: Request, project: str, name: str) -> Response:
        """Write and remove keys; the others stay as they are."""
        given = body(SecretIn, request)
        secret, created = services.set_secret(
            project=self.project, name=name, put=given["put"], remove=given["remove"], by=self.principal.user
        )
        return Response(SecretOut(secret).data, status=201 if created else 200)

    @extend_schema(operation_id="deleteSecret", responses={204: None})
    def delete(self, request: Request, project: str, name: str) -> Response:
        services.delete_secret(secret=selectors.secret_of(self.project, name), by=self.principal.user)
        return Response(status=204)


class Audit(InProject, GenericAPIView[AuditEvent]):
    queryset = AuditEvent.objects.none()
    needs: ClassVar = {"GET": Action.AUDIT}

    @extend_schema(operation_id="listAudit", responses=AuditOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        """Who did what, newest first."""
        return page(self, selectors.audit_of(self.project), AuditOut)


class Tokens(GenericAPIView[ApiToken]):
    queryset = ApiToken.objects.none()

    @extend_schema(operation_id="listTokens", responses=TokenOut(many=True))
    def get(self, request: Request) -> Response:
        """The caller's own tokens."""
        principal = principal_of(request)
        check_unbound(principal, Action.VIEW)
        return page(self, selectors.tokens_of(principal), TokenOut)

    @extend_schema(operation_id="createToken", request=TokenIn, responses={201: TokenMade})
    def post(self, request: Request) -> Response:
        """Make a personal token. Its text is in this answer and nowhere else."""
        principal = principal_of(request)
        check_unbound(principal, Action.MANAGE_MEMBERS)
        given = body(TokenIn, request)
        token, clear = services.create_token(
            user=principal.user,
            name=given["name"],
            scopes=[Scope(scope) for scope in given["scopes"]],
            project=project_for(principal, given["project"]) if given["project"] else None,
            expires=given["expires"],
        )
        return Response({**TokenOut(token).data, "token": str(clear)}, status=201)


class TokenDetail(APIView):
    @extend_schema(operation_id="revokeToken", responses={204: None})
    def delete(self, request: Request, prefix: str) -> Response:
        principal = principal_of(request)
        check_unbound(principal, Action.MANAGE_MEMBERS)
        services.revoke_token(token=selectors.token_of(principal, prefix), by=principal.user)
        return Response(status=204)
