"""Request bodies and query parameters as pydantic models."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError
from rest_framework.request import Request

from devops_platform.errors import Invalid

M = TypeVar("M", bound=BaseModel)


def body_of(request: Request, model: type[M]) -> M:
    """The body of ``request``; one that is absent counts as an empty object. Raises Invalid with the places."""
    return parsed(request.data, model)


def query_of(request: Request, model: type[M]) -> M:
    """The query of ``request``; of a repeated parameter the last counts, unknown ones are ignored."""
    known = {field.alias or name for name, field in model.model_fields.items()}
    return parsed({key: value for key, value in request.query_params.items() if key in known}, model)


def parsed(data: Mapping[str, Any] | Any, model: type[M]) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            fields.setdefault(".".join(str(part) for part in problem["loc"]), []).append(problem["msg"])
        raise Invalid(_("The input is not valid."), fields=fields) from error
