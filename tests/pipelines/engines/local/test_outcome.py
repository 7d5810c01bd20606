from datetime import UTC, datetime, timedelta

import pytest

from pipelines.definition.messages import Reason, reason
from pipelines.engines.base import StepStatus
from pipelines.engines.local.outcome import Facts, status
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


def test_a_step_without_files_was_never_started() -> None:
    assert status(Facts(alive=False)) is None


def test_times_are_those_of_the_files() -> None:
    assert status(ended(0)) == StepStatus(State.SUCCESS, started=START, ended=END, exit_code=0)
