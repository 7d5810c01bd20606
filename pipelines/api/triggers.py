"""What starts a pipeline by itself: schedules and upstream pipelines, with what came of them last."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from devops_platform.api.shapes import Shape
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import automation, selectors
from pipelines.definition.messages import Reason
from pipelines.models import Schedule, TriggerFile, Upstream


class VerdictOut(Shape):
    """What came of the latest time."""

    code: str
    params: dict[str, Any]
    text: str


class TriggerFileOut(Shape):
    """The commit whose file says what is listed; ``problem`` tells why a newer one is not in force."""

    asked: datetime | None
    ref: str
    commit: str
    problem: VerdictOut | None


class ScheduleOut(Shape):
    cron: str
    timezone: str
    branch: Annotated[str, Field(description="empty: the pipeline's branch")]
    missed: str
    due: Annotated[datetime | None, Field(description="the next planned time; None: none comes any more")]
    last: Annotated[datetime | None, Field(description="the planned time that the verdict is about")]
    verdict: VerdictOut | None


class UpstreamOut(Shape):
    pipeline: str
    exists: bool
    condition: str
    last: datetime | None
    verdict: VerdictOut | None


class TriggersOut(Shape):
    file: TriggerFileOut | None
    schedules: tuple[ScheduleOut, ...]
    upstream: tuple[UpstreamOut, ...]


class PipelineTriggers(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="pipelines_triggers", responses=TriggersOut)
    def get(self, request: Request, project: str, name: str) -> Response:
        found = automation.triggers_of(selectors.pipeline_named(self.project, name))
        out = TriggersOut(
            file=_file(found.file) if found.file else None,
            schedules=tuple(map(_schedule, found.schedules)),
            upstream=tuple(_upstream(row, exists=row.upstream not in found.absent) for row in found.upstreams),
        )
        return Response(out.wire())


def _verdict(document: dict[str, Any] | None) -> VerdictOut | None:
    if document is None:
        return None
    why = Reason.model_validate(document)
    return VerdictOut(code=why.code, params=dict(why.params), text=why.text)


def _file(row: TriggerFile) -> TriggerFileOut:
    return TriggerFileOut(asked=row.asked, ref=row.ref, commit=row.commit, problem=_verdict(row.problem))


def _schedule(row: Schedule) -> ScheduleOut:
    return ScheduleOut(
        cron=row.cron,
        timezone=row.timezone,
        branch=row.branch,
        missed=row.missed,
        due=row.due,
        last=row.last,
        verdict=_verdict(row.verdict),
    )


def _upstream(row: Upstream, *, exists: bool) -> UpstreamOut:
    return UpstreamOut(
        pipeline=row.upstream, exists=exists, condition=row.condition, last=row.last, verdict=_verdict(row.verdict)
    )
