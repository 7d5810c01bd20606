"""Who gets what from every address: one row per address and method. A method without a row must answer 405.

``expected`` has five answers, for: owner, member, read-only, stranger, anonymous.
Below ``/api/`` bodies are JSON, elsewhere they are forms, and 302 for the anonymous must lead to the log-in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from devops_platform.projects import services
from devops_platform.projects.models import ApiToken, Project, Secret, User
from devops_platform.projects.roles import Scope

CAST = ("owner", "member", "readonly", "stranger", "anonymous")


@dataclass
class World:
    """What the addresses talk about. Things beside the cast are made when a row first asks for them."""

    project: Project
    cast: Mapping[str, User]

    @property
    def owner(self) -> User:
        return self.cast["owner"]

    @cached_property
    def secret(self) -> Secret:
        secret, _new = services.set_secret(project=self.project, name="api", put={"token": "hush"}, by=self.owner)
        return secret

    @cached_property
    def token(self) -> ApiToken:
        """A token of the owner."""
        token, _clear = services.create_token(user=self.owner, name="ci", scopes=[Scope.READ])
        return token


Words = Callable[[World], dict[str, Any]]


def nothing(_world: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    url: str
    method: str
    expected: str
    kwargs: Words = nothing
    """The parts of the address, apart from ``project``."""
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, int]:
        return dict(zip(CAST, map(int, self.expected.split()), strict=True))


def member(world: World) -> dict[str, Any]:
    return {"user": world.cast["readonly"].slug}


def secret(world: World) -> dict[str, Any]:
    return {"name": world.secret.name}


def token(world: World) -> dict[str, Any]:
    return {"prefix": world.token.prefix}


def nobody(_world: World) -> dict[str, Any]:
    """A name that nothing has."""
    return {"name": "nobody"}


def attempt(_world: World) -> dict[str, Any]:
    return {"name": "nobody", "attempt": 1}


def step(_world: World) -> dict[str, Any]:
    return {"name": "nobody", "attempt": 1, "step": "0.0"}


def quota(_world: World) -> dict[str, Any]:
    return {"name": "executor-quota"}


OPEN = "200 200 200 200 200"
EVERY_USER = "200 200 200 200 401"
MEMBERS = "200 200 200 404 401"

MACHINES = (
    Row("livez", "GET", OPEN),
    Row("readyz", "GET", OPEN),
    Row("api-schema", "GET", OPEN),
    Row("api-docs", "GET", "200 200 200 200 302"),
)

TENANCY_API = (
    Row("api-me", "GET", EVERY_USER),
    Row("api-tokens", "GET", EVERY_USER),
    Row("api-tokens", "POST", "201 201 201 201 401", body={"name": "ci", "scopes": ["read"]}),
    Row("api-token", "DELETE", "204 404 404 404 401", token),
    Row("api-projects", "GET", EVERY_USER),
    Row("api-projects", "POST", "201 201 201 201 401", body={"name": "Another"}),
    Row("api-project", "GET", MEMBERS),
    Row("api-project", "PATCH", "200 403 403 404 401", body={"name": "Renamed"}),
    Row("api-project", "DELETE", "204 403 403 404 401"),
    Row("api-members", "GET", MEMBERS),
    Row("api-members", "POST", "201 403 403 404 401", body={"username": "charlie", "role": "member"}),
    Row("api-member", "PATCH", "200 403 403 404 401", member, body={"role": "member"}),
    Row("api-member", "DELETE", "204 403 403 404 401", member),
    Row("api-secrets", "GET", MEMBERS),
    Row("api-secret", "PUT", "200 200 403 404 401", secret, body={"put": {"token": "new"}}),
    Row("api-secret", "DELETE", "204 204 403 404 401", secret),
    Row("api-audit", "GET", "200 403 403 404 401"),
)

TENANCY_PAGES = (
    Row("home", "GET", "302 302 302 302 302"),
    Row("login", "GET", "302 302 302 302 200"),
    Row("login", "POST", "302 302 302 302 200", body={"username": "alice", "password": "wrong"}),
    Row("logout", "POST", "302 302 302 302 302"),
    Row("theme", "POST", "302 302 302 302 302", body={"theme": "dark"}),
    Row("set_language", "POST", "302 302 302 302 302", body={"language": "zh-hans"}),
    Row("account", "GET", "200 200 200 200 302"),
    Row("account-password", "GET", "200 200 200 200 302"),
    Row("account-password", "POST", "422 422 422 422 302", body={"old_password": "wrong"}),
    Row("account-tokens", "GET", "200 200 200 200 302"),
    Row("account-tokens", "POST", "200 200 200 200 302", body={"name": "ci", "scope": "run", "life": "30"}),
    Row("account-token-revoke", "POST", "302 404 404 404 302", token),
    Row("project-list", "GET", "200 200 200 200 302"),
    Row("project-create", "GET", "200 200 200 200 302"),
    Row("project-create", "POST", "302 302 302 302 302", body={"name": "Another"}),
    Row("project-settings", "GET", "200 200 200 404 302"),
    Row("project-settings", "POST", "302 403 403 404 302", body={"name": "Renamed"}),
    Row("project-delete", "GET", "200 403 403 404 302"),
    Row("project-delete", "POST", "302 403 403 404 302", body={"confirm": "p-demo"}),
    Row("project-members", "GET", "200 200 200 404 302"),
    Row("project-members", "POST", "302 403 403 404 302", body={"username": "charlie", "role": "member"}),
    Row("project-member", "POST", "302 403 403 404 302", member, body={"role": "member"}),
    Row("project-secrets", "GET", "200 200 200 404 302"),
    Row("project-secrets", "POST", "302 302 403 404 302", body={"name": "api", "key": "token", "value": "new"}),
    Row("project-secret", "POST", "302 302 403 404 302", secret),
    Row("project-audit", "GET", "200 403 403 404 302"),
)

# A name that nothing has: the rights of a project are looked at first, so strangers get no other answer than members.
ABSENT = "404 404 404 404 401"
ABSENT_TO_WORKERS = "404 404 403 404 401"
ABSENT_PAGE = "404 404 404 404 302"
ABSENT_PAGE_TO_WORKERS = "404 404 403 404 302"

PIPELINES_API = (
    Row("api-lint", "POST", EVERY_USER, body={"content": "stages: []"}),
    Row("api-pipeline-schema", "GET", EVERY_USER),
    Row("api-pipelines", "GET", MEMBERS),
    Row("api-pipelines", "POST", "422 422 403 404 401"),
    Row("api-pipeline", "GET", ABSENT, nobody),
    Row("api-pipeline", "PUT", ABSENT_TO_WORKERS, nobody),
    Row("api-pipeline", "DELETE", ABSENT_TO_WORKERS, nobody),
    Row("api-pipeline-branches", "GET", ABSENT, nobody),
    Row("api-pipeline-file", "GET", ABSENT, nobody),
    Row("api-pipeline-plan", "POST", ABSENT, nobody),
    Row("api-pipeline-runs", "POST", ABSENT_TO_WORKERS, nobody),
    Row("api-executions", "GET", MEMBERS),
    Row("api-execution", "GET", ABSENT, nobody),
    Row("api-execution-stop", "POST", ABSENT_TO_WORKERS, nobody),
    Row("api-execution-rerun", "POST", ABSENT_TO_WORKERS, nobody),
    Row("api-attempt-log", "GET", ABSENT, attempt),
    Row("api-step-log", "GET", ABSENT, step),
    Row("api-queue", "GET", MEMBERS),
    Row("api-settings", "GET", MEMBERS),
    Row("api-setting", "PUT", "200 403 403 404 401", quota, body={"value": "3"}),
)

PIPELINE_PAGES = (
    Row("project", "GET", "200 200 200 404 302"),
    Row("runs", "GET", "200 200 200 404 302"),
    Row("project-preferences", "GET", "200 200 200 404 302"),
    Row("project-preferences", "POST", "302 403 403 404 302", body={"executor-quota": "3"}),
    Row("pipeline-create", "GET", "200 200 403 404 302"),
    Row("pipeline-create", "POST", "200 200 403 404 302"),
    Row("pipeline", "GET", ABSENT_PAGE, nobody),
    Row("pipeline-run", "POST", ABSENT_PAGE_TO_WORKERS, nobody),
    Row("pipeline-edit", "GET", ABSENT_PAGE, nobody),
    Row("pipeline-edit", "POST", ABSENT_PAGE, nobody),
    Row("pipeline-settings", "GET", ABSENT_PAGE_TO_WORKERS, nobody),
    Row("pipeline-settings", "POST", ABSENT_PAGE_TO_WORKERS, nobody),
    Row("pipeline-delete", "POST", ABSENT_PAGE_TO_WORKERS, nobody),
    Row("run", "GET", ABSENT_PAGE, nobody),
    Row("run-stop", "POST", ABSENT_PAGE_TO_WORKERS, nobody),
    Row("run-rerun", "POST", ABSENT_PAGE_TO_WORKERS, nobody),
)

ROWS: tuple[Row, ...] = (*MACHINES, *TENANCY_API, *TENANCY_PAGES, *PIPELINES_API, *PIPELINE_PAGES)
