"""Every nudge is dropped, and the sweep alone carries runs to their end: on the real local engine, without a worker."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controllers.execution.controller import ExecutionController
from controllers.models import Claim
from controllers.runtime.controller import run_passes, run_sweep
from devops_platform.projects.models import Project, User
from pipelines import services, sources
from pipelines.definition.runplan import Event
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.registry import log_store
from pipelines.models import Execution, Pipeline
from pipelines.services import Cause
from pipelines.states import State
from repositories.forges.registry import forge_for
from tests.worlds import commit_file, pipeline_of

FILE = """
stages:
  - name: Check
    steps:
      - {name: fine, runScriptConfig: {image: alpine, shellScript: "echo fine"}}
      - {name: also, runScriptConfig: {image: alpine, shellScript: "echo also"}}
  - name: Build
    steps:
      - {name: end, runScriptConfig: {image: alpine, shellScript: "echo end"}}
"""
PATIENCE = 40  # seconds


@pytest.fixture
def changed() -> threading.Event:
    """The engine has news. Only the test hears of it: it is when a sweep is worth its while."""
    return threading.Event()


@pytest.fixture
def engine(tmp_path: Path, logs: None, changed: threading.Event) -> Iterator[LocalEngine]:
    engine = LocalEngine(
        tmp_path / "engine",
        log_store(),
        checkout=lambda source: forge_for(source.url).checkout(source.url, source.commit, source.ref),
        publish=lambda path, offset, data, sealed: None,
        nudge=lambda key: changed.set(),
    )
    yield engine
    for run in Execution.objects.all():
        engine.forget(run.build_key)


def sweep(controller: ExecutionController) -> None:
    Claim.objects.update(look_at=None)  # as if the time of every planned look had come
    for _, key in run_sweep({controller.kind: controller}):
        run_passes(controller, key)


@pytest.mark.django_db(transaction=True)
def test_without_any_nudge_the_sweep_finishes_every_run_in_turn(
    project: Project, alice: User, repository: Path, engine: LocalEngine, changed: threading.Event
) -> None:
    commit_file(repository, FILE)
    pipeline: Pipeline = pipeline_of(project, alice, url=str(repository))
    services.set_preference(project, by=alice, name="executor-quota", value="1")
    found = sources.read(pipeline, "")
    runs = [services.start_run(pipeline, found, cause=Cause(Event.MANUAL, alice)) for _ in range(3)]
    controller = ExecutionController(lambda _: engine)
    deadline = time.monotonic() + PATIENCE
    while Execution.objects.filter(open_since__isnull=False).exists():
        assert time.monotonic() < deadline
        sweep(controller)
        changed.wait(0.2)
        changed.clear()
    ended = list(Execution.objects.order_by("run"))
    assert [run.phase for run in ended] == [State.SUCCESS] * 3
    assert [run.pk for run in ended] == [run.pk for run in runs]
    assert not Claim.objects.exists()
    for run in ended:
        assert log_store().read(run.log_root / "1" / "2.0", limit=100) == b"end\n"
