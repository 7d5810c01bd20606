"""Lists in pages by an opaque cursor: no row is skipped or repeated while others come and go."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ParseError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView
from typing_extensions import override

from devops_platform.api.shapes import Shape

R = TypeVar("R", bound=Model)

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class CursorPagination(BasePagination):
    """``?limit=`` rows after ``?cursor=``, in the order of the queryset, whose fields must not be NULL.

    A cursor is signed for the path it was made for, so no made-up value reaches the database.
    """

    def __init__(self) -> None:
        self.next: str | None = None

    @override
    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        assert isinstance(queryset, QuerySet)
        limit = limit_of(request)
        ordering = ordering_of(queryset)
        if position := position_of(request):
            queryset = queryset.filter(after(position, ordering))
        rows = list(queryset.order_by(*ordering)[: limit + 1])
        if len(rows) > limit:
            cursor = signing.dumps(place_of(rows[limit - 1], ordering), salt=request.path, compress=True)
            self.next = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        return rows[:limit]

    @override
    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next})


PAGE_PARAMETERS = [
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        description="Rows a page.",
    ),
    OpenApiParameter("cursor", str, description="Taken from `next` of the page before."),
]


def page(request: Request, rows: QuerySet[R], shape: Callable[[R], Shape]) -> Response:
    """The page of ``rows`` that ``request`` asks for, each row as ``shape`` has it."""
    pages = CursorPagination()
    found = pages.paginate_queryset(rows, request)
    return pages.get_paginated_response([shape(row).wire() for row in found])


def limit_of(request: Request) -> int:
    raw = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 3 and 1 <= int(raw) <= MAX_LIMIT):
        raise ParseError(_("limit must be a number from 1 to %(max)d.") % {"max": MAX_LIMIT})
    return int(raw)


def ordering_of(queryset: QuerySet[Any]) -> tuple[str, ...]:
    """The field names a page is sorted by; the key comes last, so that the order is total."""
    fields = tuple(queryset.query.order_by or queryset.model._meta.ordering or ())
    keys = {"pk", queryset.model._meta.pk.name}
    if keys & {field.lstrip("-") for field in fields}:
        return fields
    return (*fields, "pk")


def position_of(request: Request) -> list[Any] | None:
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return None
    try:
        position: list[Any] = signing.loads(cursor, salt=request.path)
    except signing.BadSignature as error:
        raise ParseError(_("The cursor is not one of this list.")) from error
    return position


def place_of(row: Model, ordering: Sequence[str]) -> list[Any]:
    return [_plain(_value(row, field.lstrip("-"))) for field in ordering]


def after(position: Sequence[Any], ordering: Sequence[str]) -> Q:
    """The rows that come after ``position``, by the fields of ``ordering`` from left to right."""
    alternatives = []
    equal = Q()
    for field, value in zip(ordering, position, strict=True):
        name = field.lstrip("-")
        alternatives.append(equal & Q((f"{name}__{'lt' if field.startswith('-') else 'gt'}", value)))
        equal &= Q((name, value))
    return reduce(or_, alternatives)


def _value(row: Any, path: str) -> Any:
    return reduce(getattr, path.split("__"), row)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
