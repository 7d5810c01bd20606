"""The work queue's tasks: a pass over one object, the sweep that finds what no nudge announced, and clean-up."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import PurePosixPath

from celery import shared_task
from django.utils import timezone

from controllers.execution.controller import ExecutionController
from controllers.execution.engines import engine_of, local_engine
from controllers.notification.controller import AnnouncementController, DeliveryController
from controllers.pipeline.controller import PipelineController
from controllers.retention import controller as retention
from controllers.runtime import claims
from controllers.runtime.controller import Controller, run_passes, run_sweep
from controllers.schedule.controller import ScheduleController
from controllers.upstream.controller import UpstreamController
from devops_platform.nudge import RECONCILE
from pipelines.logs.registry import log_store
from pipelines.notifications.registry import channel_of

SOON = timedelta(seconds=2)  # anything later is left to the sweep
STALE = 60.0  # seconds after which what a sweep found was found again by a later one


@cache
def controllers() -> dict[str, Controller]:
    found: tuple[Controller, ...] = (
        ExecutionController(engine_of),
        PipelineController(),
        ScheduleController(),
        UpstreamController(),
        AnnouncementController(),
        DeliveryController(channel_of),
    )
    return {controller.kind: controller for controller in found}


@shared_task(name=RECONCILE)
def reconcile(kind: str, key: str, due: str | None = None) -> None:
    """Make a pass. ``due`` marks a look that was planned: it is left out when a later pass has planned another."""
    if due is not None and not claims.is_due(kind, key, due):
        return
    look_at = run_passes(controllers()[kind], key)
    if look_at is not None and look_at.wait < SOON:
        reconcile.apply_async((kind, key, look_at.due), countdown=look_at.wait.total_seconds())


@shared_task(name="controllers.sweep")
def sweep() -> None:
    for kind, key in run_sweep(controllers()):
        reconcile.apply_async((kind, key), expires=STALE)


def resume() -> None:
    """Go on at once with what the dead process left. Only for a process that is alone with its database."""
    claims.forget_all()
    sweep.delay()


@shared_task(name="controllers.forget")
def forget(log_roots: Sequence[str], build_keys: Sequence[str]) -> None:
    """Remove what the engine and the log store keep of runs that are no more."""
    for key in build_keys:
        local_engine().forget(key)
    for root in log_roots:
        log_store().remove(PurePosixPath(root))


@shared_task(name="controllers.retain")
def retain() -> None:
    """Remove what has been kept long enough."""
    now = timezone.now()
    retention.remove_runs(now)
    retention.remove_workspaces(local_engine(), now)
    retention.remove_orphaned_logs(log_store(), now)
