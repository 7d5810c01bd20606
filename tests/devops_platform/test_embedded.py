"""Celery in this process, with an application of its own: really sent, really executed."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state, current_app
from kombu import Connection

from devops_platform.broker import Bell
from devops_platform.celery import app as platform_app
from devops_platform.embedded import THREADS, EmbeddedCelery
from devops_platform.errors import Conflict

PATIENCE = 10  # seconds after which something never happens


def task_of(app: Celery, name: str, do: Callable[..., object]) -> Any:
    """A task that does this; Celery takes neither lambdas nor bound methods."""

    def run(*args: Any) -> None:
        do(*args)

    return app.task(name=name, shared=False)(run)


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("tests", broker="inprocess://localhost", set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_timer_precision=0.1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        task_default_queue=f"tests-{id(app)}",
    )
    before = _state.default_app
    app.set_default()  # pool threads look their tasks up there
    yield app
    _state.set_default_app(before)
    app.close()


@pytest.fixture
def embedded(app: Celery, tmp_path: Path) -> Iterator[EmbeddedCelery]:
    embedded = EmbeddedCelery(app, lock=tmp_path / "lock")
    yield embedded
    assert embedded.stop(within=PATIENCE)


def test_a_task_starts_within_moments_of_being_sent(app: Celery, embedded: EmbeddedCelery) -> None:
    started: queue.Queue[float] = queue.Queue()
    task = task_of(app, "stamp", lambda: started.put(time.perf_counter()))
    embedded.start()
    task.delay()
    started.get(timeout=PATIENCE)
    delays = []
    for _ in range(50):
        sent = time.perf_counter()
        task.delay()
        delays.append(started.get(timeout=PATIENCE) - sent)
    assert sorted(delays)[25] < 0.025  # polling would take 0.5 s


def test_a_burst_from_many_threads_is_executed_whole(app: Celery, embedded: EmbeddedCelery) -> None:
    done: queue.Queue[int] = queue.Queue()
    task = task_of(app, "note", done.put)
    embedded.start()

    def send(first: int) -> None:
        for number in range(first, first + 50):
            task.delay(number)

    senders = [threading.Thread(target=send, args=(first,)) for first in range(0, 400, 50)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(done.get(timeout=PATIENCE) for _ in range(400)) == list(range(400))


def test_as_many_tasks_run_at_once_as_there_are_threads(app: Celery, embedded: EmbeddedCelery) -> None:
    together = threading.Barrier(THREADS + 1)
    task = task_of(app, "meet", lambda: together.wait(PATIENCE))
    embedded.start()
    for _ in range(THREADS):
        task.delay()
    together.wait(PATIENCE)


def test_a_delayed_task_starts_when_its_time_has_come(app: Celery, embedded: EmbeddedCelery) -> None:
    started: queue.Queue[float] = queue.Queue()
    task = task_of(app, "stamp", lambda: started.put(time.perf_counter()))
    embedded.start()
    sent = time.perf_counter()
    task.apply_async(countdown=0.3)
    assert 0.25 < started.get(timeout=PATIENCE) - sent < 2


def test_the_beat_ticks(app: Celery, embedded: EmbeddedCelery) -> None:
    ticks: queue.Queue[float] = queue.Queue()
    task_of(app, "tick", lambda: ticks.put(time.perf_counter()))
    app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 0.1}}
    embedded.start()
    times = [ticks.get(timeout=PATIENCE) for _ in range(4)]
    assert times[3] - times[0] > 0.2


def test_a_failing_task_harms_no_other(app: Celery, embedded: EmbeddedCelery) -> None:
    done = threading.Event()

    def fail() -> None:
        raise RuntimeError("on purpose")

    failing, task = task_of(app, "fail", fail), task_of(app, "after", done.set)
    embedded.start()
    for _ in range(3 * THREADS):
        failing.delay()
    task.delay()
    assert done.wait(PATIENCE)


def test_a_second_start_is_refused(app: Celery, embedded: EmbeddedCelery, tmp_path: Path) -> None:
    embedded.start()
    for other in (embedded, EmbeddedCelery(app, lock=tmp_path / "lock")):
        with pytest.raises(Conflict):
            other.start()


def test_what_was_stopped_may_start_again(app: Celery, embedded: EmbeddedCelery) -> None:
    done: queue.Queue[int] = queue.Queue()
    task = task_of(app, "note", done.put)
    for number in range(2):
        embedded.start()
        task.delay(number)
        assert done.get(timeout=PATIENCE) == number
        assert embedded.stop(within=PATIENCE)


def test_stop_waits_no_longer_than_told_for_a_task_that_goes_on(app: Celery, embedded: EmbeddedCelery) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(PATIENCE)

    task = task_of(app, "work", work)
    embedded.start()
    task.delay()
    assert begun.wait(PATIENCE)
    before = time.monotonic()
    assert not embedded.stop(within=0.3)
    assert time.monotonic() - before < 2
    may_end.set()


def test_every_thread_sends_through_the_platform_s_application() -> None:
    found: queue.Queue[object] = queue.Queue()
    thread = threading.Thread(target=lambda: found.put(current_app._get_current_object()))  # noqa: SLF001  # a proxy
    thread.start()
    thread.join()
    assert found.get_nowait() is platform_app


def test_a_ring_between_look_and_wait_is_heard() -> None:
    bell = Bell()
    heard = bell.rings
    bell.ring()
    bell.wait(heard, timeout=None)


def test_queues_made_at_once_by_many_threads_are_one() -> None:
    with Connection("inprocess://localhost") as connection:
        channel = connection.channel()
        start = threading.Barrier(8)
        found: queue.Queue[tuple[int, int]] = queue.Queue()

        def look() -> None:
            start.wait()
            for number in range(200):
                found.put((number, id(channel._queue_for(f"race-{number}"))))  # noqa: SLF001  # kombu's name for it

        threads = [threading.Thread(target=look) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({found.get_nowait() for _ in range(1600)}) == 200
