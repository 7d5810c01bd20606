"""Runs of one concurrency group: a newer one whose policy is ``cancel-previous`` ends those before it."""

from django.utils import timezone

from devops_platform.nudge import nudge
from devops_platform.projects.models import User
from devops_platform.projects.services import record
from pipelines import events, queue, transitions
from pipelines.definition.messages import Reason, reason
from pipelines.models import Execution
from pipelines.states import State
from pipelines.status import stamp

CANCEL = "cancel-previous"


def make_way(newer: Execution, *, by: User | None) -> None:
    """Have earlier runs of the group end for ``newer`` if it asks for that; call it under the project's lock."""
    if not newer.group or newer.plan_json["concurrency_policy"] != CANCEL:
        return
    # Locked: the pass over a run writes what it saw of it without the project's lock.
    before = queue.open_runs(newer.project).select_for_update(of=("self",), no_key=True)
    for older in before.filter(group=newer.group, stop__isnull=True).exclude(pk=newer.pk):
        why = reason("GaveWay", run=queue.label(newer), group=newer.group)
        if older.admitted is None:
            transitions.finish(older, older.status, state=State.ABORTED, why=why, now=timezone.now())
        else:
            _ask_to_end(older, why)
        record(verb="stopped", target_kind="Execution", target=older.name, by=by, project=newer.project, **_for(newer))


def _for(newer: Execution) -> dict[str, str]:
    return {"newer": newer.name, "group": newer.group[:200]}


def _ask_to_end(older: Execution, why: Reason) -> None:
    fresh = older.write(
        stop={
            "by": "",
            "state": State.ABORTED.value,
            "reason": why.model_dump(mode="json"),
            "at": stamp(timezone.now()),
        }
    )
    events.execution_changed(fresh)
    nudge(queue.EXECUTION, str(fresh.uid))
