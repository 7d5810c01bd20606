"""One pass per object at a time, on any worker: claims by conditional update, and dirty marks for the holder."""

import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from controllers.models import Claim

LEASE = timedelta(seconds=60)  # a holder that died is superseded after this


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


def forget_all() -> None:
    """Drop every claim. Only for the start of a process that is alone with its database."""
    Claim.objects.exclude(token="").update(token="", until=None, look_at=None)
