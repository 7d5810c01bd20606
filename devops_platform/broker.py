"""Celery's broker inside one process: kombu's memory transport, woken instead of polling.

The queue dies with the process. Nothing depends on it: the database says what is to be done, the sweep finds it.
"""

import threading
from queue import Empty, Queue
from typing import Any

from kombu.transport import memory
from typing_extensions import override


class Bell:
    """Wakes every waiter, those included that are about to wait."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.rings = 0

    def ring(self) -> None:
        with self._changed:
            self.rings += 1
            self._changed.notify_all()

    def wait(self, heard: int, timeout: float | None) -> None:
        """Wait for a ring after the first ``heard`` ones."""
        with self._changed:
            self._changed.wait_for(lambda: self.rings != heard, timeout)


bell = Bell()


class Channel(memory.Channel):
    """Rings for whatever can give a consumer work: a message, and room below its prefetch limit."""

    queues: dict[str, Queue[Any]] = {}  # shared by all channels of the process

    @override
    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        self._queue_for(queue)

    @override
    def _queue_for(self, queue: str) -> Queue[Any]:
        # In one step: of two queues that threads made at once, one would vanish with its message.
        return self.queues.setdefault(queue, Queue())

    @override
    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        super()._put(queue, message, **kwargs)
        bell.ring()

    @override
    def _put_fanout(self, exchange: str, message: Any, routing_key: str | None = None, **kwargs: Any) -> None:
        super()._put_fanout(exchange, message, routing_key, **kwargs)
        bell.ring()

    @override
    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        super().basic_ack(delivery_tag, multiple)
        bell.ring()

    @override
    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        super().basic_reject(delivery_tag, requeue)
        bell.ring()


class Transport(memory.Transport):
    Channel = Channel

    @override
    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message. ``TimeoutError`` may come early: after a ring that brought nothing."""
        for last in (False, True):
            heard = bell.rings
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                if not last:
                    bell.wait(heard, timeout)
        raise TimeoutError
