"""Retention on rows, logs and workspaces that are really there."""

import os
from datetime import timedelta
from pathlib import Path, PurePosixPath

import pytest
from django.utils import timezone

from controllers.retention import controller
from devops_platform.projects.models import Project, User
from pipelines import services, transitions
from pipelines.engines.local.engine import LocalEngine
from pipelines.engines.local.files import BuildFiles
from pipelines.logs.files import FileLogStore
from pipelines.models import Execution
from pipelines.states import State
from repositories.forges.base import Checkout
from tests.worlds import pipeline_of, run_of

NOW = timezone.now()
LATER = NOW + timedelta(days=2)


@pytest.fixture
def store(tmp_path: Path) -> FileLogStore:
    return FileLogStore(tmp_path / "logs")


@pytest.fixture
def engine(tmp_path: Path, store: FileLogStore) -> LocalEngine:
    return LocalEngine(
        tmp_path / "engine",
        store,
        checkout=lambda _: Checkout(("true",), {}),
        publish=lambda *_: None,
        nudge=lambda _: None,
    )


def ended(run: Execution) -> Execution:
    run = Execution.objects.get(pk=run.pk)
    return transitions.finish(run, run.status, state=State.SUCCESS, why=None, now=NOW)


def workspace(tmp_path: Path, key: str) -> Path:
    files = BuildFiles(tmp_path / "engine", key)
    files.prepare()
    return files.directory


def age(folder: Path) -> None:
    """Make everything in ``folder`` look as if untouched for a week."""
    old = (NOW - timedelta(days=7)).timestamp()
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (old, old))


def test_the_oldest_runs_beyond_the_number_go(project: Project, alice: User) -> None:
    services.set_preference(project, by=alice, name="retention-runs", value="2")
    pipeline = pipeline_of(project, alice)
    for _ in range(4):
        ended(run_of(pipeline, alice))
    assert controller.remove_runs(LATER) == 2
    assert list(pipeline.executions.order_by("run").values_list("run", flat=True)) == [3, 4]
    assert controller.remove_runs(LATER) == 0


def test_a_run_that_is_not_finished_stays(project: Project, alice: User) -> None:
    services.set_preference(project, by=alice, name="retention-runs", value="1")
    pipeline = pipeline_of(project, alice)
    run_of(pipeline, alice)
    ended(run_of(pipeline, alice))
    assert controller.remove_runs(LATER + timedelta(days=365)) == 0


def test_a_workspace_goes_when_its_time_is_over(
    project: Project, alice: User, engine: LocalEngine, tmp_path: Path
) -> None:
    run = ended(run_of(pipeline_of(project, alice), alice))
    place = workspace(tmp_path, run.build_key)
    assert controller.remove_workspaces(engine, NOW + timedelta(hours=23)) == 0
    assert controller.remove_workspaces(engine, LATER) == 1
    assert not place.exists()


def test_a_workspace_in_use_stays(project: Project, alice: User, engine: LocalEngine, tmp_path: Path) -> None:
    run = run_of(pipeline_of(project, alice), alice)
    place = workspace(tmp_path, run.build_key)
    age(place)
    assert controller.remove_workspaces(engine, LATER) == 0
    assert place.exists()


@pytest.mark.django_db
def test_a_workspace_without_a_run_goes_after_a_day(engine: LocalEngine, tmp_path: Path) -> None:
    fresh = workspace(tmp_path, "7f3a2f0e-0000-4000-8000-000000000001-1")
    old = workspace(tmp_path, "not even/a key")
    age(old)
    assert controller.remove_workspaces(engine, NOW) == 1
    assert fresh.exists()
    assert not old.exists()


def test_logs_without_a_run_go_after_a_day(project: Project, alice: User, store: FileLogStore, tmp_path: Path) -> None:
    run = ended(run_of(pipeline_of(project, alice), alice))
    owned = run.log_root / "1" / "0.0"
    orphan = PurePosixPath("gone", "pipeline", "7", "1", "0.0")
    for path in (owned, orphan):
        store.append(path, b"hello\n", at=0)
    assert controller.remove_orphaned_logs(store, NOW) == 0
    age(tmp_path / "logs")
    assert controller.remove_orphaned_logs(store, NOW) == 1
    assert store.info(owned).size == 6
    assert not list((tmp_path / "logs" / "gone").rglob("*.log"))
