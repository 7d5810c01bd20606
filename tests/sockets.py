"""A WebSocket client without a network: one connection to an ASGI application, frame by frame."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

Text = dict[str, Any]
Binary = tuple[dict[str, Any], bytes]  # header and bytes
WAIT = 10  # seconds; a frame that is due comes at once


class Socket:
    def __init__(self, app: Any, path: str, headers: dict[bytes, bytes]) -> None:
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": list(headers.items()),
            "subprotocols": [],
        }
        self._talk: Any = ApplicationCommunicator(app, scope)  # type: ignore[no-untyped-call]  # asgiref's has no types

    async def accepted(self) -> bool:
        """Ask for the handshake; whether it was granted."""
        await self._talk.send_input({"type": "websocket.connect"})
        told = await self._talk.receive_output(WAIT)
        return bool(told["type"] == "websocket.accept")

    async def send(self, frame: str | bytes | dict[str, Any]) -> None:
        if isinstance(frame, dict):
            frame = json.dumps(frame)
        kind = "bytes" if isinstance(frame, bytes) else "text"
        await self._talk.send_input({"type": "websocket.receive", kind: frame})

    async def frame(self) -> Text | Binary:
        """The next frame of either kind."""
        told = await self._talk.receive_output(WAIT)
        assert told["type"] == "websocket.send", told
        if told.get("bytes") is None:
            document: Text = json.loads(told["text"])
            return document
        header, _, data = told["bytes"].partition(b"\n")
        return json.loads(header), data

    async def text(self) -> Text:
        frame = await self.frame()
        assert isinstance(frame, dict), frame
        return frame

    async def binary(self) -> Binary:
        frame = await self.frame()
        assert isinstance(frame, tuple), frame
        return frame

    async def closed(self) -> int:
        """The code with which the server closes."""
        told = await self._talk.receive_output(WAIT)
        assert told["type"] == "websocket.close", told
        return int(told["code"])

    async def leave(self, *, unread: bool = False) -> None:
        """End the connection; frames that nobody read are a failure unless ``unread``."""
        if not self._talk.future.done():
            await self._talk.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._talk.wait(WAIT)
        assert unread or self._talk.output_queue.empty(), self._talk.output_queue.get_nowait()
