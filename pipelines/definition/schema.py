"""The pipeline file as a model: what may stand where. How it is read from text is in ``parse``."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel

from pipelines.definition.fields import (
    CacheKey,
    CachePath,
    Cron,
    EnvName,
    Flag,
    Image,
    InnerPath,
    Line,
    Pattern,
    PatternList,
    Quantity,
    SecretKey,
    SecretName,
    Text,
    TextList,
    Timezone,
    broken,
)
from pipelines.definition.runplan import Event, StepKind
from pipelines.states import FINISHED

SCHEMA_FILE = FilePath(__file__).with_name("schema.json")
KINDS = tuple(kind.value for kind in StepKind)
EVENTS = tuple(event.value for event in Event)
CONDITIONS = (*sorted(FINISHED), "Changed")
WEEK = 7 * 24 * 60  # minutes


class Part(BaseModel):
    """A mapping in the file. A key without a value counts as absent."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = {field.alias for field in cls.model_fields.values()}
        return {key: value for key, value in data.items() if value is not None or key not in known}

    def to_wire(self) -> dict[str, Any]:
        """As JSON: what was written, with its camel-case keys; defaults are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)


class Patterns(Part):
    """``exclude`` wins; an empty ``include`` matches everything."""

    include: Annotated[PatternList, Field(description="Patterns of which one must match; none means everything")] = ()
    exclude: Annotated[PatternList, Field(description="Patterns of which none may match")] = ()


def widened(value: object) -> object:
    """``main`` and ``[main, dev]`` are short for ``{include: …}``."""
    return {"include": value} if isinstance(value, str | list | tuple) else value


EVENT_NAMES = {"enum": list(EVENTS)}
EVENT_LIST = {"anyOf": [EVENT_NAMES, {"type": "array", "items": EVENT_NAMES}]}
EVENT_OBJECT = {
    "type": "object",
    "properties": {"include": EVENT_LIST, "exclude": EVENT_LIST},
    "additionalProperties": False,
}
Filter = Annotated[Patterns, BeforeValidator(widened, json_schema_input_type=str | tuple[Pattern, ...] | Patterns)]
Events = Annotated[Patterns, BeforeValidator(widened), WithJsonSchema({"anyOf": [*EVENT_LIST["anyOf"], EVENT_OBJECT]})]


class When(Part):
    """Conditions that must all hold."""

    branch: Annotated[Filter | None, Field(description="Branches; does not speak about tags")] = None
    tag: Annotated[Filter | None, Field(description="Tags; without branch it keeps to tags")] = None
    event: Annotated[Events | None, Field(description="What set the run off")] = None
    paths: Annotated[Filter | None, Field(description="Changed files, of which one must match")] = None


def switched(value: object) -> object:
    """``false`` is short for ``{enabled: false}``, a list for ``{paths: …}``."""
    if isinstance(value, bool | str):
        return {"enabled": value}
    return {"paths": value} if isinstance(value, list | tuple) else value


class CacheSettings(Part):
    """A cache. What is left out here is taken from the stage, then from the pipeline."""

    enabled: Annotated[Flag | None, Field(description="Switch the cache on or off")] = None
    key: Annotated[CacheKey, Field(description="Names the content; {{ hash 'file' }} follows a file")] = ""
    restore_keys: Annotated[
        tuple[CacheKey, ...], Field(max_length=16, description="Beginnings of keys that will do when the key is new")
    ] = ()
    paths: Annotated[tuple[CachePath, ...], Field(max_length=64, description="Folders in the workspace")] = ()


Cache = Annotated[
    CacheSettings, BeforeValidator(switched, json_schema_input_type=bool | tuple[CachePath, ...] | CacheSettings)
]


class Retry(Part):
    """Run a failed step again."""

    max: Annotated[int, Field(ge=0, le=10, description="How many times more")] = 0
    backoff: Annotated[int, Field(ge=0, le=3600, description="Seconds before the first, doubled each time")] = 0


class Reports(Part):
    """Files that tell more about a step than its exit code."""

    junit: Annotated[tuple[InnerPath, ...], Field(max_length=64, description="JUnit XML files; patterns")] = ()


class SecretSource(Part):
    """One key of a project secret as an environment variable."""

    source_name: Annotated[SecretName, Field(description="Project secret, else a Secret of the pipeline namespace")]
    source_key: Annotated[SecretKey, Field(description="Key in the secret")]
    target_key: Annotated[EnvName | None, Field(description="Name of the variable; sourceKey when left out")] = None


class SourceCode(Part):
    """Check out the commit that runs."""


class RunScript(Part):
    """Run a shell script in an image."""

    image: Annotated[Image, Field(description="Image to run in")]
    shell_script: Annotated[Text, Field(description="Script for sh; variables are the shell's")] = ""


class PublishImage(Part):
    """Build an image and push it."""

    dockerfile_path: Annotated[InnerPath, Field(description="Dockerfile in the repository")] = "./Dockerfile"
    build_context: Annotated[InnerPath, Field(description="Folder handed to the build")] = "."
    tag: Annotated[Image | None, Field(description="repository:tag; the repository and branch when left out")] = None
    push_remote: Annotated[Flag, Field(description="Push to registry instead of the project's own")] = False
    registry: Annotated[Text, Field(description="Host of the registry; empty means Docker Hub")] = ""


class ApplyYaml(Part):
    """Apply Kubernetes objects."""

    path: Annotated[InnerPath | None, Field(description="File in the repository")] = None
    content: Annotated[Text, Field(description="The objects themselves; wins over path")] = ""
    namespace: Annotated[Text, Field(description="Namespace for objects that name none")] = ""


class PublishCatalog(Part):
    """Publish a chart to a catalog's git repository."""

    path: Annotated[InnerPath, Field(description="Folder of the chart")]
    catalog_template: Annotated[Line, Field(description="Name of the chart")]
    version: Annotated[Line, Field(description="Version of the chart")]
    git_url: Annotated[Line, Field(description="Git repository of the catalog")]
    git_branch: Annotated[Text, Field(description="Branch to push to")] = "master"
    git_author: Annotated[Text, Field(description="Author of the commit")] = ""
    git_email: Annotated[Text, Field(description="Address of the author")] = ""


class ApplyApp(Part):
    """Install or upgrade a Helm chart."""

    catalog_template: Annotated[Line, Field(description="<namespace>:<catalog>-<chart> or <catalog>/<chart>")]
    version: Annotated[Line, Field(description="Version of the chart")]
    answers: Annotated[dict[Text, Text], Field(description="Values of the chart, by dotted path")] = {}
    name: Annotated[Line, Field(description="Name of the release")]
    target_namespace: Annotated[Line, Field(description="Namespace to install into")]


class Approval(Part):
    """Wait until people agree."""

    approvers: Annotated[tuple[Line, ...], Field(description="Who may answer; nobody named: any member")] = ()
    required: Annotated[int, Field(ge=1, le=20, description="How many must agree")] = 1
    message: Annotated[Text, Field(description="What they are asked")] = ""
    expiry: Annotated[
        int, Field(ge=0, le=WEEK, description="Minutes until it counts as refused; 0: the run's limit")
    ] = 0


def nothing_is_enough(value: object) -> object:
    return {} if value is None else value


class Step(Part):
    """One step: exactly one of the kinds, and how it is run."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind]} for kind in KINDS]})

    name: Annotated[Line | None, Field(description="Unique within the stage")] = None
    source_code_config: SourceCode | None = None
    run_script_config: RunScript | None = None
    publish_image_config: PublishImage | None = None
    apply_yaml_config: ApplyYaml | None = None
    publish_catalog_config: PublishCatalog | None = None
    apply_app_config: ApplyApp | None = None
    approval_config: Approval | None = None
    env: Annotated[dict[EnvName, Text], Field(description="Environment variables")] = {}
    env_from: Annotated[tuple[SecretSource, ...], Field(description="Variables from secrets")] = ()
    privileged: Annotated[Flag, Field(description="Run with all rights on the node")] = False
    cpu_request: Annotated[Quantity, Field(description="CPU asked for, such as 100m")] = ""
    cpu_limit: Annotated[Quantity, Field(description="CPU at most")] = ""
    memory_request: Annotated[Quantity, Field(description="Memory asked for, such as 128Mi")] = ""
    memory_limit: Annotated[Quantity, Field(description="Memory at most")] = ""
    cache: Annotated[Cache | None, Field(description="Wins over the stage's")] = None
    timeout: Annotated[int, Field(ge=0, le=WEEK, description="Minutes; 0 means the run's limit alone")] = 0
    retry: Annotated[Retry, Field(description="Run again after a failure")] = Retry()
    artifacts: Annotated[tuple[InnerPath, ...], Field(max_length=64, description="Files to keep; patterns")] = ()
    reports: Annotated[Reports, Field(description="Test reports")] = Reports()
    when: Annotated[When | None, Field(description="Conditions of the step")] = None

    @model_validator(mode="before")
    @classmethod
    def _bare_source_code(cls, data: Any) -> Any:
        """``- sourceCodeConfig:`` with nothing behind it says all there is to say."""
        key = StepKind.SOURCE_CODE.value
        return {**data, key: {}} if isinstance(data, Mapping) and key in data and data[key] is None else data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind.value for kind, _ in self._kinds()]
        if len(kinds) > 1:
            raise broken("StepOfSeveralKinds", kinds=", ".join(kinds))
        if not kinds:
            raise broken("StepWithoutKind", kinds=", ".join(KINDS))
        return self

    def _kinds(self) -> Iterator[tuple[StepKind, Part]]:
        for field, info in type(self).model_fields.items():
            value = getattr(self, field)
            if info.alias in KINDS and value is not None:
                yield StepKind(info.alias), value

    @property
    def kind(self) -> StepKind:
        return next(self._kinds())[0]

    @property
    def config(self) -> Part:
        """The settings of the step's kind."""
        return next(self._kinds())[1]


class Stage(Part):
    """Steps that run in parallel."""

    name: Annotated[Line, Field(description="Name of the stage")]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=100, description="Run in parallel")]
    when: Annotated[When | None, Field(description="Conditions of the stage")] = None
    cache: Annotated[Cache | None, Field(description="Wins over the pipeline's")] = None
    pause_before: Annotated[Flag, Field(description="Wait for a person before the stage")] = False


class Concurrency(Part):
    """Runs of one group never overlap."""

    group: Annotated[Line, Field(description="Name of the group; variables are filled in")]
    policy: Annotated[
        Literal["queue", "cancel-previous"], Field(description="What a new run does to the one before")
    ] = "queue"


class Schedule(Part):
    """Run by the clock."""

    cron: Annotated[Cron, Field(description="Minute, hour, day of month, month, day of week")]
    timezone: Annotated[Timezone, Field(description="Whose clock")] = "UTC"
    branch: Annotated[Text, Field(description="Branch to run; the pipeline's own when left out")] = ""
    missed: Annotated[Literal["once", "skip"], Field(description="What becomes of runs missed while switched off")] = (
        "once"
    )


class Upstream(Part):
    """Run after another pipeline."""

    pipeline: Annotated[Line, Field(description="Name of the other pipeline")]
    condition: Annotated[
        Literal["Success", "Failed", "Aborted", "Skipped", "Any"], Field(description="How it must have ended")
    ] = "Success"


class Recipient(Part):
    recipient: Annotated[Text, Field(description="Address, channel or number; the notifier's own when left out")] = ""
    notifier: Annotated[Line, Field(description="Name of the notifier")]


class Notification(Part):
    """Who hears how a run ended."""

    recipients: Annotated[tuple[Recipient, ...], Field(description="Who")] = ()
    condition: Annotated[TextList, Field(description=f"When: {', '.join(CONDITIONS)}")] = ()
    message: Annotated[Text, Field(description="Text instead of the usual one; variables are filled in")] = ""


class Definition(Part):
    """A pipeline: stages in sequence, their steps in parallel."""

    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=100, description="Run in sequence")]
    timeout: Annotated[int, Field(ge=0, le=WEEK, description="Minutes for the whole run; 0 means the usual 60")] = 0
    branch: Annotated[Filter | None, Field(description="Branches that run at all")] = None
    cache: Annotated[Cache | None, Field(description="For every step that says nothing else")] = None
    concurrency: Annotated[Concurrency | None, Field(description="Runs that must not overlap")] = None
    schedules: Annotated[tuple[Schedule, ...], Field(max_length=20, description="Runs by the clock")] = ()
    upstream: Annotated[tuple[Upstream, ...], Field(max_length=20, description="Runs after other pipelines")] = ()
    notification: Annotated[Notification | None, Field(description="Who hears how a run ended")] = None


def json_schema() -> dict[str, Any]:
    """The language for editors: JSON Schema 2020-12, of the file as it is written (short forms included)."""
    schema = Definition.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:cubepaas:pipeline",
        **schema,
        "title": "Pipeline",
    }


def schema_text() -> str:
    """What ``schema.json`` holds."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
