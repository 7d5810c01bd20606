"""Starts runs when they are due, each planned time once: it is part of the key under which the run is asked for."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone

from controllers.schedule.plan import Facts, Fire, Rest, Skip, plan
from devops_platform.errors import Unavailable
from devops_platform.projects.services import record
from pipelines import unattended
from pipelines.definition import cron
from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import Event
from pipelines.models import Schedule
from pipelines.services import Cause
from pipelines.status import stamp

log = structlog.get_logger(__name__)

AT_ONCE = timedelta(0)
NOT_STARTED = frozenset({"TriggerSourceGone", "ScheduleMissed"})


class ScheduleController:
    """``now`` is the clock."""

    kind = "schedule"

    def __init__(self, now: Callable[[], datetime] = timezone.now) -> None:
        self._now = now

    def open_keys(self) -> Iterable[str]:
        due = Schedule.objects.filter(due__lte=self._now()).order_by("due")
        return map(str, due.values_list("pk", flat=True))

    def reconcile(self, key: str) -> timedelta | None:
        schedule = Schedule.objects.select_related("pipeline__project").filter(pk=key).first()
        if schedule is None:
            return None
        now = self._now()
        facts = Facts(
            due=schedule.due,
            cron=cron.parse(schedule.cron),
            zone=ZoneInfo(schedule.timezone),
            skip=schedule.missed == Schedule.Missed.SKIP,
        )
        decision = plan(facts, now)
        match decision:
            case Rest():
                return None
            case Fire(planned, due):
                self._settle(schedule, planned, due, _fire(schedule, planned))
            case Skip(planned, due):
                self._settle(schedule, planned, due, reason("ScheduleMissed", planned=stamp(planned) or ""))
            case _:
                assert_never(decision)
        return AT_ONCE if due is not None and due <= now else None

    @transaction.atomic
    def _settle(self, schedule: Schedule, planned: datetime, due: datetime | None, why: Reason) -> None:
        """Note what came of a planned time, unless another pass has."""
        verdict = why.model_dump(mode="json")
        mine = Schedule.objects.filter(pk=schedule.pk, due=planned)
        if not mine.update(due=due, last=planned, verdict=verdict):
            return
        if why.code in NOT_STARTED:
            pipeline = schedule.pipeline
            record(
                verb="not started",
                target_kind="Schedule",
                target=f"{pipeline.name} {schedule.cron}",
                by=None,
                project=pipeline.project,
                planned=stamp(planned),
                reason=why.text,
            )
        log.info("schedule settled", schedule=str(schedule), planned=stamp(planned), verdict=why.code)


def _fire(schedule: Schedule, planned: datetime) -> Reason:
    cause = Cause(event=Event.SCHEDULE, user=None, key=f"schedule:{schedule.identity}:{stamp(planned)}")
    try:
        return unattended.start(schedule.pipeline, ref=schedule.branch, cause=cause)
    except Unavailable as error:
        away = reason("TriggerHostAway", error=str(error)).model_dump(mode="json")
        Schedule.objects.filter(pk=schedule.pk, due=planned).update(verdict=away)
        raise
