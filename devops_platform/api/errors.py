"""From exceptions to problem documents and error pages: DRF's handler and the middleware around everything else."""

import math
from collections.abc import Callable
from urllib.parse import unquote_to_bytes
from uuid import uuid4

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelInvalid
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from devops_platform.api import problems
from devops_platform.api.problems import FieldProblem, Problem
from devops_platform.errors import (
    Conflict,
    Denied,
    Invalid,
    Misconfigured,
    Missing,
    Place,
    PlatformError,
    Stall,
    Throttled,
    Unavailable,
    Unsupported,
    Wait,
)

log = structlog.get_logger(__name__)

STATUS_OF: tuple[tuple[type[PlatformError], int], ...] = (
    (Invalid, 422),
    (Missing, 404),
    (Denied, 403),
    (Conflict, 409),
    (Stall, 409),
    (Unsupported, 422),
    (Throttled, 503),
    (Unavailable, 503),
    (Wait, 503),
)
STATUS_OF_DJANGO: tuple[tuple[type[Exception], int], ...] = (
    (Http404, 404),
    (PermissionDenied, 403),
    (RequestDataTooBig, 413),
    (SuspiciousOperation, 400),
    (UnreadablePostError, 400),
)


def problem_of(error: Exception) -> Problem | None:
    """What to tell the caller; None when the error is a bug and not the caller's business."""
    match error:
        case Invalid():
            return Problem(422, "invalid", str(error), (*_places(error.fields), *map(_in_text, error.places)))
        case Misconfigured():
            return None
        case PlatformError():
            status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), 0)
            return problems.of_status(status, str(error)) if status else None
        case ValidationError():
            return Problem(422, "invalid", _("The input is not valid."), tuple(problems.flattened(error.detail)))
        case APIException():
            return problems.of_status(error.status_code, str(error.detail))
        case ModelInvalid():
            places = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            return Problem(422, "invalid", _("The input is not valid."), tuple(_places(places)))
    status = next((status for kind, status in STATUS_OF_DJANGO if isinstance(error, kind)), 0)
    return problems.of_status(status) if status else None


def _places(fields: dict[str, list[str]]) -> list[FieldProblem]:
    return [FieldProblem(_pointer(path), message) for path, messages in fields.items() for message in messages]


def _in_text(place: Place) -> FieldProblem:
    return FieldProblem(_pointer(place.path), place.detail, place.line, place.column)


def _pointer(path: str) -> str:
    return f"#/{path.replace('.', '/')}" if path else "#"


def headers_of(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):  # set by DRF's views on 401
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(math.ceil(error.retry_after.total_seconds()))
    if isinstance(error, Wait):
        headers["Retry-After"] = str(math.ceil(error.after.total_seconds()))
    return headers


def handle(error: Exception, context: object) -> Response | None:
    """DRF's ``EXCEPTION_HANDLER``. Answers None for a bug, which then reaches ``ErrorMiddleware``."""
    problem = problem_of(error)
    if problem is None:
        return None
    return Response(
        problem.document(), status=problem.status, headers=headers_of(error), content_type=problems.CONTENT_TYPE
    )


class ErrorMiddleware:
    """Gives every error a form for its reader: a problem document below ``/api/``, a page elsewhere; no traceback."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if has_nul(request):
            return self.answer(request, problems.of_status(400, _("The address contains a NUL character.")))
        response = self.get_response(request)
        if not is_api(request) or response.status_code < 400 or is_json(response):
            return response
        headers = {name: value for name, value in response.items() if not name.lower().startswith("content-type")}
        headers.pop("Content-Length", None)
        return problems.response(problems.of_status(response.status_code), headers)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        problem = problem_of(error)
        if problem is not None and (is_api(request) or isinstance(error, PlatformError)):
            return self.answer(request, problem, headers_of(error))
        if problem is not None:
            return None  # Django has its own pages for its own errors
        identifier = uuid4().hex
        log.error("request failed", id=identifier, method=request.method, path=request.path, exc_info=error)
        detail = _("Something went wrong on our side. It is logged as %(id)s.") % {"id": identifier}
        return self.answer(request, Problem(500, "internal", detail, id=identifier))

    def answer(self, request: HttpRequest, problem: Problem, headers: dict[str, str] | None = None) -> HttpResponse:
        if is_api(request):
            return problems.response(problem, headers)
        own = [f"{problem.status}.html"] if problem.status in {403, 404} else []
        return render(request, [*own, "projects/error.html"], {"problem": problem}, status=problem.status)


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def is_json(response: HttpResponseBase) -> bool:
    return "json" in response.get("Content-Type", "")


def has_nul(request: HttpRequest) -> bool:
    """Whether path or query hold U+0000, which PostgreSQL refuses in any text."""
    return "\0" in request.path_info or b"\0" in unquote_to_bytes(request.META.get("QUERY_STRING", ""))
