"""Serializers that take what they say and nothing else."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

MAX_INT = 2**31 - 1


class Text(serializers.CharField):
    """A JSON string; numbers are not taken for text."""

    default_error_messages = {"not_text": _("Must be a string.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON integer that fits into every database; text and booleans are not taken for numbers."""

    default_error_messages = {"not_whole": _("Must be a whole number.")}

    def __init__(self, *, min_value: int = 0, max_value: int = MAX_INT, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("not_whole")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """``true`` or ``false``."""

    default_error_messages = {"not_flag": _("Must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("not_flag")
        return data


class Input(serializers.Serializer[Any]):
    """A request body: an object whose unknown keys are refused."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = {str(key): [_("Unknown key.")] for key in data if key not in writable}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class InputSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "devops_platform.api.fields.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        describe: Callable[..., dict[str, Any]] = auto_schema._map_serializer  # noqa: SLF001  # the documented way
        schema = describe(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}
