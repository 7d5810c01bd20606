"""When a message that could not be handed over is tried again. Pure."""

from datetime import datetime, timedelta

FIRST = timedelta(seconds=5)
SLOWEST = timedelta(hours=1)
PATIENCE = timedelta(days=1)


def next_try(*, tries: int, begun: datetime, now: datetime, asked: timedelta = timedelta(0)) -> datetime | None:
    """When to try again after ``tries`` failures of a round that began at ``begun``; None: no more.

    Five seconds, tripled each time, an hour at most, and not before the receiver has ``asked`` for it; for a day.
    """
    wait = max(asked, min(SLOWEST, FIRST * 3 ** min(tries - 1, 10)))
    at = now + wait
    return at if at < begun + PATIENCE else None
