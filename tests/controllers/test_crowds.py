"""Many people and workers at one project at the same time, on the real database."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from django.db import transaction

from controllers.execution.controller import ExecutionController
from controllers.models import Claim
from controllers.runtime.controller import run_passes, run_sweep
from devops_platform.errors import Conflict, Invalid
from devops_platform.projects.models import Project, User
from pipelines import queue, services
from pipelines.models import Attempt, Execution, Pipeline, PipelineSetting
from pipelines.states import State
from tests.crowd import at_once
from tests.fakes.engine import ScriptedEngine
from tests.worlds import pipeline_of, run_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def everyone_ends(engine: ScriptedEngine, controller: ExecutionController) -> None:
    """The sweep alone, from several workers, until nothing is left to do."""
    for _ in range(200):
        for key in tuple(engine.steps):
            for where in engine.running(key):
                engine.end(key, where, State.SUCCESS)
        Claim.objects.filter(token="").update(look_at=None)  # as if time had passed
        due = run_sweep({controller.kind: controller})
        if not due:
            return
        at_once([partial(run_passes, controller, key) for _, key in due for _ in range(2)])
    raise AssertionError("runs are left over")


def check_numbers(pipeline: Pipeline) -> None:
    runs = list(Execution.objects.filter(pipeline=pipeline).order_by("run").values_list("run", flat=True))
    assert runs == list(range(1, len(runs) + 1))
    assert Pipeline.objects.get(pk=pipeline.pk).next_run == len(runs) + 1


def test_runs_that_start_at_once_get_numbers_without_gap_or_twin(project: Project, alice: User) -> None:
    pipelines = [pipeline_of(project, alice, name=name) for name in ("api", "web")]
    started = at_once([partial(run_of, pipeline, alice) for pipeline in pipelines for _ in range(8)])
    assert len({run.pk for run in started}) == 16
    for pipeline in pipelines:
        check_numbers(pipeline)
    assert queue.open_runs(project).filter(admitted__isnull=False).count() == queue.quota_of(project)


def test_one_key_starts_one_run_however_many_ask_at_once(project: Project, alice: User) -> None:
    pipeline = pipeline_of(project, alice)
    started = at_once([partial(run_of, pipeline, alice, key="once")] * 10)
    assert len({run.pk for run in started}) == 1
    check_numbers(pipeline)


def test_a_crowd_breaks_neither_quota_nor_numbers_nor_states(project: Project, alice: User) -> None:
    pipeline = pipeline_of(project, alice)
    engine = ScriptedEngine()
    controller = ExecutionController(lambda _: engine)
    services.set_preference(project, by=alice, name="executor-quota", value="3")
    known = [run_of(pipeline, alice) for _ in range(6)]

    def attempt(act: Callable[[], object]) -> None:
        with suppress(Conflict, Invalid):
            act()

    def start() -> None:
        run_of(pipeline, alice)

    acts: list[Callable[[], object]] = []
    for number, run in enumerate(known):
        acts += [
            start,
            partial(run_passes, controller, str(run.uid)),
            partial(run_passes, controller, str(run.uid)),
            partial(services.stop_run, run, by=alice) if number % 2 else start,
            partial(services.rerun, run, by=alice, mode=Attempt.Mode.ALL),
            partial(services.set_preference, project, by=alice, name="executor-quota", value=str(1 + number % 3)),
        ]
    for _ in range(3):
        at_once([partial(attempt, act) for act in acts])
        assert queue.open_runs(project).filter(admitted__isnull=False).count() <= 3
        check_numbers(pipeline)
    everyone_ends(engine, controller)
    assert all(run.finished and run.phase.finished for run in Execution.objects.all())
    assert len(engine.starts) == len(set(engine.starts))
    assert not Claim.objects.exists()


def test_stops_stand_in_nobody_s_way(project: Project, alice: User) -> None:
    """Who stops a run that waits neither locks out those who admit it nor makes them fail."""
    pipeline = pipeline_of(project, alice)
    engine = ScriptedEngine()
    for _ in range(5):
        services.set_preference(project, by=alice, name="executor-quota", value="1")
        waiting = [run_of(pipeline, alice) for _ in range(6)][1:]
        raise_quota = partial(services.set_preference, project, by=alice, name="executor-quota", value="9")
        stops = [partial(services.stop_run, run, by=alice) for run in waiting]
        acts: list[Callable[[], object]] = [*stops, raise_quota, partial(run_of, pipeline, alice)]
        at_once(acts)
        assert all(run.stop is not None for run in Execution.objects.filter(pk__in=[run.pk for run in waiting]))
        assert queue.line(project).waiting == ()
        everyone_ends(engine, ExecutionController(lambda _: engine))


def test_a_stop_waits_while_somebody_moves_the_queue(project: Project, alice: User) -> None:
    pipeline = pipeline_of(project, alice)
    services.set_preference(project, by=alice, name="executor-quota", value="1")
    run_of(pipeline, alice)
    waiting = run_of(pipeline, alice)
    stop = threading.Thread(target=at_once, args=([partial(services.stop_run, waiting, by=alice)],))
    with transaction.atomic():
        locked = queue.lock(project.id)
        stop.start()
        stop.join(0.5)  # it comes as far as it can
        assert Execution.objects.get(pk=waiting.pk).stop is None
        quota = PipelineSetting.objects.get(project=project)
        quota.write(spec={**quota.spec, "value": "2"})
        queue.admit(locked)
    stop.join()
    stopped = Execution.objects.get(pk=waiting.pk)
    assert stopped.admitted is not None
    assert stopped.stop is not None


def test_two_workers_end_a_run_once_and_admit_its_successor_once(project: Project, alice: User) -> None:
    pipeline = pipeline_of(project, alice)
    engine = ScriptedEngine()
    controller = ExecutionController(lambda _: engine)
    services.set_preference(project, by=alice, name="executor-quota", value="1")
    runs = [run_of(pipeline, alice) for _ in range(4)]
    everyone_ends(engine, controller)
    keys = [key for key, _ in engine.starts]
    assert list(dict.fromkeys(keys)) == [run.build_key for run in runs]
    assert len(engine.starts) == len(set(engine.starts))
