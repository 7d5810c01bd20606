"""Lets go of what has been kept long enough, a few things at a time. Every step may be repeated."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import structlog
from django.db import transaction

from controllers.retention.plan import ORPHANED, Owner, Ran, Workspace, expired, idle
from devops_platform.errors import Unavailable
from devops_platform.projects.models import Project
from pipelines import queue
from pipelines.engines.base import Engine
from pipelines.logs.base import LogStore
from pipelines.models import Execution
from pipelines.services import forget_later

log = structlog.get_logger(__name__)

BATCH = 50  # runs, workspaces or folders of logs that one pass removes
UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOG_DEPTH = 2  # <project>/<uid of the run>


def remove_runs(now: datetime) -> int:
    """Remove runs beyond the retention of their projects; how many went."""
    removed = 0
    for project in Project.objects.all():
        for pipeline in project.pipelines.values_list("pk", flat=True):
            for key in _expired(project, pipeline, now)[: BATCH - removed]:
                removed += _remove(project, key)
        if removed >= BATCH:
            break
    return removed


def _expired(project: Project, pipeline: int, now: datetime) -> Sequence[int]:
    values = queue.settings_of(project)
    rows = Execution.objects.filter(pipeline=pipeline).values_list("pk", "run", "ended", "open_since")
    runs = [Ran(key, run, None if open_since else ended) for key, run, ended, open_since in rows]
    days = timedelta(days=int(values["retention-days"]))
    return expired(runs, keep_runs=int(values["retention-runs"]), keep=days, now=now)


@transaction.atomic
def _remove(project: Project, key: int) -> bool:
    """Remove the row, unless somebody runs it again; its logs and what engines keep follow after the commit."""
    queue.lock(project.pk)
    run = Execution.objects.select_related("pipeline").filter(pk=key, open_since__isnull=True).first()
    if run is None:
        return False
    forget_later((run,))
    run.delete()
    log.info("run removed", run=f"{run.namespace}/{run.name}")
    return True


def remove_workspaces(engine: Engine, now: datetime) -> int:
    """Remove what ``engine`` keeps of builds that ended long ago or have no run any more; how many went."""
    workspaces = [Workspace(key, touched) for key, touched in engine.kept().items()]
    removed = 0
    for key in idle(workspaces, _owners(workspaces), now=now)[:BATCH]:
        try:
            engine.forget(key)
        except Unavailable as error:
            log.warning("workspace stays", build=key, error=str(error))
        else:
            removed += 1
    return removed


def _owners(workspaces: Iterable[Workspace]) -> dict[str, Owner]:
    """The runs of those workspaces that have one, by build key, which is ``<uid>-<attempt>``."""
    uids = {workspace.key: workspace.key.rpartition("-")[0] for workspace in workspaces}
    wanted = {uid for uid in uids.values() if UID.fullmatch(uid)}
    rows = Execution.objects.filter(uid__in=wanted).values_list("uid", "project", "ended", "open_since")
    keep = {project.pk: _workspace_time(project) for project in Project.objects.all()}
    known = {str(uid): Owner(None if open_since else ended, keep[project]) for uid, project, ended, open_since in rows}
    return {key: known[uid] for key, uid in uids.items() if uid in known}


def _workspace_time(project: Project) -> timedelta:
    return timedelta(hours=int(queue.settings_of(project)["workspace-retention"]))


def remove_orphaned_logs(store: LogStore, now: datetime) -> int:
    """Remove logs that no run has and nobody wrote to for a day; how many folders went."""
    folders = store.untouched(depth=LOG_DEPTH, since=now - ORPHANED)
    removed = 0
    for folder in folders:
        if removed >= BATCH:
            break
        if not _has_run(folder):
            store.remove(folder)
            removed += 1
    return removed


def _has_run(folder: PurePosixPath) -> bool:
    project, uid = folder.parts
    return bool(UID.fullmatch(uid)) and Execution.objects.filter(namespace=project, uid=uid).exists()
