"""Celery inside the server process: a worker and the beat, each in a thread of its own."""

import os
import threading
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import structlog
from celery import Celery
from celery.beat import Scheduler
from celery.worker import state
from celery.worker.worker import WorkController

from devops_platform.broker import bell
from devops_platform.lockfile import held

log = structlog.get_logger(__name__)

THREADS = 4
LONGEST_NAP = 5.0  # seconds that the beat sleeps at most


class EmbeddedCelery:
    """Runs a worker and a beat of ``app`` from ``start`` to ``stop``; no two at once share the lock file ``lock``."""

    def __init__(self, app: Celery, *, lock: Path) -> None:
        self._app = app
        self._lock = lock
        self._held = ExitStack()
        self._stopping = threading.Event()
        self._threads: tuple[threading.Thread, ...] = ()

    def start(self) -> None:
        """Raises ``Conflict`` when a worker runs already, in this or another process."""
        with ExitStack() as undo:
            undo.enter_context(held(self._lock))
            # Threads of their own cannot report what keeps them from starting; both are made here.
            worker = _worker(self._app)
            beat = Scheduler(self._app, max_interval=LONGEST_NAP)
            self._held = undo.pop_all()
        self._stopping.clear()
        self._threads = (
            threading.Thread(target=worker.start, name="worker", daemon=True),
            threading.Thread(target=self._tick, args=(beat,), name="beat", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def stop(self, *, within: float = 2.0) -> bool:
        """Take no further task and wait ``within`` seconds for those that run; False when some still do."""
        self._stopping.set()
        state.should_stop = 0  # the exit code; Celery's consumer looks here whenever it wakes
        deadline = monotonic() + within
        for thread in self._threads:
            while thread.is_alive() and monotonic() < deadline:
                bell.ring()
                thread.join(0.05)
        done = not any(thread.is_alive() for thread in self._threads)
        if done:
            state.should_stop = None
            self._held.close()
        return done

    def _tick(self, beat: Scheduler) -> None:
        while not self._stopping.wait(beat.tick()):
            pass


def _worker(app: Celery) -> WorkController:
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # the server's start has run Django's checks
    return WorkController(
        app=app, pool="threads", concurrency=THREADS, without_gossip=True, without_heartbeat=True, without_mingle=True
    )
