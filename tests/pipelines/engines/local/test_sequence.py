from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.definition.messages import reason
from pipelines.definition.runplan import RunPlan, StagePlan, StepId, StepKind, StepPlan
from pipelines.engines.base import StepStatus
from pipelines.engines.local.sequence import decide, own_steps
from pipelines.states import State

PENDING = State.PENDING
WAITING, BUILDING, SUCCESS, FAILED, ABORTED, SKIPPED = (
    State(word) for word in ("Waiting", "Building", "Success", "Failed", "Aborted", "Skipped")
)
SKIP = reason("StageSkipped")


def plan(*sizes: int) -> RunPlan:
    """Stages A, B, … with that many steps each."""
    return RunPlan(
        stages=tuple(
            StagePlan(name=chr(ord("A") + index), steps=tuple(step() for _ in range(size)))
            for index, size in enumerate(sizes)
        )
    )


def step(*, skip: bool = False) -> StepPlan:
    return StepPlan(name="step", kind=StepKind.RUN_SCRIPT, script="true", skip=SKIP if skip else None)


def statuses(**states: State) -> dict[StepId, StepStatus]:
    """``s00=SUCCESS`` is step 0 of stage 0."""
    return {StepId(int(name[1]), int(name[2])): StepStatus(state) for name, state in states.items()}


def shown(found: Mapping[StepId, StepStatus]) -> list[str]:
    return [status.state.value for _, status in sorted(found.items())]


@pytest.mark.parametrize(
    ("found", "start", "states"),
    [
        pytest.param({}, ["0.0", "0.1"], ["Waiting"] * 4, id="the first stage starts at once, in parallel"),
        pytest.param(
            {"s00": SUCCESS, "s01": BUILDING},
            [],
            ["Success", "Building", "Waiting", "Waiting"],
            id="a stage waits for every step of the one before",
        ),
        pytest.param(
            {"s00": SUCCESS}, ["0.1"], ["Success"] + ["Waiting"] * 3, id="a crash between two starts is made up"
        ),
        pytest.param(
            {"s00": FAILED, "s01": BUILDING},
            [],
            ["Failed", "Building", "Waiting", "Waiting"],
            id="the siblings of a failed step run to their end",
        ),
        pytest.param(
            {"s00": FAILED, "s01": SUCCESS},
            [],
            ["Failed", "Success", "Skipped", "Skipped"],
            id="after a failed stage nothing is reached",
        ),
        pytest.param(
            {"s00": SUCCESS, "s01": SUCCESS}, ["1.0"], ["Success", "Success", "Waiting", "Waiting"], id="stages follow"
        ),
        pytest.param(
            {"s00": SUCCESS, "s01": SUCCESS, "s10": SUCCESS}, ["2.0"], ["Success"] * 3 + ["Waiting"], id="to the last"
        ),
    ],
)
def test_stages_run_in_sequence(found: dict[str, State], start: list[str], states: list[str]) -> None:
    decision = decide(plan(2, 1, 1), statuses(**found))
    assert [str(where) for where in decision.start] == start
    assert shown(decision.statuses) == states


def test_what_is_not_reached_names_the_stage_that_failed() -> None:
    decision = decide(plan(1, 1, 1), statuses(s00=FAILED))
    unreached = [status.reason for where, status in decision.statuses.items() if where.stage]
    assert unreached == [reason("NotReached", stage="A")] * 2


def test_what_waits_names_the_stage_that_runs() -> None:
    decision = decide(plan(1, 1, 1), statuses(s00=SUCCESS, s10=BUILDING))
    assert decision.statuses[StepId(2, 0)].reason == reason("WaitsForStage", stage="B")


def test_a_stopped_build_starts_nothing_more() -> None:
    decision = decide(plan(2, 1), statuses(s00=BUILDING), stopping=True)
    assert decision.start == ()
    assert shown(decision.statuses) == ["Building", "Skipped", "Skipped"]
    assert decision.statuses[StepId(0, 1)].reason == reason("NotReachedStopped")


def test_a_stop_after_a_failure_changes_no_reason() -> None:
    found = statuses(s00=FAILED)
    assert decide(plan(1, 1), found, stopping=True) == decide(plan(1, 1), found)


def test_carried_steps_stand_and_are_not_told() -> None:
    decision = decide(plan(1, 2), {}, carried=frozenset({StepId(0, 0), StepId(1, 0)}))
    assert decision.start == (StepId(1, 1),)
    assert set(decision.statuses) == {StepId(1, 1)}


def test_what_the_plan_skips_is_not_told() -> None:
    stages = (
        StagePlan(name="A", steps=(step(skip=True), step())),
        StagePlan(name="B", steps=(step(),), skip=SKIP),
        StagePlan(name="C", steps=(step(),)),
    )
    found = statuses(s01=SUCCESS)
    assert decide(RunPlan(stages=stages), found).start == (StepId(2, 0),)
    assert own_steps(RunPlan(stages=stages), frozenset()) == (StepId(0, 1), StepId(2, 0))
    assert own_steps(RunPlan(stages=stages, skip=SKIP), frozenset()) == ()


def test_a_build_without_steps_of_its_own_is_finished() -> None:
    assert decide(plan(1), {}, carried=frozenset({StepId(0, 0)})).statuses == {}


ASK = StepPlan(name="ask", kind=StepKind.APPROVAL)
ASKING = RunPlan(
    stages=(
        StagePlan(name="A", steps=(step(),)),
        StagePlan(name="B", steps=(ASK, step())),
        StagePlan(name="C", steps=(step(),)),
    )
)
WHY = reason("PausedBefore", stage="B")


@pytest.mark.parametrize(
    ("found", "answer", "start", "states"),
    [
        pytest.param({}, PENDING, ["0.0"], ["Waiting"] * 4, id="nobody is asked before the turn has come"),
        pytest.param(
            {"s00": SUCCESS}, PENDING, ["1.1"], ["Success", "Pending", "Waiting", "Waiting"], id="then the step asks"
        ),
        pytest.param(
            {"s00": SUCCESS, "s11": SUCCESS},
            PENDING,
            [],
            ["Success", "Pending", "Success", "Waiting"],
            id="the next stage waits for the answer",
        ),
        pytest.param(
            {"s00": SUCCESS, "s11": SUCCESS},
            SUCCESS,
            ["2.0"],
            ["Success", "Success", "Success", "Waiting"],
            id="and begins after it",
        ),
        pytest.param(
            {"s00": SUCCESS, "s11": BUILDING},
            FAILED,
            [],
            ["Success", "Failed", "Building", "Waiting"],
            id="after a refusal the siblings run to their end",
        ),
        pytest.param(
            {"s00": SUCCESS, "s11": SUCCESS},
            FAILED,
            [],
            ["Success", "Failed", "Success", "Skipped"],
            id="and nothing else is reached",
        ),
        pytest.param(
            {"s00": FAILED}, SUCCESS, [], ["Failed", "Skipped", "Skipped", "Skipped"], id="a failure asks nobody"
        ),
    ],
)
def test_an_approval_is_where_people_say(
    found: dict[str, State], answer: State, start: list[str], states: list[str]
) -> None:
    decision = decide(ASKING, statuses(**found), approvals=statuses(s10=answer))
    assert [str(where) for where in decision.start] == start
    assert shown(decision.statuses) == states


def test_a_held_stage_does_not_begin() -> None:
    decision = decide(plan(1, 2, 1), statuses(s00=SUCCESS), held={1: WHY, 2: WHY})
    assert decision.start == ()
    assert shown(decision.statuses) == ["Success", "Pending", "Pending", "Waiting"]
    assert decision.statuses[StepId(1, 0)].reason == WHY


@pytest.mark.parametrize(
    ("found", "stopping", "states"),
    [
        pytest.param({"s00": BUILDING}, False, ["Building", "Waiting"], id="what is not reached is not paused yet"),
        pytest.param({"s00": FAILED}, False, ["Failed", "Skipped"], id="nor what never will be"),
        pytest.param({"s00": SUCCESS}, True, ["Success", "Skipped"], id="nor what was stopped"),
        pytest.param({"s00": SUCCESS, "s10": BUILDING}, False, ["Success", "Building"], id="nor what has begun"),
    ],
)
def test_a_pause_changes_nothing_else(found: dict[str, State], *, stopping: bool, states: list[str]) -> None:
    assert shown(decide(plan(1, 1), statuses(**found), held={1: WHY}, stopping=stopping).statuses) == states


def test_a_stage_without_steps_of_its_own_holds_nothing_up() -> None:
    assert decide(plan(1, 1), {}, carried=frozenset({StepId(0, 0)}), held={0: WHY}).start == (StepId(1, 0),)


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=5).map(lambda found: plan(*found))


@given(run=sizes, ends=st.randoms(use_true_random=False), stop_after=st.none() | st.integers(0, 20))
def test_every_walk_ends_and_keeps_the_rules(run: RunPlan, ends: object, stop_after: int | None) -> None:
    """Whatever ends in whatever order: each step starts at most once, states only move on, the build finishes."""
    found: dict[StepId, StepStatus] = {}
    last: Mapping[StepId, StepStatus] = {}
    for turn in range(100):
        decision = decide(run, found, stopping=stop_after is not None and turn >= stop_after)
        assert not found.keys() & set(decision.start)
        assert len({where.stage for where in decision.start}) <= 1
        assert all(decision.statuses[where].state == last[where].state for where in last if last[where].state.finished)
        if all(status.state.finished for status in decision.statuses.values()):
            break
        last = decision.statuses
        found |= {where: StepStatus(BUILDING) for where in decision.start}
        running = sorted(where for where, status in found.items() if status.state == BUILDING)
        assert running
        found[ends.choice(running)] = StepStatus(ends.choice([SUCCESS, SUCCESS, FAILED]))  # type: ignore[attr-defined]
    else:
        pytest.fail("the build never ended")
    broken = [where.stage for where, status in found.items() if status.state == FAILED]
    assert all(where.stage <= min(broken, default=99) for where in found)
