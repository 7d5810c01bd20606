"""Who may answer, when an approval is over, and which stages may not begin."""

from datetime import UTC, datetime, timedelta

import pytest

from devops_platform.projects.roles import Role
from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import RunPlan, StagePlan, StepId, StepKind, StepPlan
from pipelines.engines.base import StepStatus
from pipelines.gates import Question, Vote, approvals, can_pause, held, next_expiry, questions, waits_for_people
from pipelines.states import State
from pipelines.status import initial, observed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SCRIPT = StepPlan(name="test", kind=StepKind.RUN_SCRIPT)
ASK = StepPlan(name="sign-off", kind=StepKind.APPROVAL, config={"approvers": ["alice"], "expiry": 30})
PLAN = RunPlan(
    stages=(
        StagePlan(name="Test", steps=(SCRIPT,)),
        StagePlan(name="Release", steps=(ASK,)),
        StagePlan(name="Deploy", steps=(SCRIPT,), pause_before=True),
    )
)
SIGN_OFF = StepId(1, 0)
FRESH = {**initial(PLAN, attempt=1, carried={}), "executionState": "Waiting"}  # as it is once it has a slot
RUNS = observed(FRESH, PLAN, {StepId(0, 0): StepStatus(State.BUILDING, NOON)}, attempt=1)
TESTED = {StepId(0, 0): StepStatus(State.SUCCESS, NOON, NOON)}
ASKS = observed(FRESH, PLAN, {**TESTED, SIGN_OFF: StepStatus(State.PENDING, NOON)}, attempt=1)
AGREED = observed(FRESH, PLAN, {**TESTED, SIGN_OFF: StepStatus(State.SUCCESS, NOON, NOON)}, attempt=1)
PAUSE = {"by": "bob", "at": ""}


def question(*approvers: str, required: int = 1) -> Question:
    return Question(approvers, required, "", 30 * MINUTE)


def vote(user: str, *, after: int = 1, approve: bool = True, comment: str = "") -> Vote:
    return Vote(user, approve, comment, NOON + after * MINUTE)


@pytest.mark.parametrize(
    ("approvers", "user", "role", "asked"),
    [
        pytest.param((), "bob", Role.MEMBER, True, id="nobody named means any member"),
        pytest.param(("alice", "bob"), "bob", Role.MEMBER, True, id="who is named"),
        pytest.param(("alice",), "bob", Role.OWNER, False, id="who is not named, owner or not"),
        pytest.param(("owner",), "alice", Role.OWNER, True, id="who has the role that is named"),
        pytest.param(("owner",), "bob", Role.MEMBER, False, id="who has a lesser role"),
        pytest.param(("member",), "alice", Role.OWNER, True, id="member means everybody who may run"),
        pytest.param(("owner",), "owner", Role.MEMBER, False, id="who is called like a role has not got it"),
    ],
)
def test_who_is_asked(approvers: tuple[str, ...], user: str, role: Role, *, asked: bool) -> None:
    assert question(*approvers).asks(user, role) is asked


@pytest.mark.parametrize(
    ("required", "votes", "minutes", "state", "why"),
    [
        pytest.param(
            1, (), 1, "Pending", reason("ApprovalAwaitedOfAnyone", given=0, required=1), id="it waits for the first"
        ),
        pytest.param(1, (vote("al"),), 1, "Success", reason("ApprovedBy", users=["al"]), id="one is enough"),
        pytest.param(
            2, (vote("al"),), 1, "Pending", reason("ApprovalAwaitedOfAnyone", given=1, required=2), id="one of two"
        ),
        pytest.param(
            2, (vote("al"), vote("bo")), 1, "Success", reason("ApprovedBy", users=["al", "bo"]), id="two of two"
        ),
        pytest.param(
            2,
            (vote("al"), vote("bo", approve=False, comment="not yet")),
            2,
            "Failed",
            reason("RejectedBecause", user="bo", comment="not yet"),
            id="one who rejects is enough",
        ),
        pytest.param(
            1,
            (vote("al"), vote("bo", approve=False)),
            2,
            "Success",
            reason("ApprovedBy", users=["al"]),
            id="after the last approval nothing counts",
        ),
        pytest.param(
            2,
            (vote("al"),),
            30,
            "Failed",
            reason("ApprovalExpired", minutes=30, given=1, required=2),
            id="too few in time",
        ),
        pytest.param(
            1,
            (vote("al", after=30),),
            31,
            "Failed",
            reason("ApprovalExpired", minutes=30, given=0, required=1),
            id="too late",
        ),
        pytest.param(
            1, (vote("al"),), 60, "Success", reason("ApprovedBy", users=["al"]), id="in time, though seen late"
        ),
    ],
)
def test_where_an_approval_stands(
    required: int, votes: tuple[Vote, ...], minutes: int, state: str, why: Reason
) -> None:
    status = question(required=required).status(votes, asked=NOON, now=NOON + minutes * MINUTE)
    assert (status.state.value, status.reason, status.started) == (state, why, NOON)
    assert (status.ended is not None) == status.state.finished


def test_without_an_expiry_of_its_own_an_approval_has_as_long_as_the_run() -> None:
    plan = RunPlan(stages=(StagePlan(name="A", steps=(StepPlan(name="ask", kind=StepKind.APPROVAL),)),), timeout=90)
    assert questions(plan)[StepId(0, 0)].expiry == 90 * MINUTE


def test_an_approval_is_asked_for_when_its_turn_is_first_recorded() -> None:
    later = NOON + 5 * MINUTE
    assert approvals(PLAN, FRESH, {}, stop=None, now=later)[SIGN_OFF].started == later
    assert approvals(PLAN, ASKS, {}, stop=None, now=later)[SIGN_OFF].started == NOON
    assert next_expiry(PLAN, FRESH) is None
    assert next_expiry(PLAN, ASKS) == NOON + 30 * MINUTE


def test_a_stop_cuts_off_what_is_asked_and_keeps_the_rest_from_asking() -> None:
    stopped = approvals(PLAN, ASKS, {}, stop=NOON + MINUTE, now=NOON + 2 * MINUTE)
    assert stopped == {SIGN_OFF: StepStatus(State.ABORTED, NOON, NOON + MINUTE)}
    assert approvals(PLAN, RUNS, {}, stop=NOON, now=NOON) == {}


def test_an_answer_that_came_before_the_stop_stands() -> None:
    votes = {SIGN_OFF: [vote("alice")]}
    assert approvals(PLAN, ASKS, votes, stop=NOON + 2 * MINUTE, now=NOON + 2 * MINUTE)[SIGN_OFF].state is State.SUCCESS


def test_a_recorded_end_stands_whatever_the_clock_says() -> None:
    assert approvals(PLAN, AGREED, {}, stop=None, now=NOON + 99 * MINUTE)[SIGN_OFF].state is State.SUCCESS


def test_a_pause_holds_every_stage_that_has_not_begun() -> None:
    assert set(held(PLAN, RUNS, pause=PAUSE, passed=())) == {1, 2}
    assert set(held(PLAN, ASKS, pause=PAUSE, passed=())) == {2}


def test_the_file_holds_a_stage_until_somebody_lets_it_begin() -> None:
    assert held(PLAN, FRESH, pause=None, passed=()) == {2: reason("PausedBefore", stage="Deploy")}
    assert held(PLAN, FRESH, pause=None, passed=[2]) == {}
    assert held(PLAN, FRESH, pause=PAUSE, passed=[2])[2] == reason("PausedBy", user="bob", stage="Deploy")


def test_a_run_whose_last_stage_has_begun_cannot_be_paused() -> None:
    last = observed(AGREED, PLAN, {StepId(2, 0): StepStatus(State.BUILDING, NOON)}, attempt=1)
    assert can_pause(AGREED)
    assert not can_pause(last)


def test_a_run_waits_for_people_when_nothing_of_it_runs() -> None:
    assert waits_for_people(ASKS)
    assert not waits_for_people(RUNS)
    beside = RunPlan(stages=(StagePlan(name="Both", steps=(SCRIPT, ASK)),))
    seen = {StepId(0, 0): StepStatus(State.BUILDING, NOON), StepId(0, 1): StepStatus(State.PENDING, NOON)}
    assert not waits_for_people(observed(initial(beside, attempt=1, carried={}), beside, seen, attempt=1))


def test_a_run_that_waits_for_people_says_for_whom() -> None:
    why = reason("ApprovalAwaited", approvers=["alice"], given=0, required=1)
    waits = observed(FRESH, PLAN, {**TESTED, SIGN_OFF: StepStatus(State.PENDING, NOON, reason=why)}, attempt=1)
    assert waits["executionState"] == "Pending"
    assert waits["reason"] == waits["stages"][1]["reason"] == why.model_dump(mode="json")
    assert "reason" not in observed(waits, PLAN, {SIGN_OFF: StepStatus(State.SUCCESS, NOON, NOON)}, attempt=1)
