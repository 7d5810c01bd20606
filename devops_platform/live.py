"""Messages to viewers: any thread may publish, one event loop sends.

Channel layers belong to the loop of their receivers: the in-memory one does not wake another loop, and one over
Redis keeps a connection for each. So a message hops to the server's loop, or to one of its own in a process that
serves nobody. What is lost here is no harm: viewers see the gap and read what is stored.
"""

import asyncio
import os
import threading
from collections import deque
from typing import Any

import structlog
from channels.layers import get_channel_layer

log = structlog.get_logger(__name__)

MOST_WAITING = 20_000  # messages; the oldest are dropped while the layer is out of reach


class Publisher:
    """Sends messages on ``loop`` one after the other, in the order in which they were published."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._sending: asyncio.Task[None] | None = None
        self._failing = False

    def publish(self, group: str, message: dict[str, Any]) -> None:
        self._waiting.append((group, message))
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # the loop is closed: the process ends and nobody views any more
            self._waiting.clear()

    def _wake(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = self._loop.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._waiting:
            group, message = self._waiting.popleft()
            try:
                await get_channel_layer().group_send(group, message)
            except Exception:
                # Nothing may stop later messages; one line tells of a whole outage.
                if not self._failing:
                    log.exception("live updates lost", group=group)
                self._failing = True
            else:
                self._failing = False


_lock = threading.Lock()
_publisher: Publisher | None = None


def publish(group: str, message: dict[str, Any]) -> None:
    """Send ``message`` to everyone in ``group``, soon. Never blocks and never raises."""
    (_publisher or _own_publisher()).publish(group, message)


def attach(loop: asyncio.AbstractEventLoop) -> None:
    """From now on messages are sent on ``loop``, that of this process's server."""
    global _publisher  # noqa: PLW0603  # one process has one publisher
    with _lock:
        _publisher = Publisher(loop)


def detach() -> None:
    global _publisher  # noqa: PLW0603
    with _lock:
        _publisher = None


def _own_publisher() -> Publisher:
    global _publisher  # noqa: PLW0603
    with _lock:
        if _publisher is None:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="live", daemon=True).start()
            _publisher = Publisher(loop)
        return _publisher


os.register_at_fork(after_in_child=detach)  # the thread that ran the loop is not in the child
