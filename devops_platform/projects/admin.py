"""Operators' view of the tenancy. Secrets and token digests are never shown; the audit log is read-only."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest
from typing_extensions import override

from devops_platform.projects.models import ApiToken, AuditEvent, Cluster, Member, Project, Secret, User


class ReadOnly:
    """An admin page that shows and never writes; changes go through the services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("username", "slug", "email", "is_active", "is_superuser", "last_login")
    readonly_fields = ("slug", "last_login", "date_joined")


@admin.register(Cluster)
class ClusterAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("id", "name", "created")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Cluster | None = None) -> tuple[str, ...]:
        return ("id", "created") if obj else ("created",)


class MemberInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs only
    model = Member
    extra = 0


@admin.register(Project)
class ProjectAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("id", "name", "cluster", "created")
    list_filter = ("cluster",)
    search_fields = ("id", "name")
    inlines = (MemberInline,)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("prefix", "name", "user", "project", "scopes", "expires", "last_used", "revoked")
    search_fields = ("prefix", "name", "user__username")
    exclude = ("digest",)


@admin.register(Secret)
class SecretAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("name", "project", "keys", "by", "updated")
    list_filter = ("project",)
    exclude = ("data",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("at", "project_id", "actor_name", "verb", "target_kind", "target")
    search_fields = ("actor_name", "target", "project__id")
    list_filter = ("verb", "target_kind")
    date_hierarchy = "at"
