"""Who gets what from every address: one row per address and method. A method without a row must answer 405.

``expected`` has five answers, for: owner, member, read-only, stranger, anonymous.
Below ``/api/`` bodies are JSON, elsewhere they are forms, and 302 for the anonymous must lead to the log-in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from devops_platform.projects import services
from devops_platform.projects.models import ApiToken, Project, Secret, User
from devops_platform.projects.roles import Scope
from pipelines import notifiers, steering
from pipelines.models import Execution, Notification, Notifier, Pipeline
from pipelines.notifications.registry import Given
from tests.worlds import TWO_STAGES, WITH_APPROVAL, finished, log_of, pipeline_of, run_of, waits_for_people

CAST = ("owner", "member", "readonly", "stranger", "anonymous")


@dataclass
class World:
    """What the addresses talk about. Things beside the cast are made when a row first asks for them."""

    project: Project
    cast: Mapping[str, User]
    repository: Path

    @property
    def owner(self) -> User:
        return self.cast["owner"]

    @cached_property
    def secret(self) -> Secret:
        secret, _new = services.set_secret(project=self.project, name="api", put={"token": "hush"}, by=self.owner)
        return secret

    @cached_property
    def notifier(self) -> Notifier:
        given = Given(Notifier.Kind.EMAIL, to="dev@example.org")
        made, _new = notifiers.set_notifier(self.project, by=self.owner, name="mail", given=given)
        return made

    @cached_property
    def token(self) -> ApiToken:
        """A token of the owner."""
        token, _clear = services.create_token(user=self.owner, name="ci", scopes=[Scope.READ])
        return token

    @cached_property
    def pipeline(self) -> Pipeline:
        return pipeline_of(self.project, self.owner, url=str(self.repository))

    @cached_property
    def run(self) -> Execution:
        """A run that waits for the engine."""
        return run_of(self.pipeline, self.owner)


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


def pipeline(world: World) -> dict[str, Any]:
    return {"name": world.pipeline.name}


def run(world: World) -> dict[str, Any]:
    return {"name": world.run.name}


def asking(world: World) -> dict[str, Any]:
    """A run that waits for approval, and is paused before what follows."""
    waiting = waits_for_people(run_of(world.pipeline, world.owner, file=WITH_APPROVAL))
    return {"name": steering.pause(waiting, by=world.owner).name}


def ended(world: World) -> dict[str, Any]:
    """A run that is over."""
    return {"name": finished(world.run).name}


def attempt(world: World) -> dict[str, Any]:
    return {**run(world), "attempt": 1}


def step(world: World) -> dict[str, Any]:
    log_of(world.run, b"hello\n")
    return {**attempt(world), "step": "0.0"}


def notifier(world: World) -> dict[str, Any]:
    return {"name": world.notifier.name}


def notification(world: World) -> dict[str, Any]:
    """One that is over, and can be sent again."""
    made = notifiers.send_test(world.notifier, by=world.owner)
    Notification.objects.filter(pk=made.pk).update(state="sent")
    return {"delivery": made.uid}


def quota(_world: World) -> dict[str, Any]:
    return {"name": "executor-quota"}


OPEN = "200 200 200 200 200"
EVERY_USER = "200 200 200 200 401"
MEMBERS = "200 200 200 404 401"

MACHINES = (
    Row("livez", "GET", OPEN),
    Row("readyz", "GET", OPEN),
    Row("metrics", "GET", "401 401 401 401 401"),  # a token of scope admin, not a session
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

SPEC = {"repositoryUrl": "https://example.org/acme/checkout-api.git", "displayName": "Checkout"}
FORM = {"display_name": "Checkout", "repository_url": "https://example.org/acme/checkout-api.git"}

PIPELINES_API = (
    Row("api-lint", "POST", EVERY_USER, body={"content": "stages: []"}),
    Row("api-pipeline-schema", "GET", OPEN),
    Row("api-pipelines", "GET", MEMBERS),
    Row("api-pipelines", "POST", "201 201 403 404 401", body={"spec": SPEC}),
    Row("api-pipeline", "GET", MEMBERS, pipeline),
    Row("api-pipeline", "PUT", "200 200 403 404 401", pipeline, body={"spec": SPEC}),
    Row("api-pipeline", "DELETE", "204 204 403 404 401", pipeline),
    Row("api-pipeline-branches", "GET", MEMBERS, pipeline),
    Row("api-pipeline-cache", "GET", MEMBERS, pipeline),
    Row("api-pipeline-cache", "DELETE", "204 204 403 404 401", pipeline),
    Row("api-pipeline-file", "GET", MEMBERS, pipeline),
    Row("api-pipeline-plan", "POST", MEMBERS, pipeline),
    Row("api-pipeline-triggers", "GET", MEMBERS, pipeline),
    Row("api-pipeline-runs", "POST", "201 201 403 404 401", pipeline),
    Row("api-executions", "GET", MEMBERS),
    Row("api-execution", "GET", MEMBERS, run),
    Row("api-execution-stop", "POST", "200 200 403 404 401", run),
    Row("api-execution-approvals", "POST", "200 200 403 404 401", asking, body={"step": "1.0", "approve": True}),
    Row("api-execution-pause", "POST", "200 200 403 404 401", run),
    Row("api-execution-resume", "POST", "200 200 403 404 401", asking),
    Row("api-execution-rerun", "POST", "200 200 403 404 401", ended),
    Row("api-attempt-log", "GET", MEMBERS, attempt),
    Row("api-step-log", "GET", MEMBERS, step),
    Row("api-log-times", "GET", MEMBERS, step),
    Row("api-log-facts", "GET", MEMBERS, step),
    Row("api-execution-search", "GET", "422 422 422 404 401", run),
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
    Row("pipeline-create", "POST", "302 302 403 404 302", body=FORM),
    Row("pipeline", "GET", "200 200 200 404 302", pipeline),
    Row("pipeline-run", "POST", "302 302 403 404 302", pipeline),
    Row("pipeline-edit", "GET", "200 200 200 404 302", pipeline),
    Row("pipeline-edit", "POST", "200 200 200 404 302", pipeline, body={"file": TWO_STAGES}),
    Row("pipeline-settings", "GET", "200 200 403 404 302", pipeline),
    Row("pipeline-settings", "POST", "302 302 403 404 302", pipeline, body=FORM),
    Row("pipeline-cache-clear", "POST", "302 302 403 404 302", pipeline),
    Row("pipeline-delete", "POST", "302 302 403 404 302", pipeline, body={"confirm": "checkout-api"}),
    Row("run", "GET", "200 200 200 404 302", run),
    Row("run-stop", "POST", "302 302 403 404 302", run),
    Row("run-answer", "POST", "302 302 403 404 302", asking, body={"step": "1.0", "verdict": "approve"}),
    Row("run-pause", "POST", "302 302 403 404 302", run),
    Row("run-resume", "POST", "302 302 403 404 302", asking),
    Row("run-rerun", "POST", "302 302 403 404 302", ended),
)

NOTIFICATIONS = (
    Row("api-notifiers", "GET", MEMBERS),
    Row("api-notifier", "GET", MEMBERS, notifier),
    Row("api-notifier", "PUT", "200 403 403 404 401", notifier, body={"kind": "email", "to": "ops@example.org"}),
    Row("api-notifier", "DELETE", "204 403 403 404 401", notifier),
    Row("api-notifier-test", "POST", "201 403 403 404 401", notifier),
    Row("api-notifications", "GET", MEMBERS),
    Row("api-notification-again", "POST", "200 403 403 404 401", notification),
    Row("project-notifications", "GET", "200 200 200 404 302"),
    Row("project-notifications", "POST", "302 403 403 404 302", body={"name": "mail", "kind": "email"}),
    Row("project-notifier", "POST", "302 403 403 404 302", notifier),
    Row("project-notification-again", "POST", "302 403 403 404 302", notification),
)

ROWS: tuple[Row, ...] = (*NOTIFICATIONS, *MACHINES, *TENANCY_API, *TENANCY_PAGES, *PIPELINES_API, *PIPELINE_PAGES)
