"""Logs over HTTP: any range of a step's log, or everything of an attempt as one text."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, ClassVar

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from devops_platform.errors import Missing
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import selectors
from pipelines.definition.runplan import StepId
from pipelines.logs.registry import log_store
from pipelines.models import Execution

CHUNK = 256 * 1024
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class PlainText(BaseRenderer):
    """Lets a client ask for text; what DRF itself renders here are problem documents."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> str:
        return json.dumps(data)


class StepLog(InProject):
    needs: ClassVar = {"GET": Action.VIEW}
    renderer_classes: ClassVar = [PlainText, JSONRenderer]

    @extend_schema(
        operation_id="logs_read",
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="`bytes=<first>-<last>`")],
        responses={
            (200, "text/plain"): OpenApiTypes.STR,
            (206, "text/plain"): OpenApiTypes.STR,
            416: OpenApiResponse(description="The range begins past the end of the log."),
        },
    )
    def get(self, request: Request, project: str, name: str, attempt: int, step: str) -> StreamingHttpResponse | HttpResponse:
        execution = selectors.execution_named(self.project, name)
        path = log_path(execution, attempt, step)
        info = log_store().info(path)
        wanted = byte_range(request.headers.get("Range", ""), info.size)
        headers = {"Accept-Ranges": "bytes", "Log-Sealed": "true" if info.sealed else "false", "Cache-Control": "no-cache"}
        if wanted is None:
            return _text(_chunks(path, 0, info.size), info.size, HTTPStatus.OK, headers)
        start, end = wanted
        if start >= end:
            return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{info.size}"})
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{info.size}"
        return _text(_chunks(path, start, end), end - start, HTTPStatus.PARTIAL_CONTENT, headers)


class AttemptLog(InProject):
    needs: ClassVar = {"GET": Action.VIEW}
    renderer_classes: ClassVar = [PlainText, JSONRenderer]

    @extend_schema(operation_id="logs_read_attempt", responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request, project: str, name: str, attempt: int) -> StreamingHttpResponse:
        execution = selectors.execution_named(self.project, name)
        if not 1 <= attempt <= execution.attempt:
            raise Missing(f"{execution.name} has no attempt {attempt}")
        headers = {"Content-Disposition": f'attachment; filename="{execution.name}-{attempt}.log"'}
        return _text(_whole(execution, attempt), None, HTTPStatus.OK, headers)


def log_path(execution: Execution, attempt: int, step: str) -> PurePosixPath:
    """Where the log of a step is kept. Raises Missing when the run has no such attempt or step."""
    try:
        where = StepId.parse(step)
        execution.plan.step(where)
    except (ValueError, IndexError) as error:
        raise Missing(f"{execution.name} has no step {step[:20]}") from error
    if not 1 <= attempt <= execution.attempt:
        raise Missing(f"{execution.name} has no attempt {attempt}")
    return execution.log_root / str(attempt) / str(where)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last of a single range; None when everything is wanted.

    A header that is not understood is ignored. Source: RFC 9110, section 14.2.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None or header.strip() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _chunks(path: PurePosixPath, start: int, end: int) -> Iterator[bytes]:
    store = log_store()
    while start < end:
        data = store.read(path, start=start, limit=min(CHUNK, end - start))
        if not data:
            return
        yield data
        start += len(data)


def _whole(execution: Execution, attempt: int) -> Iterator[bytes]:
    """Every step's log under a line that names it, in the order of the plan."""
    plan = execution.plan
    for where, step in plan.steps():
        path = execution.log_root / str(attempt) / str(where)
        try:
            size = log_store().info(path).size
        except Missing:
            continue
        yield f"==> {plan.stages[where.stage].name} / {step.name}\n".encode()
        yield from _chunks(path, 0, size)
        yield b"\n"


def _text(content: Iterator[bytes], length: int | None, status: int, headers: dict[str, str]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type="text/plain; charset=utf-8", status=status, headers=headers)
    response["X-Content-Type-Options"] = "nosniff"
    if length is not None:
        response["Content-Length"] = str(length)
    return response
