"""What every engine promises. An adapter's test module subclasses this and provides the world that engines live in."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest

from pipelines.definition.messages import reason
from pipelines.definition.runplan import RunPlan, SecretRef, StagePlan, StepId, StepKind, StepPlan
from pipelines.engines.base import Build, Engine, Observation, Source, StepStatus
from pipelines.logs.base import LogStore
from pipelines.states import State, may_become

PATIENCE = 30.0  # seconds until a test gives up
NOW = timedelta()
LOGS = PurePosixPath("p-zwmcv/p-d5frn/12/1")


@dataclass
class Wire:
    """What the engine told: the live stream of each log, and nudges."""

    frames: dict[PurePosixPath, list[tuple[int, bytes, bool]]] = field(default_factory=dict)
    nudged: threading.Event = field(default_factory=threading.Event)

    def publish(self, path: PurePosixPath, offset: int, data: bytes, sealed: bool) -> None:
        self.frames.setdefault(path, []).append((offset, data, sealed))

    def nudge(self, key: str) -> None:
        self.nudged.set()


@dataclass
class World:
    """One place where builds live. ``start`` gives an engine as a fresh process of the platform would."""

    start: Callable[[Wire], Engine]
    store: LogStore
    scratch: Path


def script(text: str, **more: object) -> StepPlan:
    return StepPlan.model_validate({"name": "step", "kind": StepKind.RUN_SCRIPT, "script": text, **more})


APPROVAL = StepPlan(name="sign-off", kind=StepKind.APPROVAL)


def build(*stages: tuple[StepPlan, ...], key: str = "run-1", **more: object) -> Build:
    """One stage for each tuple of steps, named A, B, …"""
    plan = RunPlan(stages=tuple(StagePlan(name=chr(65 + at), steps=steps) for at, steps in enumerate(stages)))
    source = Source(url="", commit="0" * 40, ref="refs/heads/main")
    return Build(key=key, plan=plan, source=source, log_prefix=LOGS, **more)  # type: ignore[arg-type]


def observations(engine: Engine, wire: Wire, wanted: Build) -> Iterator[Observation]:
    """Pass after pass, each as soon as the engine asks for it, until the build is finished."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        wire.nudged.clear()
        seen = engine.advance(wanted)
        yield seen
        if seen.finished:
            return
        wire.nudged.wait(0.5)
    pytest.fail(f"not finished after {PATIENCE} s: {seen}")


def finish(engine: Engine, wire: Wire, wanted: Build) -> Mapping[StepId, StepStatus]:
    *_, last = observations(engine, wire, wanted)
    return last.steps


def until(condition: Callable[[], bool]) -> None:
    """Wait for something outside this process."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        threading.Event().wait(0.005)


def states(steps: Mapping[StepId, StepStatus]) -> list[str]:
    return [status.state.value for _, status in sorted(steps.items())]


class EngineContract:
    @pytest.fixture
    def world(self) -> World:
        raise NotImplementedError

    @pytest.fixture
    def wire(self) -> Wire:
        return Wire()

    @pytest.fixture
    def engine(self, world: World, wire: Wire) -> Engine:
        return world.start(wire)

    def test_an_attempt_goes_on_in_the_workspace_of_the_one_before(self, world: World) -> None:
        wire = Wire()
        engine = world.start(wire)
        finish(engine, wire, build((script("echo built > dist"),)))
        again = build((script("cat dist"),), key="run-2", continues="run-1")
        assert states(finish(engine, wire, again)) == ["Success"]

    def test_an_attempt_whose_predecessor_is_forgotten_begins_with_an_empty_workspace(self, world: World) -> None:
        wire = Wire()
        engine = world.start(wire)
        finish(engine, wire, build((script("echo built > dist"),)))
        engine.forget("run-1")
        again = build((script("test ! -e dist"),), key="run-2", continues="run-1")
        assert states(finish(engine, wire, again)) == ["Success"]

    def test_what_is_kept_is_known_until_it_is_forgotten(self, world: World) -> None:
        wire = Wire()
        engine = world.start(wire)
        finish(engine, wire, build((script("true"),)))
        assert "run-1" in engine.kept()
        engine.forget("run-1")
        assert "run-1" not in engine.kept()

    def test_stages_run_in_sequence_and_their_steps_at_once(self, engine: Engine, wire: Wire, world: World) -> None:
        # Each of the two steps ends only when the other runs.
        meet = "mkfifo {0} 2>/dev/null || true; echo here >{0}"
        left = script(f"{meet.format('one')} & cat two; wait; test ! -e late")
        right = script(f"{meet.format('two')} & cat one; wait; test ! -e late")
        stages = ((script("mkfifo one two"),), (left, right), (script("touch late"),))
        assert states(finish(engine, wire, build(*stages))) == ["Success"] * 4

    def test_a_failed_step_ends_the_build_after_its_stage(self, engine: Engine, wire: Wire) -> None:
        steps = finish(engine, wire, build((script("exit 3"), script("true")), (script("true"),)))
        assert states(steps) == ["Failed", "Success", "Skipped"]
        assert steps[StepId(0, 0)].reason == reason("ExitCode", code=3)
        assert steps[StepId(0, 0)].exit_code == 3
        assert steps[StepId(1, 0)].reason == reason("NotReached", stage="A")

    def test_a_carried_failure_blocks_nothing(self, engine: Engine, wire: Wire) -> None:
        carried = {StepId(0, 0): StepStatus(State.FAILED)}
        assert states(finish(engine, wire, build((script("exit 1"),), (script("true"),), carried=carried))) == [
            "Success"
        ]

    def test_an_approval_is_what_people_say_and_the_next_stage_waits_for_it(self, engine: Engine, wire: Wire) -> None:
        stages = ((script("true"), APPROVAL), (script("true"),))
        asked = StepStatus(State.PENDING, reason=reason("ApprovalAwaitedOfAnyone", given=0, required=1))
        asking = build(*stages, approvals={StepId(0, 1): asked})
        until(lambda: states(engine.advance(asking).steps) == ["Success", "Pending", "Waiting"])
        assert engine.advance(asking).steps[StepId(0, 1)] == asked
        agreed = build(*stages, approvals={StepId(0, 1): StepStatus(State.SUCCESS)})
        assert states(finish(engine, wire, agreed)) == ["Success"] * 3

    def test_a_refused_approval_ends_the_build_after_its_stage(self, engine: Engine, wire: Wire) -> None:
        refused = {StepId(0, 0): StepStatus(State.FAILED, reason=reason("Rejected", user="alice"))}
        steps = finish(engine, wire, build((APPROVAL,), (script("true"),), approvals=refused))
        assert states(steps) == ["Failed", "Skipped"]
        assert steps[StepId(0, 0)].reason == reason("Rejected", user="alice")

    def test_a_held_stage_begins_when_it_is_let_go(self, engine: Engine, wire: Wire) -> None:
        stages = ((script("true"),), (script("true"),))
        why = reason("PausedBefore", stage="B")
        held = build(*stages, held={1: why})
        until(lambda: states(engine.advance(held).steps) == ["Success", "Pending"])
        assert engine.advance(held).steps[StepId(1, 0)].reason == why
        assert states(finish(engine, wire, build(*stages))) == ["Success", "Success"]

    def test_a_stage_that_has_begun_is_held_no_more(self, engine: Engine, wire: Wire) -> None:
        engine.advance(build((script("true"),)))
        held = build((script("true"),), held={0: reason("PausedBy", user="alice", stage="A")})
        assert states(finish(engine, wire, held)) == ["Success"]

    def test_what_waits_for_people_does_not_outlive_a_stop(self, engine: Engine, wire: Wire) -> None:
        held = build((script("true"),), (APPROVAL,), held={0: reason("PausedBefore", stage="A")})
        assert states(engine.advance(held).steps) == ["Pending", "Waiting"]
        assert engine.stop(held.key, grace=NOW)
        assert states(finish(engine, wire, held)) == ["Skipped", "Skipped"]

    def test_a_failed_step_is_tried_again_and_its_log_has_every_try(
        self, engine: Engine, wire: Wire, world: World
    ) -> None:
        count = world.scratch / "count"
        text = f'printf x >>{count}; tries=$(wc -c <{count}); echo "try $tries"; test "$tries" = 3'
        steps = finish(engine, wire, build((script(text, retry={"max": 3}),), (script("true"),)))
        assert states(steps) == ["Success", "Success"]
        assert [status.exit_code for status in steps[StepId(0, 0)].tries] == [1, 1]
        assert world.store.read(LOGS / "0.0", limit=100) == b"try 1\ntry 2\ntry 3\n"
        assert b"".join(data for _, data, _ in wire.frames[LOGS / "0.0"]) == b"try 1\ntry 2\ntry 3\n"

    def test_the_last_try_decides(self, engine: Engine, wire: Wire, world: World) -> None:
        found = finish(engine, wire, build((script("echo no; exit 3", retry={"max": 2}),)))[StepId(0, 0)]
        assert (found.state, found.reason) == (State.FAILED, reason("ExitCode", code=3))
        assert [status.reason for status in found.tries] == [reason("ExitCode", code=3)] * 2
        assert found.started == found.tries[0].started
        assert world.store.read(LOGS / "0.0", limit=100) == b"no\n" * 3
        assert world.store.info(LOGS / "0.0").sealed

    def test_between_two_tries_a_step_says_so_and_a_stop_ends_it(self, engine: Engine, wire: Wire) -> None:
        wanted = build((script("exit 3", retry={"max": 1, "backoff": 3600}),), (script("true"),))
        expected = reason("RetryAfter", number=2, total=2, seconds=3600)
        until(lambda: engine.advance(wanted).steps[StepId(0, 0)].reason == expected)
        assert states(engine.advance(wanted).steps) == ["Building", "Waiting"]
        assert engine.stop(wanted.key, grace=NOW)
        assert states(finish(engine, wire, wanted)) == ["Aborted", "Skipped"]

    def test_another_platform_goes_on_with_the_tries(self, world: World, wire: Wire) -> None:
        wanted = build((script(f"printf x >>{world.scratch}/count; exit 1", retry={"max": 4}),))
        for _ in range(3):
            world.start(Wire()).advance(wanted)
        assert states(finish(world.start(wire), wire, wanted)) == ["Failed"]
        assert (world.scratch / "count").read_text() == "x" * 5

    def test_who_is_killed_for_not_ending_in_time_says_so(self, engine: Engine, wire: Wire) -> None:
        wanted = build((script("trap '' TERM; echo deaf; while :; do sleep 600; done"),))
        engine.advance(wanted)
        until(lambda: wire.frames.get(LOGS / "0.0") is not None)
        assert not engine.stop(wanted.key, grace=timedelta(minutes=5))
        until(lambda: engine.stop(wanted.key, grace=NOW))
        assert finish(engine, wire, wanted)[StepId(0, 0)].reason == reason("KilledAfterGrace")

    def test_states_only_go_forward(self, engine: Engine, wire: Wire) -> None:
        wanted = build((script("true"), script("exit 1")), (script("true"),))
        seen = list(observations(engine, wire, wanted))
        for before, after in pairwise(seen):
            assert all(may_become(before.steps[where].state, after.steps[where].state) for where in before.steps)

    def test_the_same_key_is_the_same_build_from_anywhere(self, world: World, wire: Wire) -> None:
        wanted = build((script(f"echo ran >>{world.scratch}/count"),))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: world.start(wire).advance(wanted), range(4)))
        finish(world.start(wire), wire, wanted)
        finish(world.start(wire), wire, wanted)
        assert (world.scratch / "count").read_text() == "ran\n"

    def test_times_are_those_of_the_step(self, engine: Engine, wire: Wire) -> None:
        found = finish(engine, wire, build((script("true"),)))[StepId(0, 0)]
        assert found.started is not None
        assert found.ended is not None
        assert found.started <= found.ended

    def test_the_log_is_whole_before_the_end_is_told(self, engine: Engine, wire: Wire, world: World) -> None:
        text = "".join(f"line {number}\n" for number in range(20_000))
        finish(engine, wire, build((script("seq -f 'line %g' 0 19999"),)))
        assert world.store.info(LOGS / "0.0").sealed
        assert world.store.read(LOGS / "0.0", limit=10**7) == text.encode()

    def test_live_frames_follow_each_other_without_a_gap(self, engine: Engine, wire: Wire, world: World) -> None:
        finish(engine, wire, build((script("seq 30000; echo done >&2"),)))
        at = 0
        for offset, data, _ in wire.frames[LOGS / "0.0"]:
            assert offset == at
            at += len(data)
        assert at == world.store.info(LOGS / "0.0").size
        assert [sealed for _, _, sealed in wire.frames[LOGS / "0.0"]].index(True) == len(wire.frames[LOGS / "0.0"]) - 1

    def test_both_outputs_are_one_log_in_order_and_nothing_is_added(
        self, engine: Engine, wire: Wire, world: World
    ) -> None:
        finish(engine, wire, build((script("echo one; echo two >&2; printf three; kill -9 $$"),)))
        assert world.store.read(LOGS / "0.0", limit=1000) == b"one\ntwo\nthree"

    def test_secrets_reach_the_step_and_not_its_log(self, engine: Engine, wire: Wire, world: World) -> None:
        secret = SecretRef(source="api", key="token", target="API_TOKEN")
        step = script("printf '%s' \"$API_TOKEN\" | cut -c1-6 | tr -d '\\n'; printf '%s\\n' abcdef", secrets=(secret,))
        check = script('test "$API_TOKEN" = 012345abcdef', secrets=(secret,))
        steps = finish(engine, wire, build((step, check), secrets={secret: "012345abcdef"}))
        assert states(steps) == ["Success", "Success"]
        assert world.store.read(LOGS / "0.0", limit=1000) == b"***\n"
        assert b"".join(data for _, data, _ in wire.frames[LOGS / "0.0"]) == b"***\n"

    def test_a_stop_aborts_what_runs_and_keeps_the_rest_from_starting(self, engine: Engine, wire: Wire) -> None:
        wanted = build((script("exec sleep 600"),), (script("true"),))
        until(lambda: engine.advance(wanted).steps[StepId(0, 0)].started is not None)
        until(lambda: engine.stop(wanted.key, grace=NOW))
        steps = finish(engine, wire, wanted)
        assert states(steps) == ["Aborted", "Skipped"]
        assert steps[StepId(1, 0)].reason == reason("NotReachedStopped")

    def test_a_step_may_end_well_when_it_is_stopped(self, engine: Engine, wire: Wire, world: World) -> None:
        wanted = build(
            (
                script(
                    "mkfifo never; trap 'echo tidy; exit 0' TERM; echo ready; while :; do read line <>never || :; done"
                ),
            )
        )
        engine.advance(wanted)
        until(lambda: wire.frames.get(LOGS / "0.0") is not None)
        until(lambda: engine.stop(wanted.key, grace=timedelta(seconds=PATIENCE)))
        assert states(finish(engine, wire, wanted)) == ["Aborted"]
        assert world.store.read(LOGS / "0.0", limit=100) == b"ready\ntidy\n"

    def test_the_stop_of_the_unknown_is_done_and_holds(self, engine: Engine, wire: Wire) -> None:
        assert engine.stop("run-1", grace=NOW)
        assert states(finish(engine, wire, build((script("true"),)))) == ["Skipped"]

    def test_a_finished_build_is_not_changed_by_a_stop(self, engine: Engine, wire: Wire) -> None:
        wanted = build((script("true"),), (script("exit 1"),), (script("true"),))
        before = finish(engine, wire, wanted)
        assert engine.stop(wanted.key, grace=NOW)
        assert engine.advance(wanted).steps == before

    def test_forgetting_leaves_nothing_and_the_unknown_is_no_error(self, engine: Engine, wire: Wire) -> None:
        wanted = build((script("mkdir -p a/b && touch a/b/c && chmod -R a-w a"),))
        finish(engine, wire, wanted)
        engine.forget(wanted.key)
        engine.forget(wanted.key)
        engine.forget("never heard of")

    def test_a_new_platform_takes_the_build_up(self, world: World, wire: Wire) -> None:
        step = script(f"echo one; mkfifo {world.scratch}/gate; read go <{world.scratch}/gate; echo $go")
        wanted, first = build((step,), (script("true"),)), Wire()
        world.start(first).advance(wanted)
        until(lambda: first.frames.get(LOGS / "0.0") is not None)
        other = world.start(wire)
        assert states(other.advance(wanted).steps) == ["Building", "Waiting"]
        (world.scratch / "gate").write_text("two\n")
        assert states(finish(other, wire, wanted)) == ["Success", "Success"]
        assert world.store.read(LOGS / "0.0", limit=100) == b"one\ntwo\n"
