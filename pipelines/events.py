"""The sole publisher of what changes: states of runs after commit, log bytes as they are kept."""

from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from pathlib import PurePosixPath

from django.db import transaction

from devops_platform import live
from devops_platform.telemetry import LOG_BYTES
from pipelines.models import Execution


def run_group(log_root: PurePosixPath) -> str:
    """The channel group of one run, by the place of its logs (``<project>/<uid>``)."""
    return f"run-{sha256(str(log_root).encode()).hexdigest()[:32]}"


def project_group(project_id: str) -> str:
    return f"project-{project_id}"


def execution_changed(execution: Execution) -> None:
    """Tell viewers of the run and of its project, once the change is committed."""
    transaction.on_commit(partial(_publish_change, execution))


def queue_changed(executions: Iterable[Execution]) -> None:
    """Tell viewers of runs that wait that their position moved."""
    for execution in executions:
        execution_changed(execution)


def _publish_change(execution: Execution) -> None:
    message = {"type": "execution.changed", "name": execution.name, "version": execution.version}
    live.publish(run_group(execution.log_root), message)
    live.publish(project_group(execution.project_id), message)


def log_appended(path: PurePosixPath, offset: int, data: bytes, sealed: bool) -> None:  # noqa: FBT001  # the engine's Publish
    """Tell viewers of the run about bytes that the log store has kept at ``offset``."""
    LOG_BYTES.inc(len(data))
    group = run_group(path.parent.parent)
    live.publish(group, {"type": "log.appended", "path": str(path), "offset": offset, "data": data, "sealed": sealed})
