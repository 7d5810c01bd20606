"""The OpenAPI document: what every operation has in common."""

import re
from collections.abc import Callable
from typing import Any, get_args, get_origin

from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, build_array_type
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode
from typing_extensions import override

from devops_platform.api.problems import CONTENT_TYPE

PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; meant for programs."},
        "id": {"type": "string", "description": "Finds the failure in the log."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "detail": {"type": "string"},
                    "line": {"type": "integer", "minimum": 1},
                    "column": {"type": "integer", "minimum": 1},
                },
            },
        },
    },
}
EVERYWHERE = {
    "400": "The request cannot be understood.",
    "401": "Nobody is logged in, or the token is not valid.",
    "403": "Known, but not allowed.",
    "404": "There is no such thing, or the caller may not know of it.",
    "406": "The answer cannot be given in an accepted form.",
    "422": "The input is not valid; `errors` has the places.",
    "503": "Something the request needs is out of reach; try again later.",
}
WITH_BODY = {
    "409": "The state of the thing does not allow this.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
}


def declare_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Spectacular post-processing hook: every operation may answer with a problem document."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path in result["paths"].values():
        for method, operation in path.items():
            if not isinstance(operation, dict):
                continue
            common = EVERYWHERE if method in {"get", "head"} else EVERYWHERE | WITH_BODY
            for status, description in common.items():
                operation["responses"].setdefault(status, _answer(description))
            for status, answer in operation["responses"].items():
                if status >= "4":
                    operation["responses"][status] = _answer(answer["description"])
    return result


def _answer(description: str) -> dict[str, Any]:
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "devops_platform.projects.authentication.TokenAuthentication"
    name = "token"

    @override
    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "A personal token: `cpd_…`."}


COMPONENT: Callable[..., ResolvedComponent] = ResolvedComponent  # untyped in spectacular


class PydanticModels(PydanticExtension):  # type: ignore[no-untyped-call]  # registers itself
    """Describes a model as what is taken in for requests, where a default makes a field optional."""

    priority = 1

    @override
    def get_name(self, auto_schema: AutoSchema, direction: Any) -> str:
        set_override(self.target, "suppress_collision_warning", True)  # noqa: FBT003  # generic models share names
        return re.sub(r"\W", "", self.target.__name__)

    @override
    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        mode: JsonSchemaMode = "validation" if direction == "request" else "serialization"
        schema = self.target.model_json_schema(ref_template="#/components/schemas/{model}", mode=mode)
        for name, inner in schema.pop("$defs", {}).items():
            component = COMPONENT(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=inner)
            auto_schema.registry.register_on_missing(component)
        return dict(schema)


class OperationSchema(AutoSchema):
    """Knows ``list[Model]`` as an answer, too."""

    @override
    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> Any:
        if get_origin(serializer) is list and issubclass(get_args(serializer)[0], BaseModel):
            component = self.resolve_serializer(get_args(serializer)[0], direction)
            serializer = build_array_type(component.ref)
        answer: Callable[..., Any] = super()._get_response_for_code
        return answer(serializer, status_code, media_types, direction)
