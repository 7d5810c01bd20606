"""Pipelines, their executions and attempts, and project settings."""

from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from typing_extensions import override

from devops_platform.mirror.models import Mirrored, lifted
from devops_platform.projects.models import Project, User
from pipelines.definition.runplan import RunPlan
from pipelines.states import State

NOTE = "cubepaas.com/note"  # annotation: something about the pipeline that its readers should know, as a code


class Pipeline(Mirrored):
    """What runs: a repository and the pipeline file in it. ``next_run`` is the number of the next execution."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="pipelines")
    next_run = models.PositiveIntegerField(default=1)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["namespace", "name"], name="pipeline_name")]

    @property
    def display_name(self) -> str:
        return str(self.spec.get("displayName") or self.name)

    @property
    def repository_url(self) -> str:
        return str(self.spec["repositoryUrl"])

    @property
    def branch(self) -> str:
        return str(self.spec.get("currentBranch") or "")


class Execution(Mirrored):
    """One run of a pipeline. ``status`` tells of the latest attempt; ``plan`` is what that attempt carries out.

    ``open_since`` is set while the run is not finished and orders the queue; ``admitted`` is set while it holds
    a slot of the project's quota. ``stop`` is the request to end it: ``{by, reason, state, at}``.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="executions")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="executions")
    run = models.PositiveIntegerField()
    attempt = models.PositiveIntegerField(default=1)
    plan_json = models.JSONField(db_column="plan")
    file = models.TextField(help_text="the pipeline file as it ran")
    file_path = models.CharField(max_length=512)
    draft = models.BooleanField(default=False)
    medians = models.JSONField(default=dict, help_text="seconds of earlier successes: 'run' and '<stage>.<step>'")
    request_key = models.CharField(max_length=200, null=True)  # noqa: DJ001  # NULL is never a twin
    open_since = models.DateTimeField(null=True, default=timezone.now)
    admitted = models.DateTimeField(null=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    stop = models.JSONField(null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    state = lifted("status__executionState", length=32)
    branch = lifted("spec__branch", length=1024)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["namespace", "name"], name="execution_name"),
            models.UniqueConstraint(fields=["pipeline", "run"], name="execution_run"),
            models.UniqueConstraint(fields=["pipeline", "request_key"], name="execution_request"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["project", "open_since"], name="execution_open", condition=Q(open_since__isnull=False)
            ),
            models.Index(fields=["pipeline", "-run"], name="execution_by_run"),
            models.Index(fields=["project", "-id"], name="execution_recent"),
        ]

    @property
    def plan(self) -> RunPlan:
        return RunPlan.model_validate(self.plan_json)

    @property
    def build_key(self) -> str:
        """The engine's idempotency key of the present attempt."""
        return build_key(self, self.attempt)

    @property
    def log_root(self) -> PurePosixPath:
        return PurePosixPath(self.namespace, self.pipeline.name, str(self.run))

    @property
    def phase(self) -> State:
        return State(self.status["executionState"])

    @property
    def finished(self) -> bool:
        return self.open_since is None

    @property
    def deadline(self) -> datetime | None:
        """When the run has had its time; None before its first step."""
        if self.started is None:
            return None
        return self.started + timedelta(minutes=int(self.plan_json.get("timeout", 60)))


def build_key(execution: Execution, attempt: int) -> str:
    return f"{execution.uid}-{attempt}"


class Attempt(models.Model):
    """One try at an execution. ``result`` is its final status, kept when a later attempt begins."""

    class Mode(models.TextChoices):
        ALL = "all"
        FAILED = "failed"
        STAGE = "stage"

    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.ALL)
    from_stage = models.PositiveIntegerField(null=True)
    carried = models.JSONField(default=dict, help_text="'<stage>.<step>' → status that stands from before")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    result = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["execution", "number"], name="attempt_number")]

    @override
    def __str__(self) -> str:
        return f"{self.execution} attempt {self.number}"


class PipelineSetting(Mirrored):
    """One setting of a project; an empty value means the default."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="settings")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["namespace", "name"], name="setting_name")]

    @property
    def value(self) -> Any:
        return self.spec.get("value", "")
