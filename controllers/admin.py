"""Operators' view of the passes over objects."""

from django.contrib import admin

from controllers.models import Claim
from devops_platform.projects.admin import ReadOnly


@admin.register(Claim)
class ClaimAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("kind", "key", "until", "dirty", "look_at", "failures", "error")
    list_filter = ("kind", "dirty")
    search_fields = ("key", "error")
    exclude = ("token",)
