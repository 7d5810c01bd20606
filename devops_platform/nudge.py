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
    send_task(RECONCILE, kind, key)


def send_task(name: str, *arguments: object) -> None:
    """Send a task whose loss does no harm: a sweep or a janitor does its work later."""
    try:
        current_app.send_task(name, args=arguments, retry=False)
    except OperationalError as error:
        log.warning("task lost, a sweep will make up for it", task=name, arguments=arguments, error=str(error))
