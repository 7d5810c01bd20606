"""What happens next to a run, row by row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controllers.execution.plan import PATIENCE, STOPPING, AskToStop, Decision, Facts, Finish, GoOn, plan
from pipelines.definition.messages import reason
from pipelines.states import State

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BY_BOB = reason("StoppedBy", user="bob")
STOP = {"by": "bob", "state": "Aborted", "reason": BY_BOB.model_dump(mode="json")}
EXIT = reason("ExitCode", code=1)
TOO_LONG = reason("RunDeadline", minutes=60)


def stage(*states: State, why: Any = None, code: str = "") -> dict[str, Any]:
    steps = [{"state": state.value, **({"reason": {"code": code}} if code else {})} for state in states]
    made: dict[str, Any] = {"state": states[-1].value, "steps": steps}
    return made | ({"reason": why.model_dump(mode="json")} if why else {})


def facts(**changes: Any) -> Facts:
    usual: dict[str, Any] = {
        "state": State.BUILDING,
        "stages": (stage(State.BUILDING),),
        "stop": None,
        "gone": False,
        "deadline": NOW + timedelta(hours=1),
        "limit": 60,
    }
    return Facts(**usual | changes)


ROWS = [
    pytest.param(facts(), GoOn(PATIENCE), id="a run under way is looked at again"),
    pytest.param(facts(state=State.WAITING, deadline=None), GoOn(PATIENCE), id="a run not begun has no deadline"),
    pytest.param(
        facts(deadline=NOW + timedelta(seconds=3)), GoOn(timedelta(seconds=3)), id="a near deadline is not overslept"
    ),
    pytest.param(
        facts(state=State.PENDING, deadline=None, expires=NOW + timedelta(seconds=3)),
        GoOn(timedelta(seconds=3)),
        id="an approval that is about to expire is not overslept",
    ),
    pytest.param(facts(deadline=NOW), AskToStop(State.FAILED, TOO_LONG), id="a run past its deadline is stopped"),
    pytest.param(
        facts(state=State.SUCCESS, stages=(stage(State.SUCCESS),)),
        Finish(State.SUCCESS, None),
        id="success needs no reason",
    ),
    pytest.param(
        facts(state=State.FAILED, stages=(stage(State.SUCCESS), stage(State.FAILED, why=EXIT))),
        Finish(State.FAILED, EXIT),
        id="a failed run says why its first failed stage did",
    ),
    pytest.param(
        facts(state=State.SUCCESS, stages=(stage(State.SUCCESS),), deadline=NOW - timedelta(minutes=1)),
        Finish(State.SUCCESS, None),
        id="a result that is there outweighs a deadline that has passed",
    ),
    pytest.param(facts(stop=STOP), GoOn(STOPPING), id="a stop is asked about until nothing is alive"),
    pytest.param(facts(stop=STOP, gone=True), Finish(State.ABORTED, BY_BOB), id="a stopped run names who stopped it"),
    pytest.param(
        facts(stop=STOP, gone=True, state=State.SUCCESS, stages=(stage(State.SUCCESS),)),
        Finish(State.SUCCESS, None),
        id="success that came before the stop took effect stands",
    ),
    pytest.param(
        facts(stop=STOP, gone=True, state=State.ABORTED, stages=(stage(State.SUCCESS, State.ABORTED),)),
        Finish(State.ABORTED, BY_BOB),
        id="a stop that cut a step off names who stopped it",
    ),
    pytest.param(
        facts(
            stop=STOP,
            gone=True,
            state=State.SUCCESS,
            stages=(stage(State.SUCCESS), stage(State.SKIPPED, code="NotReachedStopped")),
        ),
        Finish(State.ABORTED, BY_BOB),
        id="a stop between two stages is an abort although every begun step succeeded",
    ),
    pytest.param(
        facts(stop=STOP, deadline=NOW - timedelta(minutes=1)), GoOn(STOPPING), id="a stop is not asked for twice"
    ),
    pytest.param(
        facts(
            stop={**STOP, "state": "Failed", "reason": TOO_LONG.model_dump(mode="json")},
            gone=True,
            state=State.ABORTED,
            stages=(stage(State.ABORTED),),
        ),
        Finish(State.FAILED, TOO_LONG),
        id="a run stopped by its deadline has failed",
    ),
]


@pytest.mark.parametrize(("known", "decision"), ROWS)
def test_what_happens_next(known: Facts, decision: Decision) -> None:
    assert plan(known, NOW) == decision
