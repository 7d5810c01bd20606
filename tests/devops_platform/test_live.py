import asyncio
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from channels.layers import get_channel_layer
from pytest_django.fixtures import Settings

from devops_platform import live

IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}}


class BrokenLayer:
    """A layer whose backing is out of reach until ``mended``."""

    mended = False
    sent: list[dict[str, Any]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if not self.mended:
            raise ConnectionError("no route to the layer")
        self.sent.append(message)


@pytest.fixture(autouse=True)
def _detached(settings: Settings) -> Iterator[None]:
    settings.CHANNEL_LAYERS = IN_MEMORY
    live.detach()
    yield
    live.detach()


VIEWERS, WRITERS, LINES = 50, 4, 25


def write(writer: int, pace: threading.Event) -> None:
    for line in range(LINES):
        live.publish("run", {"type": "line", "writer": writer, "line": line, "sent": time.perf_counter()})
        pace.wait(0.02)


async def view(channel: str, late: list[float]) -> dict[int, list[int]]:
    """The lines of each writer in the order in which they came."""
    layer = get_channel_layer()
    seen: dict[int, list[int]] = {writer: [] for writer in range(WRITERS)}
    for _ in range(WRITERS * LINES):
        message = await layer.receive(channel)
        late.append(time.perf_counter() - message["sent"])
        seen[message["writer"]].append(message["line"])
    return seen


async def test_fifty_viewers_receive_all_from_four_threads_in_order_and_soon() -> None:
    live.attach(asyncio.get_running_loop())
    layer = get_channel_layer()
    viewers = [await layer.new_channel() for _ in range(VIEWERS)]
    for viewer in viewers:
        await layer.group_add("run", viewer)
    late: list[float] = []
    pace = threading.Event()
    for number in range(WRITERS):
        threading.Thread(target=write, args=(number, pace)).start()
    for seen in await asyncio.gather(*(view(viewer, late) for viewer in viewers)):
        assert seen == {writer: list(range(LINES)) for writer in range(WRITERS)}
    assert statistics.median(late) < 0.02


async def test_the_loop_itself_may_publish() -> None:
    live.attach(asyncio.get_running_loop())
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("run", channel)
    live.publish("run", {"type": "line"})
    assert await layer.receive(channel) == {"type": "line"}


def test_a_process_that_serves_nobody_publishes_on_a_loop_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = threading.Event()

    class Layer:
        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            arrived.set()

    monkeypatch.setattr(live, "get_channel_layer", Layer)
    live.publish("run", {"type": "line"})
    assert arrived.wait(10)


async def test_an_outage_of_the_layer_reaches_no_caller_and_ends_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = BrokenLayer()
    monkeypatch.setattr(live, "get_channel_layer", lambda: layer)
    live.attach(asyncio.get_running_loop())
    for number in range(3):
        live.publish("run", {"type": "line", "number": number})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    layer.mended = True
    layer.sent = []
    live.publish("run", {"type": "line", "number": 3})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [message["number"] for message in layer.sent] == [3]


def test_publishing_to_a_loop_that_is_closed_is_no_error() -> None:
    loop = asyncio.new_event_loop()
    live.attach(loop)
    loop.close()
    live.publish("run", {"type": "line"})
