"""Logs over HTTP: any range of a step's log, or everything of an attempt as one text."""

import json
import re
from collections.abc import AsyncIterator, Iterable
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from typing_extensions import override

from devops_platform.errors import Missing
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import selectors
from pipelines.logs.registry import log_store
from pipelines.models import Execution

CHUNK = 256 * 1024
RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.IGNORECASE)


class PlainText(BaseRenderer):
    """Lets a client ask for text; what DRF itself renders here are problem documents."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    @override
    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> str:
        return json.dumps(data)


class StepLog(InProject):
    needs: ClassVar = {"GET": Action.VIEW}
    renderer_classes = [PlainText, JSONRenderer]

    @extend_schema(
        operation_id="logs_read",
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="`bytes=<first>-<last>`")],
        responses={
            (200, "text/plain"): OpenApiTypes.STR,
            (206, "text/plain"): OpenApiTypes.STR,
            416: OpenApiResponse(description="The range begins past the end of the log."),
        },
    )
    def get(
        self, request: Request, project: str, name: str, attempt: int, step: str
    ) -> StreamingHttpResponse | HttpResponse:
        execution = selectors.execution_named(self.project, name)
        path = selectors.log_path(execution, attempt, step)
        info = log_store().info(path)
        wanted = byte_range(request.headers.get("Range", ""), info.size)
        headers = {
            "Accept-Ranges": "bytes",
            "Log-Sealed": "true" if info.sealed else "false",
            "Cache-Control": "no-cache",
        }
        if wanted is None:
            return _text(_chunks(path, 0, info.size), info.size, HTTPStatus.OK, headers)
        start, end = wanted
        if start >= end:
            return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{info.size}"})
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{info.size}"
        return _text(_chunks(path, start, end), end - start, HTTPStatus.PARTIAL_CONTENT, headers)


class AttemptLog(InProject):
    needs: ClassVar = {"GET": Action.VIEW}
    renderer_classes = [PlainText, JSONRenderer]

    @extend_schema(operation_id="logs_read_attempt", responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request, project: str, name: str, attempt: int) -> StreamingHttpResponse:
        execution = selectors.execution_named(self.project, name)
        if not 1 <= attempt <= execution.attempt:
            raise Missing(f"{execution.name} has no attempt {attempt}")
        headers = {"Content-Disposition": f'attachment; filename="{execution.name}-{attempt}.log"'}
        return _text(_whole(_parts(execution, attempt)), None, HTTPStatus.OK, headers)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last of a single range; None when everything is wanted.

    A header that is not understood is ignored. Source: RFC 9110, section 14.2.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


async def _chunks(path: PurePosixPath, start: int, end: int) -> AsyncIterator[bytes]:
    read = sync_to_async(log_store().read, thread_sensitive=False)
    while start < end:
        data = await read(path, start=start, limit=min(CHUNK, end - start))
        if not data:
            return
        yield data
        start += len(data)


async def _whole(parts: Iterable[tuple[str, PurePosixPath]]) -> AsyncIterator[bytes]:
    """Every log under a line with its title."""
    info = sync_to_async(log_store().info, thread_sensitive=False)
    for title, path in parts:
        try:
            size = (await info(path)).size
        except Missing:
            continue
        yield f"==> {title}\n".encode()
        async for data in _chunks(path, 0, size):
            yield data
        yield b"\n"


def _parts(execution: Execution, attempt: int) -> list[tuple[str, PurePosixPath]]:
    """The steps' titles and logs in the order of the plan."""
    plan = execution.plan
    root = execution.log_root / str(attempt)
    return [(f"{plan.stages[where.stage].name} / {step.name}", root / str(where)) for where, step in plan.steps()]


def _text(
    content: AsyncIterator[bytes], length: int | None, status: int, headers: dict[str, str]
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type="text/plain; charset=utf-8", status=status, headers=headers)
    response["X-Content-Type-Options"] = "nosniff"
    if length is not None:
        response["Content-Length"] = str(length)
    return response
