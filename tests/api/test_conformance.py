"""Whatever the OpenAPI document allows or forbids, the API answers as the document says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from devops_platform.projects import services
from devops_platform.projects.models import Project, User
from devops_platform.projects.roles import Scope


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


operations = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application()).include(
    path_regex=r"/api/v1/(me|tokens|projects$|projects/\{project\}($|/(members|secrets|audit)))"
)


@operations.parametrize()
@pytest.mark.usefixtures("one_connection")
@settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_to_its_document(case: Any, headers: dict[str, str]) -> None:
    # What the schema cannot say (a user must exist, a time must lie ahead) is refused with 422 all the same.
    beyond_the_schema = [checks.CHECKS.get_one("positive_data_acceptance")]
    case.call_and_validate(headers=headers, excluded_checks=beyond_the_schema)
