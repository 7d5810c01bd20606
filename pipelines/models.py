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
from pipelines.notifications.models import Announcement, Notification, Notifier
from pipelines.states import State

__all__ = [
    "Announcement",
    "Answer",
    "Attempt",
    "Execution",
    "Notification",
    "Notifier",
    "Pipeline",
    "PipelineSetting",
    "Schedule",
    "TriggerFile",
    "Upstream",
]

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
    a slot of the project's quota, and of one ``group`` (empty: none) at most one run does at a time. ``stop`` is the
    request to end it: ``{by, reason, state, at}``. ``chain`` names the runs that led here through triggers, the first
    one first: ``{pipeline, run, attempt}``.

    ``pause`` is the wish that no further stage begins: ``{by, at}``; ``passed`` has the stages that somebody let begin
    although the file pauses before them. While the run waits for people (since ``waiting_since``) its clock stands
    still: ``waited`` is for how long it has done so before.
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
    pause = models.JSONField(null=True)
    passed = models.JSONField(default=list, blank=True)
    waiting_since = models.DateTimeField(null=True)
    waited = models.DurationField(default=timedelta)
    group = models.TextField(default="", blank=True)
    chain = models.JSONField(default=list, blank=True)
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
        """Where its logs are kept. Not by name: that of a deleted pipeline may be given anew."""
        return PurePosixPath(self.namespace, str(self.uid))

    @property
    def phase(self) -> State:
        return State(self.status["executionState"])

    @property
    def finished(self) -> bool:
        return self.open_since is None

    @property
    def deadline(self) -> datetime | None:
        """When the run has had its time; None before its first step, and while it waits for people."""
        if self.started is None or self.waiting_since is not None:
            return None
        return self.started + self.waited + timedelta(minutes=int(self.plan_json.get("timeout", 60)))


def build_key(execution: Execution, attempt: int) -> str:
    return f"{execution.uid}-{attempt}"


class Attempt(models.Model):
    """One try at an execution. ``result`` is its final status, kept when a later attempt begins.

    ``follow_up`` is set when it ends, until the pipelines that follow this one have been started.
    """

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
    follow_up = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["execution", "number"], name="attempt_number")]
        indexes: ClassVar = [
            models.Index(fields=["follow_up"], name="attempt_follow_up", condition=Q(follow_up__isnull=False))
        ]

    @override
    def __str__(self) -> str:
        return f"{self.execution} attempt {self.number}"


class Answer(models.Model):
    """What somebody said to an approval step; ``username`` outlives the account."""

    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="answers")
    attempt = models.PositiveIntegerField()
    step = models.CharField(max_length=16, help_text="'<stage>.<step>'")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    approve = models.BooleanField()
    comment = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["execution", "attempt", "step", "user"], name="answer_once")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.username} on {self.execution} {self.step}"


class PipelineSetting(Mirrored):
    """One setting of a project; an empty value means the default."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="settings")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["namespace", "name"], name="setting_name")]

    @property
    def value(self) -> Any:
        return self.spec.get("value", "")


class TriggerFile(models.Model):
    """What is known of the file that holds a pipeline's triggers: ``commit`` and ``ref`` were read last.

    ``asked`` is when that was tried last, NULL when it is to be tried at once; ``problem`` is why it did not
    succeed, as a reason.
    """

    pipeline = models.OneToOneField(Pipeline, on_delete=models.CASCADE, related_name="trigger_file")
    asked = models.DateTimeField(null=True)
    ref = models.TextField(default="")
    commit = models.CharField(max_length=64, default="")
    problem = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["asked"], name="trigger_file_asked")]

    @override
    def __str__(self) -> str:
        return f"triggers of {self.pipeline}"


class Schedule(models.Model):
    """One of a pipeline's schedules, known by what it says (``identity``).

    ``due`` is the planned time that has not been dealt with, ``last`` the latest one that has, and ``verdict``
    says what came of that, as a reason.
    """

    class Missed(models.TextChoices):
        ONCE = "once"
        SKIP = "skip"

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="schedules")
    identity = models.CharField(max_length=64)
    cron = models.TextField()
    timezone = models.CharField(max_length=64)
    branch = models.TextField(default="", blank=True)
    missed = models.CharField(max_length=8, choices=Missed, default=Missed.ONCE)
    due = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)
    verdict = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["pipeline", "identity"], name="schedule_identity")]
        indexes: ClassVar = [models.Index(fields=["due"], name="schedule_due", condition=Q(due__isnull=False))]

    @override
    def __str__(self) -> str:
        return f"{self.pipeline} {self.cron} {self.timezone}"


class Upstream(models.Model):
    """A pipeline follows another one of its project. ``last`` and ``verdict`` tell of the latest end of that one."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="upstreams")
    upstream = models.CharField(max_length=253, db_index=True, help_text="name of the pipeline that goes before")
    condition = models.CharField(max_length=16, help_text="how it must have ended; Any: no matter how")
    last = models.DateTimeField(null=True)
    verdict = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pipeline", "upstream", "condition"], name="upstream_content")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.pipeline} after {self.upstream}"
