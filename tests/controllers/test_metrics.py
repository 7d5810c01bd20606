import pytest
from django.test import Client
from pytest_django import Settings

from devops_platform.projects import services
from devops_platform.projects.models import Project, User
from devops_platform.projects.roles import Scope
from tests.worlds import pipeline_of, run_of


def token(user: User, scope: Scope, project: Project | None = None) -> dict[str, str]:
    _row, clear = services.create_token(user=user, name="scraper", scopes=[scope], project=project)
    return {"Authorization": f"Bearer {clear}"}


@pytest.fixture
def operator(project: Project) -> User:
    return User.objects.create_superuser("olga")


def test_an_operators_token_reads_how_runs_stand(client: Client, project: Project, alice: User, operator: User) -> None:
    pipeline = pipeline_of(project, alice)
    for _ in range(3):
        run_of(pipeline, alice)
    answer = client.get("/metrics", headers=token(operator, Scope.ADMIN))
    lines = answer.content.decode().splitlines()
    assert 'platform_open_runs{state="Waiting"} 2.0' in lines
    assert "platform_queue_length 1.0" in lines


def test_less_than_an_operators_token_is_refused(client: Client, project: Project, alice: User, operator: User) -> None:
    refused: tuple[dict[str, str], ...] = (
        token(operator, Scope.WRITE),
        token(operator, Scope.ADMIN, project),
        token(alice, Scope.ADMIN),
        {"Authorization": "Bearer cpd_nobody_nothing"},
        {},
    )
    assert {client.get("/metrics", headers=headers).status_code for headers in refused} == {401}


@pytest.mark.parametrize(
    ("public", "address", "headers", "status"),
    [
        pytest.param(True, "127.0.0.1", {}, 200, id="this machine, where that is allowed"),
        pytest.param(True, "::1", {}, 200, id="this machine by its other address"),
        pytest.param(False, "127.0.0.1", {}, 401, id="this machine, where that is not allowed"),
        pytest.param(True, "192.0.2.7", {}, 401, id="another machine"),
        pytest.param(True, "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 401, id="another machine through a proxy"),
        pytest.param(True, "", {}, 401, id="nobody knows who"),
    ],
)
@pytest.mark.django_db
def test_without_a_token(
    client: Client, settings: Settings, public: bool, address: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_PUBLIC = public
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status
