"""Request bodies: JSON whose every text can be stored."""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from typing_extensions import override


class StrictJSONParser(BaseParser):
    """Refuses what JSON or a database cannot hold: NaN, bad UTF-8, NUL, half a surrogate pair, endless nesting."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    @override
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig
        try:
            value = json.loads(body.decode(), parse_constant=_refuse)
            if any("\0" in text for text in _texts(value)):
                raise ParseError(_("The body contains a NUL character."))
            json.dumps(value, ensure_ascii=False).encode()
        except ValueError as error:
            raise ParseError(_("The body is not JSON in UTF-8.")) from error
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _texts(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        match todo.pop():
            case str() as text:
                yield text
            case dict() as members:
                todo += [*members.keys(), *members.values()]
            case list() as items:
                todo += items
