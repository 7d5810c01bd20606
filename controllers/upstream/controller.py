"""Starts the pipelines that follow a run once that has ended, each once for each attempt."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from controllers.upstream.plan import Ended, why_not
from devops_platform.errors import Unavailable
from devops_platform.projects.services import record
from pipelines import followers, queue, unattended
from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import Event
from pipelines.models import Attempt, Upstream
from pipelines.services import Cause
from pipelines.states import State
from pipelines.status import stamp

log = structlog.get_logger(__name__)

PATIENCE = timedelta(hours=24)  # with a code host that does not answer
REFUSED = frozenset({"TriggerLoop", "TriggerTooDeep", "TriggerSourceGone", "TriggerGaveUp"})


class UpstreamController:
    kind = followers.FOLLOW_UP

    def open_keys(self) -> Iterable[str]:
        waiting = Attempt.objects.filter(follow_up__isnull=False).order_by("follow_up")
        return map(str, waiting.values_list("pk", flat=True))

    def reconcile(self, key: str) -> timedelta | None:
        """A code host that is away keeps no other follower waiting; its own is tried again."""
        found = Attempt.objects.select_related("execution__pipeline", "execution__project")
        attempt = found.filter(pk=key, follow_up__isnull=False).first()
        if attempt is None or attempt.follow_up is None:
            return None
        away: Unavailable | None = None
        for row in _followers(attempt, attempt.follow_up):
            try:
                _settle(row, attempt.follow_up, _follow(row, attempt))
            except Unavailable as error:
                away = error
                _leave(row, attempt.follow_up, error)
        if away is not None and timezone.now() - attempt.follow_up < PATIENCE:
            raise away
        Attempt.objects.filter(pk=attempt.pk, follow_up=attempt.follow_up).update(follow_up=None)
        return None


def _followers(attempt: Attempt, ended: datetime) -> Iterable[Upstream]:
    execution = attempt.execution
    rows = Upstream.objects.select_related("pipeline__project").filter(
        pipeline__project=execution.project_id, upstream=execution.pipeline.name
    )
    return [row for row in rows if row.last != ended]


def _follow(row: Upstream, attempt: Attempt) -> Reason:
    execution = attempt.execution
    chain = (*execution.chain, link(attempt))
    status: Mapping[str, Any] = attempt.result or execution.status
    ended = Ended(
        run=queue.label(execution),
        state=State(status["executionState"]),
        pipelines=tuple(str(each["pipeline"]) for each in chain),
    )
    why = why_not(row.pipeline.name, row.condition, ended)
    if why is not None:
        return why
    key = f"upstream:{execution.uid}:{attempt.number}"
    cause = Cause(event=Event.UPSTREAM, user=None, key=key, chain=chain)
    return unattended.start(row.pipeline, ref="", cause=cause)


def link(attempt: Attempt) -> dict[str, Any]:
    """An attempt as part of a chain."""
    execution = attempt.execution
    return {"pipeline": execution.pipeline.name, "run": execution.run, "attempt": attempt.number}


def _leave(row: Upstream, ended: datetime, error: Unavailable) -> None:
    if timezone.now() - ended >= PATIENCE:
        _settle(row, ended, reason("TriggerGaveUp", error=str(error)))
        return
    away = reason("TriggerHostAway", error=str(error)).model_dump(mode="json")
    Upstream.objects.filter(pk=row.pk).update(verdict=away)


@transaction.atomic
def _settle(row: Upstream, ended: datetime, why: Reason) -> None:
    """Note what came of the end of a run, unless another pass has."""
    other = Upstream.objects.select_for_update().filter(pk=row.pk).first()
    if other is None or other.last == ended:
        return
    Upstream.objects.filter(pk=row.pk).update(last=ended, verdict=why.model_dump(mode="json"))
    if why.code in REFUSED:
        pipeline = row.pipeline
        record(
            verb="not started",
            target_kind="Upstream",
            target=f"{pipeline.name} {row.upstream}",
            by=None,
            project=pipeline.project,
            ended=stamp(ended),
            reason=why.text,
        )
    log.info("follower settled", upstream=str(row), verdict=why.code)
