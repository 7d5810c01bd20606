"""What the lists show of a pipeline or a run, ready for templates that decide nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from devops_platform.projects.models import Project
from pipelines import queue, selectors
from pipelines.definition.messages import Reason
from pipelines.models import Execution, Pipeline
from pipelines.states import State

HISTORY = 12


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Execution
    reason: Reason | None
    seconds: float | None
    median: float | None

    @property
    def spec(self) -> Any:
        return self.run.spec

    @property
    def short_commit(self) -> str:
        return str(self.run.spec["commit"])[:7]

    @property
    def subject(self) -> str:
        return str(self.run.spec["message"]).partition("\n")[0]


@dataclass(frozen=True, slots=True)
class PipelineRow:
    pipeline: Pipeline
    last: RunRow | None
    history: list[dict[str, Any]]  # of the sparkline, oldest first: state and seconds


def run_row(execution: Execution, *, reason: Reason | None = None) -> RunRow:
    known = execution.status.get("reason")
    return RunRow(
        run=execution,
        reason=reason or (Reason.model_validate(known) if known else None),
        seconds=seconds_taken(execution, timezone.now()),
        median=execution.medians.get("run"),
    )


def seconds_taken(execution: Execution, now: datetime) -> float | None:
    """From the first step to the end, or to now while it goes on."""
    if execution.started is None:
        return None
    return ((execution.ended or now) - execution.started).total_seconds()


def pipeline_rows(project: Project, *, search: str = "", state: str = "") -> list[PipelineRow]:
    """The project's pipelines with their last runs; ``state`` is one of all, active, failed."""
    pipelines = selectors.pipelines_of(project)
    recent = selectors.recent_runs(pipelines, each=HISTORY)
    line = queue.line(project)
    rows = []
    for pipeline in pipelines:
        runs = recent[pipeline.pk]
        last = None
        if runs:
            runs[-1].pipeline = pipeline
            last = run_row(runs[-1], reason=line.reason(runs[-1]))
        row = PipelineRow(pipeline, last, history(runs))
        if matches(row, search=search, state=state):
            rows.append(row)
    return rows


def matches(row: PipelineRow, *, search: str, state: str) -> bool:
    if state == "active" and (row.last is None or row.last.run.finished):
        return False
    if state == "failed" and (row.last is None or row.last.run.phase is not State.FAILED):
        return False
    if not search:
        return True
    texts = [row.pipeline.display_name, row.pipeline.name, row.pipeline.repository_url]
    if row.last is not None:
        texts += [str(row.last.spec[key]) for key in ("branch", "commit", "message", "triggerUserName")]
    return any(search.lower() in text.lower() for text in texts)


def history(runs: list[Execution]) -> list[dict[str, Any]]:
    now = timezone.now()
    return [{"state": run.phase.value, "seconds": seconds_taken(run, now)} for run in runs]
