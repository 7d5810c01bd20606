"""The shapes of the tenancy's REST API: what is taken in and what is given out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from devops_platform.api.fields import Input, Text
from devops_platform.projects.models import ApiToken, AuditEvent, Member, Project, Secret, User
from devops_platform.projects.roles import Role, Scope

ROLES = [role.value for role in Role]
SCOPES = [scope.value for scope in Scope]


class UserOut(serializers.ModelSerializer[User]):
    id = serializers.CharField(source="slug")
    display_name = serializers.CharField()

    class Meta:
        model = User
        fields = ("id", "username", "display_name", "is_superuser")


class ProjectOut(serializers.ModelSerializer[Project]):
    id = serializers.CharField()
    full_name = serializers.CharField()
    cluster = serializers.CharField(source="cluster_id")

    class Meta:
        model = Project
        fields = ("id", "name", "cluster", "full_name", "created")


class ProjectIn(Input):
    name = Text(max_length=100)


class MemberOut(serializers.ModelSerializer[Member]):
    user = serializers.CharField(source="user.slug")
    username = serializers.CharField(source="user.username")
    role = serializers.ChoiceField(choices=ROLES)

    class Meta:
        model = Member
        fields = ("user", "username", "role", "created")


class MemberIn(Input):
    username = Text(max_length=150)
    role = serializers.ChoiceField(choices=ROLES)


class RoleIn(Input):
    role = serializers.ChoiceField(choices=ROLES)


class SecretOut(serializers.ModelSerializer[Secret]):
    keys = serializers.SerializerMethodField()
    by = serializers.CharField(source="by.username", default=None, allow_null=True)

    class Meta:
        model = Secret
        fields = ("name", "keys", "by", "created", "updated")

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_keys(self, secret: Secret) -> Any:
        return secret.keys


class SecretIn(Input):
    """``put`` has the keys to write and ``remove`` those to remove; the others stay. Values never come back."""

    put = serializers.DictField(child=Text(max_length=1024 * 1024, trim_whitespace=False), default=dict)
    remove = serializers.ListField(child=Text(max_length=253), default=list, max_length=100)


class TokenOut(serializers.ModelSerializer[ApiToken]):
    id = serializers.CharField(source="prefix")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES))
    project = serializers.CharField(source="project_id", allow_null=True)

    class Meta:
        model = ApiToken
        fields = ("id", "name", "scopes", "project", "created", "expires", "last_used")


class TokenMade(TokenOut):
    token = serializers.CharField(help_text="The token itself. It is shown this once.")

    class Meta(TokenOut.Meta):
        fields = (*TokenOut.Meta.fields, "token")  # type: ignore[assignment]  # one longer


class TokenIn(Input):
    name = Text(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), min_length=1, max_length=len(SCOPES))
    project = Text(max_length=63, allow_null=True, default=None)
    expires = serializers.DateTimeField(allow_null=True, default=None)


class AuditOut(serializers.ModelSerializer[AuditEvent]):
    actor = serializers.CharField(source="actor_name")
    detail = serializers.DictField()

    class Meta:
        model = AuditEvent
        fields = ("at", "actor", "verb", "target_kind", "target", "detail")
