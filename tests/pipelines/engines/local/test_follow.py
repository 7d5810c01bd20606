from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from devops_platform.errors import Missing, Unavailable
from pipelines.definition.runplan import StepId
from pipelines.engines.base import Source
from pipelines.engines.local.engine import LocalEngine
from pipelines.engines.local.files import BuildFiles, StepFiles
from pipelines.engines.local.follow import CHUNK, Follower, Tail
from pipelines.logs.base import LogInfo, LogStore
from pipelines.logs.files import FileLogStore
from tests.contracts.engine import LOGS, Wire, build, finish, script, states, until

LOG = LOGS / "0.0"


class Failing(FileLogStore):
    """A real store that is down whenever ``down`` says so; a call may have arrived although its answer did not."""

    def __init__(self, root: Path, down: Iterator[str]) -> None:
        super().__init__(root)
        self.down = down

    @override
    def append(self, path: PurePosixPath, data: bytes, *, at: int) -> int:
        match next(self.down):
            case "before":
                raise Unavailable("down")
            case "half":
                super().append(path, data[: len(data) // 2], at=at)
                raise Unavailable("no answer")
            case "after":
                super().append(path, data, at=at)
                raise Unavailable("no answer")
        return super().append(path, data, at=at)

    @override
    def seal(self, path: PurePosixPath) -> None:
        if next(self.down) == "before":
            raise Unavailable("down")
        super().seal(path)

    @override
    def info(self, path: PurePosixPath) -> LogInfo:
        if next(self.down) == "before":
            raise Unavailable("down")
        return super().info(path)


class InMemory:
    """Just enough of a store to see what a tail does."""

    def __init__(self, size: int = 0, data: bytes = b"") -> None:
        self.data = data[:size]
        self.sealed = False

    def info(self, path: PurePosixPath) -> LogInfo:
        return LogInfo(len(self.data), self.sealed)

    def append(self, path: PurePosixPath, data: bytes, *, at: int) -> int:
        assert at == len(self.data)
        self.data += data
        return len(self.data)

    def seal(self, path: PurePosixPath) -> None:
        self.sealed = True


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> StepFiles:
    """A step that has ended."""
    files = BuildFiles(tmp_path_factory.mktemp("engine"), "run-1")
    files.prepare()
    found = files.step(StepId(0, 0))
    with found.taken():
        found.mark("started")
    return found


@given(
    raw=st.lists(st.sampled_from([b"token", b"to", b"ken", b"x", b"\n"]), max_size=50).map(b"".join),
    had=st.integers(0, 300),
    big=st.booleans(),
)
def test_a_log_is_taken_up_where_the_store_has_it(step: StepFiles, raw: bytes, had: int, *, big: bool) -> None:
    raw = raw + b"y" * (CHUNK - len(raw) + 3) + b"token" if big else raw
    step.output.write_bytes(raw)
    (step.directory / "sealed").unlink(missing_ok=True)
    expected = raw.replace(b"token", b"***")
    store = InMemory(min(had, len(expected)), expected)
    wire = Wire()
    tail = Tail(step, LOG, ["token"])
    while not step.sealed:
        tail.carry(store, wire.publish)  # type: ignore[arg-type]
    tail.close()
    assert store.sealed
    assert store.data == expected
    sent = b"".join(data for _, data, _ in wire.frames[LOG])
    assert sent == expected[min(had, len(expected)) :]


def no_sources(source: Source) -> None:
    raise Missing(source.url)


def engine(root: Path, store: LogStore, wire: Wire) -> LocalEngine:
    return LocalEngine(
        root,
        store,
        checkout=no_sources,  # type: ignore[arg-type]  # there is no such step
        publish=wire.publish,
        nudge=wire.nudge,
    )


@pytest.mark.parametrize("how", ["before", "half", "after"])
def test_a_store_that_fails_now_and_then_loses_and_doubles_nothing(tmp_path: Path, how: str) -> None:
    wire = Wire()
    store = Failing(tmp_path / "logs", chain(["", how, "", how], repeat("")))
    steps = finish(engine(tmp_path / "engine", store, wire), wire, build((script("seq 20000"),)))
    assert states(steps) == ["Success"]
    assert store.read(LOG, limit=10**6) == "".join(f"{number}\n" for number in range(1, 20_001)).encode()


def test_a_store_that_is_down_holds_up_no_run_and_gets_the_log_later(tmp_path: Path) -> None:
    wire = Wire()
    down = [True]
    store = Failing(tmp_path / "logs", ("before" if down[0] else "" for _ in repeat(None)))
    local = engine(tmp_path / "engine", store, wire)
    steps = finish(local, wire, build((script("echo kept"),), (script("true"),)))
    assert states(steps) == ["Success", "Success"]
    down[0] = False
    until(lambda: local.advance(build((script("echo kept"),), (script("true"),))).finished and sealed(store))
    assert store.read(LOG, limit=100) == b"kept\n"


def sealed(store: LogStore) -> bool:
    try:
        return store.info(LOG).sealed
    except Missing:
        return False


def test_two_processes_never_follow_the_same_build(tmp_path: Path) -> None:
    files = BuildFiles(tmp_path, "run-1")
    files.prepare()
    right = files.take_follower()
    assert right is not None
    assert files.take_follower() is None


def test_a_build_is_nudged_when_it_asked_to_be(tmp_path: Path) -> None:
    wire = Wire()
    Follower(FileLogStore(tmp_path), wire.publish, wire.nudge).remind("run-1", timedelta(milliseconds=1))
    until(wire.nudged.is_set)


def test_the_end_of_a_watched_try_is_told_once_whoever_started_it(tmp_path: Path, step: StepFiles) -> None:
    told: list[str] = []
    follower = Follower(FileLogStore(tmp_path), Wire().publish, told.append)
    with step.taken():
        follower.watch("run-1", step)
        follower.watch("run-1", step)
        assert told == []
    until(lambda: told == ["run-1"])
