"""Whatever the OpenAPI document allows or forbids, the API answers as the document says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from devops_platform.projects import services
from devops_platform.projects.models import Project, User
from devops_platform.projects.roles import Scope
from pipelines.models import Execution
from tests.api.url_table import ROWS, Row, World

ENOUGH = 0.9  # of the operations succeed somewhere in the walk

GENERATOR: Any = SchemaGenerator  # untyped in spectacular
VALIDATE: Any = validate_schema


@pytest.fixture
def headers(alice: User, project: Project) -> dict[str, str]:
    _token, clear = services.create_token(user=alice, name="conformance", scopes=[Scope.ADMIN])
    return {"Authorization": f"Bearer {clear}"}


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """Keeps the connection that holds the test's transaction open between requests, as Django's own client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


document = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())


# The product serves by ASGI; under WSGI Django reads what is streamed in one go, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")

BEYOND = [checks.CHECKS.get_one("positive_data_acceptance")]
"""What the schema cannot say (a user must exist, a time must lie ahead) is refused with 422 all the same."""

NAMES = {
    "/pipelines/": "checkout-api",
    "/executions/": "checkout-api-1",
    "/settings/": "executor-quota",
    "/secrets/": "api",
}


@document.parametrize()
@pytest.mark.usefixtures("one_connection")
@settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_to_its_document(case: Any, headers: dict[str, str], run: Execution) -> None:
    check(case, headers)
    if "project" in case.path_parameters:
        case.path_parameters |= {"project": run.project_id}
        if "name" in case.path_parameters:
            known = (name for part, name in NAMES.items() if part in case.path)
            case.path_parameters["name"] = next(known, case.path_parameters["name"])
        check(case, headers)


def check(case: Any, headers: dict[str, str]) -> None:
    answer = case.call(headers=headers)
    # What is too large is refused for its size, whatever else is wrong with it.
    for_its_size = [checks.CHECKS.get_one("negative_data_rejection")] if answer.status_code == 413 else []
    case.validate_response(answer, headers=headers, excluded_checks=[*BEYOND, *for_its_size])


def operation_of(row: Row) -> Any:
    (pattern, _names), *_ = get_resolver().reverse_dict.getlist(row.url)[0][0]
    return document["/" + re.sub(r"%\((\w+)\)s", r"{\1}", pattern)][row.method]


API_ROWS = [row for row in ROWS if row.url.startswith("api-") and row.url not in {"api-schema", "api-docs"}]


@pytest.mark.parametrize("row", API_ROWS, ids=lambda row: f"{row.url} {row.method}")
@pytest.mark.usefixtures("one_connection")
def test_a_success_is_what_the_document_promises(row: Row, world: World, headers: dict[str, str]) -> None:
    operation = operation_of(row)
    path = row.kwargs(world)
    if "{project}" in operation.path:
        path["project"] = world.project.pk
    body = {"body": row.body, "media_type": "application/json"} if row.method in {"POST", "PUT", "PATCH"} else {}
    answer = operation.Case(path_parameters=path, **body).call_and_validate(headers=headers)
    assert answer.status_code == row.answers["owner"]


def test_almost_every_operation_succeeds_once() -> None:
    operations = {found.ok().label for found in document.get_all_operations()}  # type: ignore[union-attr]  # none is wrong
    succeeded = {operation_of(row).label for row in API_ROWS if row.answers["owner"] < 300}
    assert len(succeeded & operations) >= ENOUGH * len(operations), operations - succeeded


@pytest.fixture(scope="module")
def written() -> Any:
    return GENERATOR().get_schema(public=True)


def test_the_document_is_made_without_a_warning() -> None:
    with GENERATOR_STATS.silence():
        GENERATOR().get_schema(public=True)
        warned = bool(GENERATOR_STATS)
        GENERATOR_STATS.reset()
    assert not warned


def test_the_document_is_valid_openapi(written: Any) -> None:
    assert written["openapi"].startswith("3.1")
    VALIDATE(written)


def test_every_operation_is_named_and_declares_its_problems(written: Any) -> None:
    operations = [operation for path in written["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) > 30
    for operation in operations:
        refusals = {status: answer for status, answer in operation["responses"].items() if status >= "4"}
        assert refusals.keys() >= {"400", "401", "403", "404", "503"}, operation["operationId"]
        assert {kind for answer in refusals.values() for kind in answer["content"]} == {"application/problem+json"}
