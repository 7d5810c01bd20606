"""A run that waits for people, pass by pass: who is told what, and whose clock runs."""

from datetime import datetime, timedelta

import pytest

from controllers.execution.controller import ExecutionController
from devops_platform.projects.models import User
from pipelines import services, steering
from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepId
from pipelines.models import Attempt, Execution, Pipeline
from pipelines.states import State
from pipelines.status import moment
from tests.fakes.engine import ScriptedEngine
from tests.worlds import WITH_APPROVAL, run_of

CLONE, SIGN_OFF, DEPLOY = StepId(0, 0), StepId(1, 0), StepId(2, 0)
PAUSING = f"{WITH_APPROVAL}    pauseBefore: true\n"
HOUR = timedelta(hours=1)


class Passes:
    """One run under the controller, with every pass made by hand."""

    def __init__(self, run: Execution) -> None:
        self.engine = ScriptedEngine()
        self.controller = ExecutionController(lambda _: self.engine)
        self.key = run.uid
        self.go()

    @property
    def run(self) -> Execution:
        return Execution.objects.get(uid=self.key)

    def go(self) -> Execution:
        for _ in range(3):
            self.controller.reconcile(str(self.key))
        return self.run

    def end(self, where: StepId, state: State = State.SUCCESS) -> Execution:
        self.engine.end(self.run.build_key, where, state)
        return self.go()

    def states(self) -> list[str]:
        return [step["state"] for stage in self.run.status["stages"] for step in stage["steps"]]


@pytest.fixture
def passes(pipeline: Pipeline, alice: User) -> Passes:
    """A run that waits for approval."""
    made = Passes(run_of(pipeline, alice, file=WITH_APPROVAL))
    made.end(CLONE)
    return made


def earlier(run: Execution, by: timedelta) -> None:
    """As if the run had been asking, and standing still, for longer."""
    stages = run.status["stages"]
    asked = moment(stages[1]["steps"][0]["started"])
    assert asked is not None
    stages[1]["steps"][0]["started"] = (asked - by).isoformat()
    run.write(status={**run.status, "stages": stages}, waiting_since=run.waiting_since and run.waiting_since - by)


def test_a_run_waits_for_approval_and_goes_on_after_it(passes: Passes, alice: User) -> None:
    assert passes.states() == ["Success", "Pending", "Waiting"]
    assert passes.run.status["reason"]["code"] == "ApprovalAwaitedOfAnyone"
    steering.answer(passes.run, by=alice, step="1.0", approve=True)
    assert passes.go().phase is State.BUILDING
    assert passes.states() == ["Success", "Success", "Building"]
    assert passes.end(DEPLOY).phase is State.SUCCESS


def test_a_rejected_run_has_failed_and_says_by_whom(passes: Passes, alice: User) -> None:
    steering.answer(passes.run, by=alice, step="1.0", approve=False, comment="not today")
    assert passes.go().phase is State.FAILED
    why = reason("RejectedBecause", user="alice", comment="not today")
    assert passes.run.status["stages"][1]["steps"][0]["reason"] == why.model_dump(mode="json")
    assert passes.states() == ["Success", "Failed", "Skipped"]


def test_an_approval_that_nobody_gives_expires(passes: Passes) -> None:
    earlier(passes.run, HOUR)
    assert passes.go().phase is State.FAILED
    assert passes.run.status["stages"][1]["steps"][0]["reason"]["code"] == "ApprovalExpired"


def test_the_clock_of_a_run_stands_while_it_waits_for_people(passes: Passes, alice: User) -> None:
    assert passes.run.deadline is None
    earlier(passes.run, HOUR - timedelta(minutes=1))
    steering.answer(passes.run, by=alice, step="1.0", approve=True)
    run = passes.go()
    assert run.started is not None
    assert run.deadline is not None
    assert timedelta(minutes=118) < run.deadline - run.started < timedelta(minutes=121)


def test_a_stop_while_it_waits_is_an_abort(passes: Passes, alice: User) -> None:
    services.stop_run(passes.run, by=alice)
    assert passes.go().phase is State.ABORTED
    assert passes.states() == ["Success", "Aborted", "Skipped"]


def test_a_stage_of_the_file_waits_until_somebody_lets_it_begin(pipeline: Pipeline, alice: User, bob: User) -> None:
    passes = Passes(run_of(pipeline, alice, file=PAUSING))
    passes.end(CLONE)
    steering.answer(passes.run, by=alice, step="1.0", approve=True)
    assert passes.go().status["reason"] == reason("PausedBefore", stage="Deploy").model_dump(mode="json")
    assert passes.states() == ["Success", "Success", "Pending"]
    steering.resume(passes.run, by=bob)
    passes.go()
    assert passes.states() == ["Success", "Success", "Building"]


def test_a_pause_lets_what_runs_end_and_begins_nothing(pipeline: Pipeline, alice: User, bob: User) -> None:
    passes = Passes(run_of(pipeline, alice, file=WITH_APPROVAL))
    steering.pause(passes.run, by=bob)
    passes.go()
    assert passes.states() == ["Building", "Waiting", "Waiting"]
    passes.end(CLONE)
    assert passes.run.status["reason"] == reason("PausedBy", user="bob", stage="Release").model_dump(mode="json")
    assert passes.run.deadline is None
    steering.resume(passes.run, by=alice)
    passes.go()
    assert passes.states() == ["Success", "Pending", "Waiting"]


def test_another_attempt_asks_anew(passes: Passes, alice: User) -> None:
    steering.answer(passes.run, by=alice, step="1.0", approve=False)
    services.rerun(passes.go(), by=alice, mode=Attempt.Mode.ALL)
    passes.go()
    passes.end(CLONE)
    assert passes.states() == ["Success", "Pending", "Waiting"]
    steering.answer(passes.run, by=alice, step="1.0", approve=True)
    assert passes.go().phase is State.BUILDING


def test_when_people_were_asked_is_kept_over_passes(passes: Passes) -> None:
    def asked() -> datetime | None:
        return moment(passes.run.status["stages"][1]["steps"][0]["started"])

    first = asked()
    passes.go()
    assert asked() == first
