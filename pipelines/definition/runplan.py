"""The run plan: which stages and steps will run, and with what. Made once, then data for engines, pages and the API.

Every text is final: variables are substituted, images resolved. Secrets are references; their values are
never in a plan.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from pipelines.definition.messages import Reason


class Event(StrEnum):
    """What set a run off."""

    MANUAL = "manual"
    PUSH = "push"
    PULL_REQUEST = "pull_request"
    TAG = "tag"
    IMAGE = "image"
    SCHEDULE = "schedule"
    API = "api"
    UPSTREAM = "upstream"


class StepKind(StrEnum):
    """The step kinds, by the key that holds their configuration in the file."""

    SOURCE_CODE = "sourceCodeConfig"
    RUN_SCRIPT = "runScriptConfig"
    PUBLISH_IMAGE = "publishImageConfig"
    APPLY_YAML = "applyYamlConfig"
    PUBLISH_CATALOG = "publishCatalogConfig"
    APPLY_APP = "applyAppConfig"
    APPROVAL = "approvalConfig"


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepId(NamedTuple):
    """Where a step is: indexes of its stage and of itself within the stage, both from 0."""

    stage: int
    step: int

    @override
    def __str__(self) -> str:
        return f"{self.stage}.{self.step}"

    @classmethod
    def parse(cls, text: str) -> "StepId":
        """Read ``"1.0"``; raises ValueError."""
        stage, _, step = text.partition(".")
        if not (stage.isdecimal() and step.isdecimal() and len(text) <= 9):
            raise ValueError(f"{text!r} is not <stage>.<step>")
        return cls(int(stage), int(step))


class SecretRef(Value):
    """The environment variable ``target`` gets ``key`` of the project secret ``source``."""

    source: str
    key: str
    target: str


class Resources(Value):
    """Kubernetes quantities as written; empty means the project's default."""

    cpu_request: str = ""
    cpu_limit: str = ""
    memory_request: str = ""
    memory_limit: str = ""


class CachePlan(Value):
    enabled: bool = False
    key: str = ""
    restore_keys: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class RetryPlan(Value):
    max: int = 0
    backoff: int = 0  # seconds, doubled each time


class StepPlan(Value):
    """One step. ``config`` is the kind's own settings as in the file, with variables substituted."""

    name: str
    kind: StepKind
    config: Mapping[str, Any] = {}
    image: str = ""
    script: str = ""
    env: Mapping[str, str] = {}
    secrets: tuple[SecretRef, ...] = ()
    resources: Resources = Resources()
    privileged: bool = False
    cache: CachePlan = CachePlan()
    timeout: int = 0  # minutes; 0 means none of its own
    retry: RetryPlan = RetryPlan()
    artifacts: tuple[str, ...] = ()
    junit: tuple[str, ...] = ()
    skip: Reason | None = None


class StagePlan(Value):
    name: str
    steps: tuple[StepPlan, ...]
    pause_before: bool = False
    skip: Reason | None = None


class RunPlan(Value):
    """Stages run in sequence, the steps of one stage in parallel. ``variables`` are in every step's environment."""

    stages: tuple[StagePlan, ...]
    timeout: int = 60  # minutes, whole run
    variables: Mapping[str, str] = {}
    concurrency_group: str = ""
    concurrency_policy: str = "queue"
    warnings: tuple[Reason, ...] = ()  # what is not as the file asks
    skip: Reason | None = None  # the file's own branch condition says no

    def steps(self) -> Iterator[tuple[StepId, StepPlan]]:
        """Every step with its place, in order."""
        for stage_index, stage in enumerate(self.stages):
            for step_index, step in enumerate(stage.steps):
                yield StepId(stage_index, step_index), step

    def step(self, where: StepId) -> StepPlan:
        return self.stages[where.stage].steps[where.step]
