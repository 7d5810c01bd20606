"""Operators' view of pipelines and runs. Mirrored rows are shown and never saved here; actions go through services."""

from collections.abc import Callable
from typing import ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from devops_platform.errors import PlatformError
from devops_platform.projects.admin import ReadOnly
from devops_platform.projects.models import User
from pipelines import services, sources
from pipelines.definition.runplan import Event
from pipelines.models import Attempt, Execution, Pipeline, PipelineSetting


class MirroredAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_filter: ClassVar[tuple[str, ...]] = ("project",)
    search_fields = ("name", "namespace")
    ordering = ("-pk",)


def each(request: HttpRequest, found: QuerySet[Pipeline] | QuerySet[Execution], act: Callable[..., str]) -> None:
    """Do ``act`` to each object as the operator, and say for each one what came of it."""
    for chosen in found:
        try:
            messages.success(request, act(chosen, cast("User", request.user)))
        except PlatformError as error:
            messages.error(request, f"{chosen}: {error}")


def _run(pipeline: Pipeline, by: User) -> str:
    cause = services.Cause(event=Event.MANUAL, user=by)
    run = services.start_run(pipeline, sources.read(pipeline, ""), cause=cause)
    return _("%(run)s has been started.") % {"run": run}


def _stop(execution: Execution, by: User) -> str:
    services.stop_run(execution, by=by)
    return _("%(run)s is asked to stop.") % {"run": execution}


@admin.register(Pipeline)
class PipelineAdmin(MirroredAdmin):
    list_display = ("name", "project", "owner", "next_run", "created")
    actions = ("run_now",)

    @admin.action(description=gettext_lazy("Run the chosen pipelines"))
    def run_now(self, request: HttpRequest, queryset: QuerySet[Pipeline]) -> None:
        each(request, queryset.select_related("project"), _run)


class AttemptInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs only
    model = Attempt
    fields = ("number", "mode", "from_stage", "by", "created")
    extra = 0


@admin.register(Execution)
class ExecutionAdmin(MirroredAdmin):
    """The plan holds the variables of steps, which are the project's business; it is not shown."""

    list_display = ("name", "project", "state", "attempt", "branch", "by", "created", "started", "ended")
    list_filter = ("state", "project")
    exclude = ("plan_json", "file", "spec")
    inlines = (AttemptInline,)
    actions = ("stop",)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        return super().get_queryset(request).select_related("project", "by").defer("plan_json", "file")

    @admin.action(description=gettext_lazy("Stop the chosen runs"))
    def stop(self, request: HttpRequest, queryset: QuerySet[Execution]) -> None:
        each(request, queryset, _stop)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("execution", "number", "mode", "by", "created")
    list_filter = ("mode",)
    search_fields = ("execution__name",)
    fields = ("execution", "number", "mode", "from_stage", "by", "created", "result")


@admin.register(PipelineSetting)
class PipelineSettingAdmin(MirroredAdmin):
    list_display = ("name", "project", "value")
