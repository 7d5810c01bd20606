"""A viewer of one run over a WebSocket, who comes back whenever the server does."""

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.servers.process import START_SECONDS


class Viewer:
    """Follows ``logs`` and fails at a byte that is missing or comes twice, and at a state that goes back."""

    def __init__(self, url: str, path: str, headers: dict[str, str], logs: Iterable[str]) -> None:
        project, _, name = path.removeprefix("projects/").partition("/executions/")
        self._url = f"{url.replace('http', 'ws', 1)}/ws/projects/{project}/executions/{name}/"
        self._headers = headers
        self.logs = dict.fromkeys(logs, b"")
        self.sealed: set[str] = set()
        self.states: list[str] = []
        self.pieces = 0  # of log that came so far
        self.connections = 0
        self._changed = asyncio.Condition()
        self.served = asyncio.Event()

    @property
    def finished(self) -> bool:
        ended = bool(self.states) and self.states[-1] in {"Success", "Failed", "Aborted", "Skipped"}
        return ended and self.sealed == self.logs.keys()

    async def watch(self) -> None:
        """View until the run has ended; while ``served`` is not set nobody is asked."""
        while not self.finished:
            await self.served.wait()
            with suppress(OSError, WebSocketException):
                async with connect(
                    self._url, additional_headers=self._headers, open_timeout=START_SECONDS, proxy=None
                ) as socket:
                    await self._view(socket)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(condition)

    async def more(self, pieces: int) -> None:
        """Wait for as many further pieces of log."""
        wanted = self.pieces + pieces
        await self.until(lambda: self.pieces >= wanted)

    async def _view(self, socket: ClientConnection) -> None:
        self.connections += 1
        version = 0
        for log in sorted(self.logs.keys() - self.sealed):
            await socket.send(json.dumps({"type": "follow", "log": log, "offset": len(self.logs[log])}))
        async for frame in socket:
            if isinstance(frame, bytes):
                self._take_log(frame)
            else:
                version = self._take_state(json.loads(frame), version)
            async with self._changed:
                self._changed.notify_all()
            if self.finished:
                return

    def _take_state(self, message: dict[str, Any], newest: int) -> int:
        assert message["type"] == "execution", message
        version: int = message["version"]
        assert version >= newest
        self.states.append(message["execution"]["status"]["executionState"])
        return version

    def _take_log(self, frame: bytes) -> None:
        head, _, data = frame.partition(b"\n")
        header = json.loads(head)
        log = header["log"]
        assert header["offset"] == len(self.logs[log]), f"{log} goes on at {header['offset']}, not at its end"
        assert log not in self.sealed
        self.logs[log] += data
        self.pieces += 1
        if header.get("sealed"):
            self.sealed.add(log)
