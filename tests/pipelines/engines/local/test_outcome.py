from datetime import UTC, datetime, timedelta

import pytest

from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import RetryPlan
from pipelines.engines.base import StepStatus
from pipelines.engines.local.outcome import Facts, status, tried
from pipelines.states import State

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(minutes=10)
LIMIT = timedelta(minutes=10)
NOTE = reason("ImageIgnored", image="python:3.12")


def ended(code: int | None, *, after: timedelta = LIMIT, stopped: bool = False) -> Facts:
    return Facts(alive=False, started=START, ended=START + after, exit_code=code, stopped=stopped)


@pytest.mark.parametrize(
    ("facts", "state", "why"),
    [
        pytest.param(Facts(alive=True), State.BUILDING, None, id="a supervisor that has not begun is alive"),
        pytest.param(Facts(alive=True, started=START), State.BUILDING, None, id="who holds the lock is alive"),
        pytest.param(
            Facts(alive=True, started=START, ended=END, exit_code=0),
            State.BUILDING,
            None,
            id="an exit status counts once everything else is dead",
        ),
        pytest.param(ended(0), State.SUCCESS, None, id="zero is success"),
        pytest.param(ended(3), State.FAILED, reason("ExitCode", code=3), id="another status is failure"),
        pytest.param(ended(None), State.FAILED, reason("StepLost"), id="no status and no lock is a lost step"),
        pytest.param(ended(139), State.FAILED, reason("Killed", signal="SIGSEGV"), id="a signal has its name"),
        pytest.param(ended(255), State.FAILED, reason("ExitCode", code=255), id="no signal has this number"),
        pytest.param(
            ended(124), State.FAILED, reason("StepDeadline", minutes=10), id="the limit, and it ended by itself"
        ),
        pytest.param(ended(137), State.FAILED, reason("StepDeadline", minutes=10), id="the limit, and it was killed"),
        pytest.param(
            ended(124, after=timedelta(minutes=1)), State.FAILED, reason("ExitCode", code=124), id="124 of its own"
        ),
        pytest.param(
            ended(0, stopped=True), State.ABORTED, None, id="who was asked to end is aborted, however it ends"
        ),
        pytest.param(ended(None, stopped=True), State.ABORTED, None, id="also when it was killed before it could tell"),
        pytest.param(
            Facts(alive=False, refused=reason("CannotStart", error="no"), refused_at=END),
            State.FAILED,
            reason("CannotStart", error="no"),
            id="what could not be started failed",
        ),
    ],
)
def test_files_tell_the_state(facts: Facts, state: State, why: Reason | None) -> None:
    found = status(facts, limit=LIMIT, note=NOTE)
    assert found is not None
    assert (found.state, found.reason) == (state, why)
    assert found.note == (None if facts.refused else NOTE)


def test_who_had_to_be_killed_says_so_unless_it_ended_by_itself_after_all() -> None:
    killed = Facts(alive=False, started=START, ended=END, exit_code=137, stopped=True, killed=True)
    ended_first = Facts(alive=False, started=START, ended=END, exit_code=0, stopped=True, killed=True)
    assert status(killed) == StepStatus(State.ABORTED, START, END, reason("KilledAfterGrace"), exit_code=137)
    assert status(ended_first) == StepStatus(State.ABORTED, START, END, exit_code=0)


RETRY = RetryPlan(max=2, backoff=30)
FAILED = StepStatus(State.FAILED, START, END, reason("ExitCode", code=1), exit_code=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("tries", "after", "stopping", "state", "start", "due"),
    [
        pytest.param(1, 0, False, "Building", 0, 30, id="the first wait is the back-off"),
        pytest.param(1, 29, False, "Building", 0, 30, id="until it is over"),
        pytest.param(1, 30, False, "Building", 2, None, id="then the second try begins"),
        pytest.param(2, 59, False, "Building", 0, 60, id="the second wait is twice as long"),
        pytest.param(2, 60, False, "Building", 3, None, id="then the third try begins"),
        pytest.param(3, 99, False, "Failed", 0, None, id="no try is left"),
        pytest.param(1, -1, False, "Building", 2, None, id="a clock that was set back keeps nobody waiting"),
        pytest.param(1, 5, True, "Aborted", 0, None, id="a stop between two tries cuts the step off"),
        pytest.param(3, 5, True, "Failed", 0, None, id="a stop after the last try changes nothing"),
    ],
)
def test_a_failed_try_is_followed_by_another(
    tries: int, after: int, *, stopping: bool, state: str, start: int, due: int | None
) -> None:
    found = tried([FAILED] * tries, RETRY, refused=False, stopping=stopping, now=END + after * SECOND)
    assert (found.status.state.value, found.start) == (state, start)
    assert found.due == (None if due is None else END + due * SECOND)
    assert found.over == found.status.state.finished


@pytest.mark.parametrize(
    ("last", "refused"),
    [
        pytest.param(StepStatus(State.SUCCESS, START, END), False, id="success"),
        pytest.param(StepStatus(State.ABORTED, START, END), False, id="what was stopped"),
        pytest.param(StepStatus(State.FAILED, END, END, reason("CannotStart", error="no")), True, id="refused"),
    ],
)
def test_only_a_real_failure_is_tried_again(last: StepStatus, *, refused: bool) -> None:
    found = tried([last], RETRY, refused=refused, stopping=False, now=END)
    assert (found.status, found.start, found.due, found.over) == (last, 0, None, True)


def test_a_step_tells_of_its_earlier_tries() -> None:
    again = StepStatus(State.SUCCESS, END, END + SECOND, exit_code=0)
    found = tried([FAILED, again], RETRY, refused=False, stopping=False, now=END)
    assert found.status == StepStatus(State.SUCCESS, START, END + SECOND, exit_code=0, tries=(FAILED,))


def test_a_step_without_files_was_never_started() -> None:
    assert status(Facts(alive=False)) is None


def test_times_are_those_of_the_files() -> None:
    assert status(ended(0)) == StepStatus(State.SUCCESS, started=START, ended=END, exit_code=0)
