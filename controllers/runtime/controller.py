"""What a controller is, and one pass of it: errors say when to look again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog
from django.db import OperationalError
from django.utils import timezone

from controllers.models import Claim
from controllers.runtime import claims
from devops_platform.errors import Conflict, Retry, Stall, Throttled, Unavailable, Wait
from devops_platform.telemetry import PASSES

log = structlog.get_logger(__name__)

SLOWEST = timedelta(minutes=5)


class Controller(Protocol):
    """Brings objects of one kind where they should be. Level-triggered: a pass reads everything anew."""

    kind: str

    def reconcile(self, key: str) -> timedelta | None:
        """One pass; when to look again without being nudged, None when the object needs no more looks."""
        ...

    def open_keys(self) -> Iterable[str]:
        """Objects that are not where they should be, for the sweep."""
        ...


def back_off(failures: int) -> timedelta:
    """Half a second, doubled with each failure in a row, five minutes at most."""
    return min(SLOWEST, timedelta(seconds=0.5 * 2 ** min(failures, 10)))


@dataclass(frozen=True, slots=True)
class NextLook:
    """When an object wants its next look: from now, and as stored with its claim (ISO 8601)."""

    wait: timedelta
    due: str


def run_passes(controller: Controller, key: str) -> NextLook | None:
    """Make passes over one object until nobody asks for another; None when someone else is at it or it is done."""
    token = claims.take(controller.kind, key)
    if token is None:
        return None
    failures = Claim.objects.filter(kind=controller.kind, key=key).values_list("failures", flat=True).first() or 0
    while True:
        with claims.kept(controller.kind, key, token):
            again, failures, error = _one_pass(controller, key, failures)
        PASSES.labels(controller.kind, "failed" if failures else "done").inc()
        look_at = None if again is None else timezone.now() + again
        if claims.release(controller.kind, key, token, look_at=look_at, failures=failures, error=error):
            return None if again is None or look_at is None else NextLook(again, look_at.isoformat())


def _one_pass(controller: Controller, key: str, failures: int) -> tuple[timedelta | None, int, str]:
    try:
        return controller.reconcile(key), 0, ""
    except Conflict as error:
        # Someone wrote meanwhile: decide anew on fresh facts, at once unless that happens again and again.
        return back_off(failures) if failures else timedelta(0), failures + 1, str(error)
    except Wait as wait:
        return wait.after, 0, str(wait)
    except Stall as stall:
        return SLOWEST, failures + 1, str(stall)
    except Throttled as error:
        return error.retry_after, failures + 1, str(error)
    except Retry as error:
        return error.after or back_off(failures), failures + 1, str(error)
    except (Unavailable, OperationalError) as error:
        return back_off(failures), failures + 1, str(error)
    except Exception as error:
        log.exception("reconcile pass failed", kind=controller.kind, key=key)
        return back_off(failures), failures + 1, type(error).__name__


def run_sweep(controllers: Mapping[str, Controller]) -> list[tuple[str, str]]:
    """Every object that is due for a look, by kind and key. A kind that cannot be listed hides no other."""
    due = []
    for kind, controller in controllers.items():
        try:
            resting = claims.not_due(kind, timezone.now())
            due += [(kind, key) for key in controller.open_keys() if key not in resting]
        except Exception:
            log.exception("sweep failed", kind=kind)
    return due
