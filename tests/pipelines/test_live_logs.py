"""Hints about a log may be lost, repeated or late; the viewer gets the log, every byte once and in order."""

import asyncio
from itertools import count
from typing import Any

import pytest
from channels.layers import get_channel_layer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devops_platform import asgi
from devops_platform.projects import services as tenancy
from devops_platform.projects.models import User
from devops_platform.projects.roles import Scope
from pipelines import events
from pipelines.logs.registry import log_store
from pipelines.models import Execution
from tests.sockets import Socket

Hint = dict[str, Any]
STEPS = count()

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.binary(min_size=1, max_size=6)),
        st.tuples(st.just("append unannounced"), st.binary(min_size=1, max_size=6)),
        st.tuples(st.just("announce"), st.integers(0, 20)),
        st.tuples(st.just("change"), st.none()),
        st.tuples(st.just("pause"), st.none()),
    ),
    max_size=12,
)


class Writer:
    """Writes one log as the engine does; ``hints`` holds what was or could have been announced."""

    def __init__(self, run: Execution, step: str) -> None:
        self.path = run.log_root / "1" / step
        self.group = events.run_group(run.log_root)
        self.text = b""
        self.hints: list[Hint] = []

    def append(self, data: bytes) -> Hint:
        hint = {"type": "log.appended", "path": str(self.path), "offset": len(self.text), "data": data, "sealed": False}
        log_store().append(self.path, data, at=len(self.text))
        self.text += data
        self.hints.append(hint)
        return hint

    def seal(self) -> Hint:
        log_store().seal(self.path)
        return {"type": "log.appended", "path": str(self.path), "offset": len(self.text), "data": b"", "sealed": True}

    async def send(self, message: Hint) -> None:
        await get_channel_layer().group_send(self.group, message)

    async def move(self, kind: str, what: Any) -> None:
        match kind:
            case "append":
                await self.send(self.append(what))
            case "append unannounced":
                self.append(what)
            case "announce" if self.hints:
                await self.send(self.hints[what % len(self.hints)])
            case "change":
                await self.send({"type": "execution.changed"})
            case "pause":
                await asyncio.sleep(0)  # lets the consumer in


async def watch(opened: Socket, log: str, begin: int) -> bytes:
    """Everything up to the seal; each frame begins where the one before ended."""
    seen = b""
    while True:
        frame = await opened.frame()
        if isinstance(frame, dict):
            continue
        header, data = frame
        assert (header["log"], header["offset"]) == (log, begin + len(seen))
        if header.get("sealed"):
            return seen
        assert data
        seen += data


@pytest.mark.django_db(transaction=True)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=MOVES, after=MOVES, part=st.floats(0, 1), last_hint=st.booleans())
def test_the_viewer_gets_the_log(
    run: Execution, alice: User, before: Any, after: Any, part: float, last_hint: bool
) -> None:
    _token, clear = tenancy.create_token(user=alice, name="viewer", scopes=[Scope.READ])
    headers = {b"authorization": f"Bearer {clear}".encode()}
    step = f"{next(STEPS)}.0"
    writer = Writer(run, step)

    async def story() -> None:
        opened = Socket(asgi.websocket, f"/ws/projects/p-demo/executions/{run.name}/", headers)
        assert await opened.accepted()
        for kind, what in before:
            await writer.move(kind, what)
        begin = int(part * len(writer.text))
        await opened.send({"type": "follow", "log": f"1/{step}", "offset": begin})
        for kind, what in after:
            await writer.move(kind, what)
        sealed = writer.seal()
        if last_hint:
            await writer.send(sealed)
        await writer.send({"type": "execution.changed"})
        assert await watch(opened, f"1/{step}", begin) == writer.text[begin:]
        for hint in (*writer.hints, sealed):
            await writer.send(hint)
        await opened.send("?")
        while (rest := await opened.text())["type"] == "execution":
            pass
        assert rest["type"] == "error"
        await opened.leave(unread=True)

    asyncio.run(story())
