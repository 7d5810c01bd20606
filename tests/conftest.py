"""The cast, the recordings, and the rule that no test leaves this machine."""

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from django.db import connection
from pytest_django.fixtures import Settings

from devops_platform.projects.models import Cluster, Member, Project, User
from devops_platform.projects.roles import Role
from pipelines.models import Execution, Pipeline
from tests.worlds import pipeline_of, repository_at, run_of

# Suites of ports hold assertions without being test modules themselves.
pytest.register_assert_rewrite("tests.contracts")


def refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: only this machine may be called."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    if not on_this_machine(host):
        raise RuntimeError(f"A test called {host}; tests use no network beyond loopback")


def on_this_machine(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


# Processes that tests start are not watched: browsers and servers get their own flags.
sys.addaudithook(refuse_the_network)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded payloads and real files; the test is skipped where there is none."""
    folder = os.environ.get("RECORDINGS_DIR")
    if not folder:
        pytest.skip("RECORDINGS_DIR is not set")
    return Path(folder)


@pytest.fixture
def project(db: None) -> Project:
    """A project on this machine, with nobody in it yet."""
    cluster, _ = Cluster.objects.get_or_create(id="local", defaults={"name": "This machine"})
    return Project.objects.create(id="p-demo", cluster=cluster, name="Demo")


@pytest.fixture
def alice(project: Project) -> User:
    """The owner of the project."""
    return member(project, "alice", Role.OWNER)


@pytest.fixture
def bob(project: Project) -> User:
    """Works in the project."""
    return member(project, "bob", Role.MEMBER)


@pytest.fixture
def rita(project: Project) -> User:
    """May look at the project, and no more."""
    return member(project, "rita", Role.READONLY)


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger to the project."""
    return User.objects.create_user("charlie")


def member(project: Project, name: str, role: Role) -> User:
    user = User.objects.create_user(name)
    Member.objects.create(project=project, user=user, role=role)
    return user


@pytest.fixture
def logs(tmp_path: Path, settings: Settings) -> None:
    """A log store of the test's own."""
    backend = "pipelines.logs.files.FileLogStore"
    settings.LOG_STORE = {"BACKEND": backend, "OPTIONS": {"root": tmp_path / "logs"}}


@pytest.fixture
def repository(tmp_path: Path, settings: Settings, logs: None) -> Path:
    """A git repository on this machine that pipelines may use."""
    settings.LOCAL_REPOSITORIES = [str(tmp_path)]
    return repository_at(tmp_path / "repository")


@pytest.fixture
def pipeline(project: Project, alice: User, repository: Path) -> Pipeline:
    return pipeline_of(project, alice, url=str(repository))


@pytest.fixture
def run(pipeline: Pipeline, alice: User) -> Execution:
    """The first run of the pipeline, which waits for the engine."""
    return run_of(pipeline, alice)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """PostgreSQL drops no database that somebody is connected to, and threads of the tests may still be."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
