"""Problem documents (RFC 9457) as values. Every error of the API has this shape."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with the input. ``pointer`` is a JSON pointer into the body as a URI fragment, or a parameter.

    Line and column, counted from 1, are those of a text that the input holds or names, as is ``pointer`` then.
    """

    pointer: str
    detail: str
    line: int | None = None
    column: int | None = None

    def document(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    code: str
    detail: str
    errors: tuple[FieldProblem, ...] = ()
    id: str = ""

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = [error.document() for error in self.errors]
        if self.id:
            document["id"] = self.id
        return document


CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "denied",
    404: "missing",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "throttled",
    503: "unavailable",
}


def of_status(status: int, detail: str = "") -> Problem:
    return Problem(status, CODES.get(status, "error"), detail or f"{HTTPStatus(status).phrase}.")


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """For places where no DRF view answers."""
    body = json.dumps(problem.document())
    return HttpResponse(body, status=problem.status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def flattened(detail: Any, pointer: str = "#") -> Iterable[FieldProblem]:
    """The leaves of DRF's nested error detail, each with its place."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from flattened(inner, pointer if key == "non_field_errors" else f"{pointer}/{_escaped(str(key))}")
        return
    if isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from flattened(inner, f"{pointer}/{index}" if nested else pointer)
        return
    yield FieldProblem(pointer, str(detail))


def _escaped(key: str) -> str:
    # Source: RFC 6901, section 3
    return key.replace("~", "~0").replace("/", "~1")
