"""The only writers of an execution's status. Each is one guarded write; a lost race raises Conflict."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from pipelines import announcements, events, followers, gates, queue
from pipelines.definition.messages import Reason
from pipelines.models import Execution, Pipeline
from pipelines.states import State
from pipelines.status import Document, ended, stamp


def record(execution: Execution, status: Document) -> Execution:
    """Write what was observed of a run that goes on: its parts may all have ended, it itself ends by ``finish``."""
    if State(status["executionState"]).finished:
        status = {**status, "executionState": execution.status["executionState"]}
    with transaction.atomic():
        fresh = execution.write(status=status, **_begun(execution, status), **_clock(execution, status, timezone.now()))
        events.execution_changed(fresh)
    return fresh


def _begun(execution: Execution, status: Document) -> dict[str, datetime]:
    """The column ``started``, once the attempt's first step has begun; ``status`` gets it too."""
    if execution.started is not None:
        return {}
    begun = [
        step["started"]
        for stage in status["stages"]
        for step in stage["steps"]
        if step.get("started") and step["attempt"] == execution.attempt
    ]
    if not begun:
        return {}
    status["started"] = min(begun)
    return {"started": datetime.fromisoformat(min(begun))}


def _clock(execution: Execution, status: Document, now: datetime) -> dict[str, Any]:
    """The columns that stop the run's clock while it waits for people, and start it again."""
    since, waits = execution.waiting_since, gates.waits_for_people(status)
    if waits == (since is not None):
        return {}
    if since is None:
        return {"waiting_since": now}
    return {"waiting_since": None, "waited": execution.waited + max(now - since, timedelta(0))}


@transaction.atomic
def finish(execution: Execution, status: Document, *, state: State, why: Reason | None, now: datetime) -> Execution:
    """End a run whose status was last ``status``, free its slot and admit whoever is next, all or nothing."""
    project = queue.lock(execution.project_id)
    final = ended(status, execution.plan, state=state, why=why, now=now)
    fresh = execution.write(status=final, ended=now, open_since=None, admitted=None, **_begun(execution, final))
    remember(fresh)
    followers.remember_end(fresh)
    announcements.announce(fresh)
    events.execution_changed(fresh)
    queue.admit(project)
    return fresh


def remember(execution: Execution) -> None:
    """Keep the pipeline's own status in step with its latest run."""
    pipeline = Pipeline.objects.select_for_update().get(pk=execution.pipeline_id)
    last = str(pipeline.status.get("lastExecutionId", ""))
    mine = f"{execution.namespace}:{execution.name}"
    known = int(pipeline.status.get("lastRun", 0))
    if execution.run < known and last != mine:
        return
    pipeline.write(
        status={
            **pipeline.status,
            "lastRunState": execution.status["executionState"],
            "lastExecutionId": mine,
            "lastRun": execution.run,
            "lastStarted": stamp(execution.started or execution.created),
            "nextRun": pipeline.next_run,
            "pipelineState": "active",
        }
    )
