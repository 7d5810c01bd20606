"""Carries the ends of runs to those who want to know: decides once per run, then sends, one message per pass.

Sending is the business of each notifier alone, so a receiver that is down or slow delays nobody else, and of few
passes at a time, so it never takes the workers away from runs.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from django.db.models import F, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from controllers.notification.plan import next_try
from controllers.runtime import claims
from devops_platform.errors import Denied, Missing, PlatformError, Throttled, Unavailable, Unsupported, Wait
from pipelines import announcements
from pipelines.definition.messages import reason
from pipelines.notifications.base import Channel
from pipelines.notifications.models import ANNOUNCEMENT, DELIVERY, Announcement, Notification, Notifier
from pipelines.notifications.plan import Delivery

log = structlog.get_logger(__name__)

AT_A_TIME = 2  # passes that may wait for receivers, on all workers together
BUSY = timedelta(seconds=1)


class AnnouncementController:
    """Decides who is told of the ends of a run."""

    kind = ANNOUNCEMENT

    def open_keys(self) -> Iterable[str]:
        found = Announcement.objects.order_by("pk").values_list("execution__uid", flat=True)
        return [str(uid) for uid in found]

    def reconcile(self, key: str) -> timedelta | None:
        announcements.decide(key)
        return None


class DeliveryController:
    """Sends what waits at one notifier, oldest first; ``channel_of`` opens the way out."""

    kind = DELIVERY

    def __init__(self, channel_of: Callable[[Notifier], Channel]) -> None:
        self._channel_of = channel_of

    def open_keys(self) -> Iterable[str]:
        waiting = Notification.objects.filter(state=Delivery.WAITING.value, notifier__isnull=False)
        found = waiting.filter(next_try__lte=timezone.now()).order_by()
        return [str(pk) for pk in found.values_list("notifier", flat=True).distinct()]

    def reconcile(self, key: str) -> timedelta | None:
        now = timezone.now()
        waiting = Notification.objects.filter(notifier=int(key), state=Delivery.WAITING.value)
        # What was tried less often comes first: one recipient who is out of reach holds up no others.
        first = waiting.filter(next_try__lte=now).select_related("notifier").order_by("tries", "pk").first()
        if first is None:
            later = waiting.aggregate(at=Min("next_try"))["at"]
            return later - now if later else None
        if claims.under_way(self.kind) > AT_A_TIME:
            raise Wait("Other receivers are being told", after=BUSY)
        self._send(first)
        return timedelta(0)

    def _send(self, notification: Notification) -> None:
        notifier = notification.notifier
        assert notifier is not None
        if not notifier.enabled and notification.execution_id is not None:
            why = reason("NotifierOff", notifier=notifier.name).model_dump(mode="json")
            _write(notification, state=Delivery.SKIPPED.value, why=why, next_try=None)
            return
        try:
            response = self._channel_of(notifier).send(notification.message, notification.recipient)
        except Unavailable as error:
            self._postpone(notification, error)
        except (Denied, Missing, Unsupported) as error:
            self._give_up(notification, error)
        else:
            _write(notification, state=Delivery.SENT.value, sent=timezone.now(), response=response, next_try=None)
            log.info("notification sent", delivery=str(notification.uid), notifier=notification.notifier_name)

    def _postpone(self, notification: Notification, error: Unavailable) -> None:
        """Try later, and everything else at this notifier later, too: the receiver is in trouble."""
        asked = error.retry_after if isinstance(error, Throttled) else timedelta(0)
        at = next_try(tries=notification.tries + 1, begun=notification.begun, now=timezone.now(), asked=asked)
        if at is None:
            self._give_up(notification, error)
            return
        _write(notification, next_try=at, error=str(error))
        others = Notification.objects.filter(notifier=notification.notifier_id, state=Delivery.WAITING.value)
        others.filter(next_try__lt=at).update(next_try=at)

    def _give_up(self, notification: Notification, error: PlatformError) -> None:
        _write(notification, state=Delivery.FAILED.value, error=str(error) or _("refused"), next_try=None)
        log.info("notification failed", delivery=str(notification.uid), notifier=notification.notifier_name)


def _write(notification: Notification, **changes: object) -> None:
    """Write the outcome of a try unless someone has meanwhile ended the notification, as by deleting its notifier."""
    changes = {"error": "", **changes}
    Notification.objects.filter(pk=notification.pk, state=Delivery.WAITING.value).update(
        tries=F("tries") + 1, **changes
    )
