"""What starts a pipeline by itself: its schedules and the pipelines it follows, as its file says.

The file counts as it is at the head of the pipeline's branch, whatever other branches say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from devops_platform.errors import Conflict, PlatformError, Unavailable
from devops_platform.nudge import nudge
from devops_platform.projects.services import record
from pipelines import sources
from pipelines.definition import cron, schema
from pipelines.definition.messages import Reason, reason
from pipelines.definition.problems import DefinitionError, Severity
from pipelines.models import Pipeline, Schedule, TriggerFile, Upstream
from pipelines.sources import Sources

PIPELINE = "pipeline"  # the controllers' kind; its keys are uids


@dataclass(frozen=True, slots=True)
class Triggers:
    """What starts a pipeline. ``absent`` are pipelines to follow that the project does not have."""

    file: TriggerFile | None
    schedules: tuple[Schedule, ...]
    upstreams: tuple[Upstream, ...]
    absent: frozenset[str]

    @property
    def shown(self) -> bool:
        return bool(self.schedules or self.upstreams or (self.file and self.file.problem))


def triggers_of(pipeline: Pipeline) -> Triggers:
    upstreams = tuple(pipeline.upstreams.all())
    named = {row.upstream for row in upstreams}
    there = Pipeline.objects.filter(project=pipeline.project_id, name__in=named).values_list("name", flat=True)
    return Triggers(
        file=TriggerFile.objects.filter(pipeline=pipeline).first(),
        schedules=tuple(pipeline.schedules.all()),
        upstreams=upstreams,
        absent=frozenset(named.difference(there)),
    )


def changed(pipeline: Pipeline) -> None:
    """Have the file read at once: it may be another one now."""
    TriggerFile.objects.filter(pipeline=pipeline).update(asked=None)
    nudge(PIPELINE, str(pipeline.uid))


def seen(pipeline: Pipeline, found: Sources) -> None:
    """A run was made from ``found``: have the file read if that shows it to be another one than was read last."""
    known = TriggerFile.objects.filter(pipeline=pipeline, ref=found.ref).first()
    if known is not None and known.commit != found.commit.sha and not found.draft:
        nudge(PIPELINE, str(pipeline.uid))


def refresh(pipeline: Pipeline) -> None:
    """Read the file and keep what it says. While it cannot be read, what it said before stays.

    Raises Unavailable when that may pass by itself.
    """
    try:
        found = sources.read(pipeline, "")
    except (Conflict, Unavailable) as error:
        _unread(pipeline, reason("FileUnreadable", error=str(error)))
        raise
    except DefinitionError as error:
        _unread(pipeline, first_problem(error))
    except PlatformError as error:
        _unread(pipeline, reason("FileUnreadable", error=str(error)))
    else:
        _keep(pipeline, found)


def first_problem(error: DefinitionError) -> Reason:
    problem = next(problem for problem in error.problems if problem.severity is Severity.ERROR)
    return reason("FileNotPipeline", line=problem.line, column=problem.column, problem=problem.text)


@transaction.atomic
def _unread(pipeline: Pipeline, why: Reason) -> None:
    problem = why.model_dump(mode="json")
    file = _locked_file(pipeline)
    TriggerFile.objects.filter(pk=file.pk).update(asked=timezone.now(), problem=problem)
    if file.problem != problem:
        _audit(pipeline, "failed", problem=why.text)


@transaction.atomic
def _keep(pipeline: Pipeline, found: Sources) -> None:
    now = timezone.now()
    file = _locked_file(pipeline)
    definition = found.parsed.definition
    schedules = _keep_schedules(pipeline, {identity_of(said): said for said in reversed(definition.schedules)}, now)
    upstreams = _keep_upstreams(pipeline, {(said.pipeline[:253], said.condition) for said in definition.upstream})
    TriggerFile.objects.filter(pk=file.pk).update(asked=now, ref=found.ref, commit=found.commit.sha, problem=None)
    if schedules or upstreams or file.problem:
        _audit(pipeline, "read", schedules=len(definition.schedules), upstream=len(definition.upstream))


def _locked_file(pipeline: Pipeline) -> TriggerFile:
    TriggerFile.objects.get_or_create(pipeline=pipeline)
    return TriggerFile.objects.select_for_update().get(pipeline=pipeline)


def _keep_schedules(pipeline: Pipeline, wanted: Mapping[str, schema.Schedule], now: datetime) -> bool:
    """Whether anything changed."""
    known = dict(pipeline.schedules.values_list("identity", "missed"))
    pipeline.schedules.exclude(identity__in=wanted).delete()
    for identity, said in wanted.items():
        due = cron.parse(said.cron).next_after(now, ZoneInfo(said.timezone))
        row, _new = Schedule.objects.get_or_create(
            pipeline=pipeline,
            identity=identity,
            defaults={"cron": said.cron, "timezone": said.timezone, "branch": said.branch, "due": due},
        )
        mine = Schedule.objects.filter(pk=row.pk)
        mine.update(missed=said.missed)
        mine.filter(due__gt=due).update(due=due)  # the clock was ahead when it was planned
    return known != {identity: said.missed for identity, said in wanted.items()}


def identity_of(said: schema.Schedule) -> str:
    """What makes two schedules of a pipeline the same."""
    return sha256("\0".join((" ".join(said.cron.split()), said.timezone, said.branch)).encode()).hexdigest()[:32]


def _keep_upstreams(pipeline: Pipeline, wanted: set[tuple[str, str]]) -> bool:
    """Whether anything changed."""
    known = {(row.upstream, row.condition): row for row in pipeline.upstreams.all()}
    for content in known.keys() - wanted:
        known[content].delete()
    for upstream, condition in sorted(wanted - known.keys()):
        Upstream.objects.create(pipeline=pipeline, upstream=upstream, condition=condition)
    return known.keys() != wanted


def _audit(pipeline: Pipeline, verb: str, **detail: Any) -> None:
    record(verb=verb, target_kind="TriggerFile", target=pipeline.name, by=None, project=pipeline.project, **detail)
