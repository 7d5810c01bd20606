"""Runs: list, read, stop, rerun; the queue; and project settings."""

from typing import Any, ClassVar

from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from devops_platform.api.bodies import body_of
from devops_platform.api.pagination import PAGE_PARAMETERS, page
from devops_platform.api.shapes import Page
from devops_platform.errors import Missing
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import queue, selectors, services
from pipelines.api.shapes import (
    ExecutionOut,
    ExecutionRow,
    QueueEntry,
    QueueOut,
    RerunRequest,
    SettingIn,
    SettingOut,
)
from pipelines.models import Attempt, Execution
from pipelines.preferences import PREFERENCES, checked

FILTERS = ("pipeline", "state", "search")


class ExecutionList(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(
        operation_id="executions_list",
        responses=Page[ExecutionRow],
        parameters=[*(OpenApiParameter(name, str) for name in FILTERS), *PAGE_PARAMETERS],
    )
    def get(self, request: Request, project: str) -> Response:
        wanted = {name: request.query_params.get(name, "") for name in FILTERS}
        return page(request, selectors.executions_of(self.project, **wanted), row_out)


class ExecutionDetail(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="executions_read", responses=ExecutionOut)
    def get(self, request: Request, project: str, name: str) -> Response:
        execution = selectors.execution_named(self.project, name)
        return Response(selectors.execution_document(execution, principal=self.principal))


class ExecutionStop(InProject):
    needs: ClassVar = {"POST": Action.RUN}

    @extend_schema(operation_id="executions_stop", request=None, responses=ExecutionOut)
    def post(self, request: Request, project: str, name: str) -> Response:
        stopped = services.stop_run(selectors.execution_named(self.project, name), by=self.principal.user)
        return Response(selectors.execution_document(stopped, principal=self.principal))


class ExecutionRerun(InProject):
    needs: ClassVar = {"POST": Action.RUN}

    @extend_schema(operation_id="executions_rerun", request=RerunRequest, responses=ExecutionOut)
    def post(self, request: Request, project: str, name: str) -> Response:
        execution = selectors.execution_named(self.project, name)
        asked = body_of(request, RerunRequest)
        again = services.rerun(
            execution, by=self.principal.user, mode=Attempt.Mode(asked.mode), from_stage=asked.from_stage
        )
        return Response(selectors.execution_document(again, principal=self.principal))


class Queue(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="queue_read", responses=QueueOut)
    def get(self, request: Request, project: str) -> Response:
        line = queue.line(self.project)
        runs = [QueueEntry(name=run.name, state=run.state, position=None) for run in line.running]
        runs += [
            QueueEntry(name=run.name, state=run.state, position=position)
            for position, run in enumerate(line.waiting, start=1)
        ]
        return Response(QueueOut(quota=line.quota, runs=tuple(runs)).wire())


class SettingList(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="settings_list", responses=list[SettingOut])
    def get(self, request: Request, project: str) -> Response:
        stored = dict(self.project.settings.values_list("name", "spec"))
        return Response([setting_out(name, str(stored.get(name, {}).get("value", ""))) for name in PREFERENCES])


class SettingDetail(InProject):
    needs: ClassVar = {"PUT": Action.MANAGE_SETTINGS}

    @extend_schema(operation_id="settings_change", request=SettingIn, responses=SettingOut)
    def put(self, request: Request, project: str, name: str) -> Response:
        if name not in PREFERENCES:
            raise Missing(f"There is no setting {name}")
        value = checked(name, body_of(request, SettingIn).value)
        stored = services.set_preference(self.project, by=self.principal.user, name=name, value=value)
        return Response(setting_out(name, stored.value))


def setting_out(name: str, value: str) -> dict[str, Any]:
    preference = PREFERENCES[name]
    return SettingOut(
        name=name,
        group=preference.group,
        about=gettext(preference.about),
        default=preference.default,
        value=value,
        effective=value or preference.default,
    ).wire()


def row_out(execution: Execution) -> ExecutionRow:
    spec = execution.spec
    return ExecutionRow(
        name=execution.name,
        pipeline=execution.pipeline.name,
        run=execution.run,
        attempt=execution.attempt,
        state=execution.phase.value,
        reason=execution.status.get("reason"),
        event=spec["event"],
        branch=spec["branch"],
        commit=spec["commit"],
        message=spec["message"],
        trigger_user=spec["triggerUserName"],
        created=execution.created,
        started=execution.started,
        ended=execution.ended,
    )
