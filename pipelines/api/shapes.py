"""The bodies that the API takes and gives."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

from devops_platform.api.shapes import Shape
from pipelines.definition.runplan import Event
from pipelines.kinds import PipelineSpec, Text
from pipelines.models import Pipeline

MAX_FILE = 512 * 1024
FileText = Annotated[str, Field(max_length=MAX_FILE)]


class NewPipeline(Shape):
    name: Annotated[
        Text, Field(max_length=50, description="small letters, digits, hyphens; empty: made from the spec")
    ] = ""
    spec: PipelineSpec


class ChangedPipeline(Shape):
    spec: PipelineSpec


class PipelineOut(Shape):
    name: str
    uid: str
    project: str
    spec: dict[str, Any]
    status: dict[str, Any]
    next_run: int
    owner: str
    created: datetime
    generation: int


class BranchOut(Shape):
    name: str
    commit: str


class CacheEntryOut(Shape):
    """One entry of the build cache; a long key is cut short."""

    key: str
    size: int
    published: datetime
    used: datetime


class CacheOut(Shape):
    """What builds of a pipeline keep for later ones, last used first; ``size`` in bytes."""

    size: int
    entries: tuple[CacheEntryOut, ...]


class ProblemOut(Shape):
    """One problem of a pipeline file; line and column count from 1."""

    severity: str
    line: int
    column: int
    path: str
    code: str
    text: str


class FileOut(Shape):
    path: str
    content: str
    commit: str
    ref: str
    problems: tuple[ProblemOut, ...]


class PlanRequest(Shape):
    ref: Annotated[Text, Field(description="branch, tag or commit; empty: the pipeline's branch")] = ""
    event: Event = Event.MANUAL
    file: Annotated[FileText | None, Field(description="a draft to plan instead of the committed file")] = None


class PlanOut(Shape):
    commit: str
    ref: str
    path: str
    plan: dict[str, Any]
    problems: tuple[ProblemOut, ...]


class RunRequest(Shape):
    ref: Annotated[Text, Field(description="branch, tag or commit; empty: the pipeline's branch")] = ""
    file: Annotated[FileText | None, Field(description="a draft to run instead of the committed file")] = None


class RerunRequest(Shape):
    mode: Literal["all", "failed", "stage"] = "all"
    from_stage: Annotated[StrictInt | None, Field(ge=0, le=10_000, description="index of the stage, from 0")] = None


class LintRequest(Shape):
    content: FileText
    path: Annotated[Text, Field(description="the file's name, which tells the dialect")] = ""


class LintOut(Shape):
    ok: bool
    problems: tuple[ProblemOut, ...]


class SettingOut(Shape):
    name: str
    group: str
    about: str
    default: str
    value: str
    effective: str


class SettingIn(Shape):
    value: Annotated[str, Field(max_length=100_000)]


class ExecutionOut(Shape):
    """A run; the same document goes over the WebSocket (docs/live.md)."""

    name: str
    project: str
    pipeline: str
    display_name: str
    run: int
    version: int
    attempt: int
    attempts: list[dict[str, Any]]
    event: str
    branch: str
    ref: str
    commit: str
    message: str
    author: str
    trigger_user: str
    draft: bool
    file: str
    created: str
    started: str | None
    ended: str | None
    stopping: bool
    pausing: bool
    approvals: list[dict[str, Any]]
    median: float | None
    medians: dict[str, float]
    cache: dict[str, Any] | None
    plan: dict[str, Any]
    status: dict[str, Any]
    notifications: list[dict[str, str]]
    may: dict[str, bool | list[str]]


class ExecutionRow(Shape):
    """A run in a list."""

    name: str
    pipeline: str
    run: int
    attempt: int
    state: str
    reason: dict[str, Any] | None
    event: str
    branch: str
    commit: str
    message: str
    trigger_user: str
    created: datetime
    started: datetime | None
    ended: datetime | None


class QueueEntry(Shape):
    name: str
    state: str
    position: int | None


class QueueOut(Shape):
    quota: int
    runs: tuple[QueueEntry, ...]


def pipeline_out(pipeline: Pipeline) -> PipelineOut:
    return PipelineOut(
        name=pipeline.name,
        uid=str(pipeline.uid),
        project=pipeline.project_id,
        spec=pipeline.spec,
        status=pipeline.status,
        next_run=pipeline.next_run,
        owner=pipeline.owner.username if pipeline.owner else "",
        created=pipeline.created,
        generation=pipeline.generation,
    )
