"""Tell the controllers that an object is worth a look. A nudge is only haste: the sweep finds what it misses."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

RECONCILE = "controllers.reconcile"


def nudge(kind: str, key: str) -> None:
    """Ask for a pass over one object once the present transaction is committed."""
    transaction.on_commit(partial(send, kind, key))


def send(kind: str, key: str) -> None:
    try:
        current_app.send_task(RECONCILE, args=[kind, key], retry=False)
    except OperationalError as error:
        log.warning("nudge lost, the sweep will find it", kind=kind, key=key, error=str(error))
