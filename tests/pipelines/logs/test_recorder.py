from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from devops_platform.errors import Unavailable
from pipelines.logs.facts import LogFacts, facts_of, facts_path
from pipelines.logs.files import FileLogStore
from pipelines.logs.recorder import CATCHING_UP, Recorder
from pipelines.logs.times import RECORD, Moment, TimesReader, TimesWriter, packed, times_path, unpacked

LOG = PurePosixPath("p/1/0.1")


class World:
    """A store, a clock that moves a second with each look, and what viewers were told."""

    def __init__(self, store: FileLogStore) -> None:
        self.store = store
        self.told: list[tuple[int, bytes, bool]] = []
        self.size = 0
        self._seconds = iter(range(1000, 10_000))
        self.restart()

    def restart(self) -> None:
        self.recorder = Recorder(self.store, lambda _, *told: self.told.append(told), lambda: next(self._seconds))

    def write(self, data: bytes) -> None:
        at, self.size = self.size, self.store.append(LOG, data, at=self.size)
        self.recorder(LOG, at, data, False)

    def end(self) -> None:
        self.store.seal(LOG)
        self.recorder(LOG, self.size, b"", True)

    @property
    def moments(self) -> list[Moment]:
        return TimesReader(self.store, LOG).before(10**9)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(FileLogStore(tmp_path))


def test_the_time_is_that_of_the_bytes_and_kept_to_the_millisecond(world: World) -> None:
    world.write(b"one\n")
    world.write(b"two\n")
    assert world.moments == [Moment(0, 1_000_000), Moment(4, 1_001_000)]


def test_what_begins_no_line_needs_no_record(world: World) -> None:
    for piece in (b"10%", b"\r20%", b"\r30%\n", b"next\n"):
        world.write(piece)
    assert [moment.offset for moment in world.moments] == [0, 7, 12]


def test_viewers_hear_of_everything_and_after_it_is_recorded(world: World) -> None:
    world.write(b"one\n")
    world.end()
    assert world.told == [(0, b"one\n", False), (4, b"", True)]
    assert world.store.info(times_path(LOG)).sealed


def test_what_was_written_while_the_platform_was_down_is_marked_as_late(world: World) -> None:
    world.write(b"before\n")
    world.restart()
    for piece in (b"x" * CATCHING_UP + b"\n", b"y" * CATCHING_UP + b"\n", b"live\n", b"z" * CATCHING_UP + b"\n"):
        world.write(piece)
    assert [moment.late for moment in world.moments] == [False, True, True, False, False]


@pytest.mark.parametrize("torn", range(1, RECORD.size))
def test_a_record_that_a_crash_cut_short_is_passed_over(world: World, torn: int) -> None:
    world.write(b"one\n")
    world.store.append(times_path(LOG), packed(Moment(4, 1_763_820_000_000))[:torn], at=RECORD.size)
    world.restart()
    world.write(b"two\n")
    assert [moment.offset for moment in world.moments] == [0, 4]
    assert [moment.ms for moment in world.moments] == [1_000_000, 1_001_000]


@given(offsets=st.lists(st.integers(0, 2**53)), ms=st.integers(0, 2**50), late=st.booleans())
def test_moments_are_read_as_they_were_written(offsets: list[int], ms: int, *, late: bool) -> None:
    moments = [Moment(offset, ms, late) for offset in offsets]
    assert list(unpacked(b"".join(map(packed, moments)))) == moments


def test_a_reader_gives_each_moment_once_and_none_too_early(world: World) -> None:
    writer = TimesWriter(world.store, LOG)
    reader = TimesReader(world.store, LOG)
    assert reader.before(10) == []
    for offset in (0, 4, 9, 12):
        writer.note(Moment(offset, offset))
    given = [[moment.offset for moment in reader.before(end)] for end in (4, 10, 10, 100)]
    assert given == [[0], [4, 9], [], [12]]


class Down(FileLogStore):
    """Fails for everything that is beside a log."""

    @override
    def append(self, path: PurePosixPath, data: bytes, *, at: int) -> int:
        if path.suffix in {".times", ".facts"}:
            raise Unavailable("down")
        return super().append(path, data, at=at)


def test_what_cannot_be_recorded_holds_up_no_log(tmp_path: Path) -> None:
    world = World(Down(tmp_path))
    world.write(b"one\n")
    world.end()
    assert world.told == [(0, b"one\n", False), (4, b"", True)]


def test_the_facts_of_a_log_are_there_when_it_is_sealed(world: World) -> None:
    world.write(b"fine\nerr")
    world.write(b"or: it broke\nlast")
    world.end()
    assert world.store.info(facts_path(LOG)).sealed
    facts = facts_of(world.store, LOG)
    assert (facts.size, facts.lines) == (25, 3)
    assert facts.first_error is not None
    assert (facts.first_error.line, facts.first_error.offset, facts.first_error.text) == (2, 5, "error: it broke")


def test_a_restart_in_the_middle_costs_no_facts(world: World) -> None:
    world.write(b"error: early\n")
    world.restart()
    world.write(b"late\n")
    world.end()
    facts = facts_of(world.store, LOG)
    assert facts.first_error is not None
    assert (facts.lines, facts.first_error.line) == (2, 1)


def test_facts_that_a_crash_lost_or_cut_short_are_found_again(world: World) -> None:
    world.write(b"one\ntwo\n")
    world.store.seal(LOG)
    for lost in (b"", b'{"size": 8, "li'):
        if lost:
            world.store.remove(facts_path(LOG))
            world.store.append(facts_path(LOG), lost, at=0)
        assert facts_of(world.store, LOG) == LogFacts(size=8, lines=2, first_error=None)
        assert world.store.info(facts_path(LOG)).sealed


def test_facts_of_a_growing_log_are_those_so_far_and_not_kept(world: World) -> None:
    world.write(b"one\n")
    assert facts_of(world.store, LOG).lines == 1
    world.write(b"two\n")
    assert facts_of(world.store, LOG).lines == 2


def test_an_empty_log_has_no_lines(world: World) -> None:
    world.end()
    assert facts_of(world.store, LOG) == LogFacts(size=0, lines=0, first_error=None)
