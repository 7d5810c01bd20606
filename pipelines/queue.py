"""The queue of a project: who holds a slot of the quota, who comes next, and what those who wait are told.

Everything that changes a slot happens under the project's row lock, which is taken before any other lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from django.db.models import QuerySet
from django.utils import timezone

from devops_platform.errors import Missing
from devops_platform.nudge import nudge
from devops_platform.projects.models import Project
from pipelines import events
from pipelines.definition.messages import Reason, reason
from pipelines.models import Execution, PipelineSetting
from pipelines.preferences import effective
from pipelines.states import State

EXECUTION = "execution"


@dataclass(frozen=True, slots=True)
class Line:
    """Where the runs of a project stand: those that hold a slot, then those that wait, first come first.

    The rows hold what a list shows; their documents, which are large, are read on first use.
    """

    quota: int
    running: tuple[Execution, ...]
    waiting: tuple[Execution, ...]

    def reason(self, execution: Execution) -> Reason | None:
        """Why ``execution`` waits and at which position; None when it does not wait."""
        for position, waiting in enumerate(self.waiting, start=1):
            if waiting.pk == execution.pk:
                return self._reason(waiting, position)
        return None

    def _reason(self, waiting: Execution, position: int) -> Reason:
        ahead = self._ahead(waiting)
        if ahead is not None:
            return reason("GroupBusy", position=position, run=label(ahead), group=waiting.group)
        return reason("QuotaUsed", position=position, quota=self.quota, runs=[label(run) for run in self.running])

    def _ahead(self, waiting: Execution) -> Execution | None:
        """The run of the same group that goes before ``waiting``."""
        before = (*self.running, *takewhile(lambda run: run.pk != waiting.pk, self.waiting))
        return next((run for run in before if waiting.group and run.group == waiting.group), None)


def label(execution: Execution) -> str:
    """A run as people call it."""
    return f"{execution.pipeline.name} #{execution.run}"


def lock(project_id: str) -> Project:
    """The project's row, locked until the transaction ends. The first lock of every transaction that takes several.

    Rows that merely refer to the project can be written meanwhile. Raises Missing.
    """
    project = Project.objects.select_for_update(no_key=True).filter(pk=project_id).first()
    if project is None:
        raise Missing("The project was deleted meanwhile")
    return project


def settings_of(project: Project) -> dict[str, str]:
    """Every setting of the project with its value in force."""
    rows = PipelineSetting.objects.filter(project=project).values_list("name", "spec")
    return effective({name: str(spec.get("value", "")) for name, spec in rows})


def quota_of(project: Project) -> int:
    return int(settings_of(project)["executor-quota"])


LISTED = (
    "name",
    "namespace",
    "run",
    "version",
    "state",
    "open_since",
    "admitted",
    "group",
    "project",
    "pipeline__name",
)


def open_runs(project: Project) -> QuerySet[Execution]:
    """Unfinished runs in the order in which they came."""
    return (
        Execution.objects.filter(project=project, open_since__isnull=False)
        .select_related("pipeline")
        .order_by("open_since", "pk")
    )


def line(project: Project) -> Line:
    found = tuple(open_runs(project).only(*LISTED))
    return Line(
        quota=quota_of(project),
        running=tuple(run for run in found if run.admitted is not None),
        waiting=tuple(run for run in found if run.admitted is None),
    )


def admit(project: Project) -> Iterable[Execution]:
    """Give free slots to the runs that came first; call it under the project's lock. Returns who got one."""
    runs = open_runs(project)
    waiting = runs.filter(admitted__isnull=True)
    busy = runs.filter(admitted__isnull=False).values_list("group", flat=True)
    free = quota_of(project) - len(busy)
    chosen = startable(waiting.values_list("pk", "group").iterator(), free=free, busy=busy)
    admitted = tuple(_admitted(run) for run in waiting.filter(pk__in=chosen))
    if admitted:
        events.queue_changed(waiting.only(*LISTED))
    return admitted


def startable(waiting: Iterable[tuple[int, str]], *, free: int, busy: Iterable[str]) -> tuple[int, ...]:
    """Which of those who wait, each with its group, get the ``free`` slots: the first ones whose group is not busy."""
    taken = set(busy) - {""}
    chosen: list[int] = []
    for key, group in waiting if free > 0 else ():
        if group in taken:
            continue
        chosen.append(key)
        taken |= {group} - {""}
        if len(chosen) == free:
            break
    return tuple(chosen)


def _admitted(run: Execution) -> Execution:
    status = {**run.status, "executionState": State.WAITING.value, "reason": reason("Admitted").model_dump(mode="json")}
    fresh = run.write(admitted=timezone.now(), status=status)
    events.execution_changed(fresh)
    nudge(EXECUTION, str(fresh.uid))
    return fresh
