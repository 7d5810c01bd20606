"""One pass per object at a time, on any worker: claims by conditional update, and dirty marks for the holder."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone

from controllers.models import Claim

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)  # a holder that died is superseded after this
RENEWAL = timedelta(seconds=5)  # a holder that lives says so as often as this
LONGEST = timedelta(minutes=10)  # a holder that hangs is superseded after this


def take(kind: str, key: str) -> str | None:
    """Claim the object and return the claim's token; None when another pass holds it, which then looks again."""
    token = secrets.token_hex(8)
    mine = Claim.objects.filter(kind=kind, key=key)
    while True:
        now = timezone.now()
        free = mine.filter(Q(token="") | Q(until__lt=now))
        if free.update(token=token, until=now + LEASE, dirty=False):
            return token
        Claim.objects.bulk_create([Claim(kind=kind, key=key)], ignore_conflicts=True)
        # The holder may let go between the two updates; it then did not see the mark, and the claim is free.
        if mine.filter(until__gte=now).exclude(token="").update(dirty=True):
            return None


@contextmanager
def kept(kind: str, key: str, token: str, *, every: timedelta = RENEWAL) -> Iterator[None]:
    """Renew the claim's lease while the block runs, so that a long pass is not taken for a dead one."""
    over = threading.Event()
    threading.Thread(target=_renew, args=(kind, key, token, every, over), name="lease", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _renew(kind: str, key: str, token: str, every: timedelta, over: threading.Event) -> None:
    mine = Claim.objects.filter(kind=kind, key=key, token=token)
    for _ in range(LONGEST // every):
        if over.wait(every.total_seconds()):
            return
        try:
            if not mine.update(until=timezone.now() + LEASE):
                return
        except DatabaseError as error:
            log.warning("lease not renewed", kind=kind, key=key, error=str(error))
        finally:
            connection.close()  # that of this thread
    log.warning("pass hangs", kind=kind, key=key)


def release(kind: str, key: str, token: str, *, look_at: datetime | None, failures: int = 0, error: str = "") -> bool:
    """Let go. False means that someone left a dirty mark: the claim is kept and another pass is due."""
    mine = Claim.objects.filter(kind=kind, key=key, token=token)
    clean = mine.filter(dirty=False)
    if look_at is None:
        done = clean.delete()[0]
    else:
        done = clean.update(token="", until=None, look_at=look_at, failures=failures, error=error)
    if done:
        return True
    return not mine.update(dirty=False, until=timezone.now() + LEASE)


def is_due(kind: str, key: str, due: str) -> bool:
    """Whether the look planned for ``due`` (ISO 8601) is still the one that counts."""
    return Claim.objects.filter(kind=kind, key=key, look_at=due).exists()


def not_due(kind: str, now: datetime) -> set[str]:
    """Keys that need no sweep now: under way, or asked to be looked at later."""
    busy = Q(until__gte=now) & ~Q(token="")
    later = Q(look_at__gt=now, token="")
    return set(Claim.objects.filter(busy | later, kind=kind).values_list("key", flat=True))


def under_way(kind: str) -> int:
    """How many passes over objects of ``kind`` are being made now, on all workers."""
    return Claim.objects.filter(kind=kind, until__gte=timezone.now()).exclude(token="").count()


def forget_all() -> None:
    """Drop every claim and every planned look. Only for the start of a process that is alone with its database."""
    Claim.objects.update(token="", until=None, dirty=False, look_at=None)
