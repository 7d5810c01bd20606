"""The live view of one run over a WebSocket; the protocol is in docs/live.md.

A viewer's position in each log is the consumer's only state. Messages of the channel layer are hints: what
they skip is read from the log store, what they repeat is dropped.
"""

import json
from pathlib import PurePosixPath
from time import monotonic
from typing import Any

from asgiref.sync import sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from devops_platform.errors import Denied, Missing, PlatformError, Unavailable
from devops_platform.projects.authentication import principal_of_scope
from devops_platform.projects.permissions import Principal, project_for
from pipelines import events
from pipelines.definition.runplan import StepId
from pipelines.logs.registry import log_store
from pipelines.logs.times import Moment, TimesReader
from pipelines.selectors import execution_document, execution_named

CHUNK = 256 * 1024
MOST_FOLLOWED = 200
NOBODY, NOT_YOURS = 4401, 4403  # close codes


class ExecutionConsumer(AsyncWebsocketConsumer):
    """Sends the run's document after every change, and the bytes of the logs that the viewer follows."""

    trust = 5.0  # seconds that log bytes are sent on before the viewer's right to them is looked at again

    async def connect(self) -> None:
        self.positions: dict[str, int] = {}
        self.times: dict[str, TimesReader] = {}
        try:
            await self._document()
        except PlatformError:
            await self.close()  # before the handshake is accepted: the client sees 403
            return
        self.group = events.run_group(self.log_root)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.execution_changed({})

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            log, offset = _understood(text_data or "")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            await self._refuse(f"frame not understood: {error}")
            return
        if offset is None:
            self.positions.pop(log, None)
            self.times.pop(log, None)
        elif len(self.positions) >= MOST_FOLLOWED and log not in self.positions:
            await self._refuse("too many logs followed")
        else:
            await self._check_trust()
            self.positions[log] = offset
            self.times[log] = TimesReader(log_store(), self.log_root / log)
            await self._times_of(log, offset)  # the client has these
            await self._catch_up(log)

    async def _refuse(self, detail: str) -> None:
        await self.send(json.dumps({"type": "error", "detail": detail[:200]}))

    async def execution_changed(self, event: dict[str, Any]) -> None:
        document = await self._document_or_end()
        frame = {"type": "execution", "version": document["version"], "execution": document}
        await self.send(json.dumps(frame))
        for log in tuple(self.positions):
            await self._catch_up(log)

    async def log_appended(self, event: dict[str, Any]) -> None:
        log = str(PurePosixPath(event["path"]).relative_to(self.log_root))
        if log not in self.positions:
            return
        await self._check_trust()
        position = self.positions[log]
        start, data = int(event["offset"]), bytes(event["data"])
        if start > position:
            await self._catch_up(log)
            return
        fresh = data[position - start :]
        if fresh:
            await self._send_bytes(log, position, fresh)
        if event["sealed"]:
            await self._catch_up(log)

    async def _catch_up(self, log: str) -> None:
        """Send everything the store has past the viewer's position."""
        store = log_store()
        path = self.log_root / log
        while log in self.positions:
            position = self.positions[log]
            try:
                info = await sync_to_async(store.info, thread_sensitive=False)(path)
                data = await sync_to_async(store.read, thread_sensitive=False)(path, start=position, limit=CHUNK)
            except (Missing, Unavailable):
                return  # not begun, or out of reach: the next message tries again
            if data:
                await self._send_bytes(log, position, data)
            elif info.sealed:
                times = await self._times_of(log, info.size)
                del self.positions[log], self.times[log]
                await self.send(bytes_data=_header(log, info.size, times, sealed=True))
                return
            else:
                return

    async def _send_bytes(self, log: str, offset: int, data: bytes) -> None:
        self.positions[log] = offset + len(data)
        times = await self._times_of(log, offset + len(data))
        await self.send(bytes_data=_header(log, offset, times) + data)

    async def _times_of(self, log: str, end: int) -> list[Moment]:
        """When bytes before ``end`` were seen, as far as the viewer was not told yet."""
        try:
            return await sync_to_async(self.times[log].before, thread_sensitive=False)(end)
        except Unavailable:
            return []  # times are told late rather than hold up the log

    async def _check_trust(self) -> None:
        """End the connection if the viewer's right is gone."""
        if monotonic() >= self.trusted_until:
            await self._document_or_end()

    async def _document_or_end(self) -> dict[str, Any]:
        try:
            return await self._document()
        except Denied:
            code = NOBODY
        except Missing:
            code = NOT_YOURS
        await self.close(code=code)
        await self.websocket_disconnect({"code": code})  # leaves the group: nothing may be sent after a close
        raise StopConsumer

    async def _document(self) -> dict[str, Any]:
        """The run as the viewer may see it.

        Raises Denied when nobody is logged in (any more), Missing when the run is gone or is none of the viewer's
        business (any more).
        """
        principal = await principal_of_scope(self.scope)
        if principal is None:
            raise Denied("nobody is logged in")
        document = await self._document_for(principal)
        self.trusted_until = monotonic() + self.trust
        return document

    @sync_to_async
    def _document_for(self, principal: Principal) -> dict[str, Any]:
        kwargs = self.scope["url_route"]["kwargs"]
        execution = execution_named(project_for(principal, kwargs["project"]), kwargs["name"])
        self.log_root = execution.log_root
        return execution_document(execution, principal=principal)


def _header(log: str, offset: int, times: list[Moment], *, sealed: bool = False) -> bytes:
    header: dict[str, Any] = {"log": log, "offset": offset}
    if times:
        header["times"] = [moment.wire for moment in times]
    if sealed:
        header["sealed"] = True
    return json.dumps(header).encode() + b"\n"


def _understood(text: str) -> tuple[str, int | None]:
    """The log that a client's frame is about, and where to follow it from; None to follow it no more."""
    frame = json.loads(text)
    log = _log_id(frame["log"])
    match frame["type"]:
        case "follow":
            return log, _offset(frame["offset"])
        case "unfollow":
            return log, None
        case _:
            raise ValueError("unknown type")


def _log_id(value: object) -> str:
    """``<attempt>/<stage>.<step>`` in its one spelling."""
    attempt, _, step = str(value).partition("/")
    if not attempt.isdecimal() or len(attempt) > 6:
        raise ValueError("log is not <attempt>/<stage>.<step>")
    return f"{int(attempt)}/{StepId.parse(step)}"


def _offset(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError("offset is not a whole number of bytes")
    return value
