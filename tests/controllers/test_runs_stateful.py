"""Whatever people, engines and crashes do, in any order: runs end truly, the queue moves, the quota holds."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from controllers.execution.controller import ExecutionController
from controllers.models import Claim
from controllers.runtime import claims
from controllers.runtime.controller import run_passes, run_sweep
from devops_platform.errors import Conflict, Invalid, Missing
from devops_platform.names import new_id
from devops_platform.projects.models import Project, User
from devops_platform.projects.services import create_project
from pipelines import gates, queue, services, steering
from pipelines.definition.runplan import StepKind
from pipelines.models import Attempt, Execution, Pipeline
from pipelines.states import State
from pipelines.status import Document, moment, stamp
from tests.fakes.engine import ScriptedEngine
from tests.worlds import TWO_STAGES, pipeline_of, run_of

ENDS = (State.SUCCESS, State.FAILED)
HOUR = timedelta(hours=1)
ASKS = """
stages:
  - name: Release
    steps:
      - {name: sign-off, approvalConfig: {expiry: 30}}
  - name: Deploy
    steps:
      - {name: again, approvalConfig: {expiry: 90}}
      - {name: production, runScriptConfig: {image: alpine, shellScript: "true"}}
"""


def moved_back(status: Document) -> Document:
    """What waits for people has done so for an hour longer."""
    stages = [{**stage, "steps": [_moved_back(step) for step in stage["steps"]]} for stage in status["stages"]]
    return {**status, "stages": stages}


def _moved_back(step: Document) -> Document:
    started = moment(step.get("started"))
    return {**step, "started": stamp(started - HOUR)} if step["state"] == "Pending" and started else step


class Runs(RuleBasedStateMachine):
    """No nudge ever arrives here: on_commit hooks do not fire inside the test's transaction."""

    user: User
    project: Project
    pipelines: tuple[Pipeline, ...]

    @initialize(quota=st.integers(1, 3))
    def found_a_project(self, quota: int) -> None:
        self.engine = ScriptedEngine()
        self.judged = 0  # starts that were found to be right
        self.controller = ExecutionController(lambda _: self.engine)
        self.user = User.objects.create_user(new_id("user"))
        self.project = create_project(name="Storefront", by=self.user)
        self.pipelines = tuple(pipeline_of(self.project, self.user, name=name) for name in ("api", "web"))
        self.final: dict[tuple[int, int], Any] = {}
        self.set_quota(quota)

    def runs(self) -> Iterator[Execution]:
        yield from Execution.objects.filter(project=self.project).select_related("pipeline").order_by("pk")

    @rule(which=st.integers(0, 1))
    def start(self, which: int) -> None:
        run_of(self.pipelines[which], self.user)

    @rule(which=st.integers(0, 1), group=st.sampled_from("ab"), policy=st.sampled_from(["queue", "cancel-previous"]))
    def start_in_a_group(self, which: int, group: str, policy: str) -> None:
        """Groups reach across the pipelines of a project."""
        file = f"concurrency: {{group: {group}, policy: {policy}}}\n{TWO_STAGES}"
        newest = run_of(self.pipelines[which], self.user, file=file)
        if policy == "cancel-previous":
            earlier = [run for run in self.runs() if run.group == group and run.pk != newest.pk]
            assert all(run.finished or run.stop is not None for run in earlier)

    @rule(which=st.integers(0, 1), paused=st.booleans())
    def start_what_asks_people(self, which: int, paused: bool) -> None:
        run_of(self.pipelines[which], self.user, file=f"{ASKS}    pauseBefore: {str(paused).lower()}\n")

    @rule(chance=st.randoms(use_true_random=False), approve=st.booleans())
    def answer(self, chance: Any, approve: bool) -> None:
        for run in self._some(chance, finished=False):
            for step in ("1.0", "2.0"):
                before = run.answers.count()
                try:
                    steering.answer(run, by=self.user, step=step, approve=approve)
                except (Conflict, Missing):
                    assert run.answers.count() == before

    @rule(chance=st.randoms(use_true_random=False))
    def pause(self, chance: Any) -> None:
        for run in self._some(chance, finished=False):
            with suppress(Conflict):
                steering.pause(run, by=self.user)

    @rule(chance=st.randoms(use_true_random=False))
    def resume(self, chance: Any) -> None:
        for run in self._some(chance, finished=False):
            with suppress(Conflict):
                steering.resume(run, by=self.user)

    @rule(chance=st.randoms(use_true_random=False))
    def an_hour_passes(self, chance: Any) -> None:
        """For one run: approvals expire, but its own clock stands while it waits for people."""
        for run in self._some(chance, finished=False):
            run.write(status=moved_back(run.status), waiting_since=run.waiting_since and run.waiting_since - HOUR)

    @rule(chance=st.randoms(use_true_random=False))
    def stop(self, chance: Any) -> None:
        for run in self._some(chance, finished=False):
            services.stop_run(run, by=self.user)

    @rule(chance=st.randoms(use_true_random=False), mode=st.sampled_from(Attempt.Mode), stage=st.integers(0, 3))
    def rerun(self, chance: Any, mode: Attempt.Mode, stage: int) -> None:
        for run in self._some(chance, finished=True):
            try:
                services.rerun(run, by=self.user, mode=mode, from_stage=stage)
            except Invalid:
                assert mode is not Attempt.Mode.ALL

    @rule(chance=st.randoms(use_true_random=False), end=st.sampled_from(ENDS))
    def a_step_ends(self, chance: Any, end: State) -> None:
        found = [(key, where) for key in self.engine.steps for where in self.engine.running(key)]
        if found:
            key, where = chance.choice(found)
            self.engine.end(key, where, end)

    @rule(chance=st.randoms(use_true_random=False))
    def a_pass(self, chance: Any) -> None:
        for run in self._some(chance, finished=False):
            run_passes(self.controller, str(run.uid))

    @rule(chance=st.randoms(use_true_random=False))
    def a_worker_dies_in_a_pass(self, chance: Any) -> None:
        """It got as far as the engine, and nothing it learned was written."""
        for run in self._some(chance, finished=False):
            claims.take(self.controller.kind, str(run.uid))
            try:
                with transaction.atomic():
                    self.controller.reconcile(str(run.uid))
                    raise KeyboardInterrupt  # noqa: TRY301  # undoes the pass's writes, not its effects
            except (KeyboardInterrupt, Conflict):
                claims.forget_all()
            except Exception:  # noqa: BLE001  # the engine was out of reach: the pass had no effect at all
                claims.forget_all()

    @rule(reachable=st.booleans())
    def the_network(self, reachable: bool) -> None:
        self.engine.reachable = reachable

    @rule(stubborn=st.booleans())
    def steps_ignore_the_request_to_end(self, stubborn: bool) -> None:
        self.engine.stubborn = stubborn

    @rule(quota=st.integers(1, 3))
    def set_quota(self, quota: int) -> None:
        admitted = queue.open_runs(self.project).filter(admitted__isnull=False).count()
        services.set_preference(self.project, by=self.user, name="executor-quota", value=str(quota))
        self.most = max(quota, admitted)

    @invariant()
    def the_quota_holds(self) -> None:
        if not hasattr(self, "most"):
            return
        admitted = queue.open_runs(self.project).filter(admitted__isnull=False).count()
        assert admitted <= self.most
        self.most = max(queue.quota_of(self.project), admitted)

    @invariant()
    def no_slot_is_free_while_a_run_waits_that_could_start(self) -> None:
        if hasattr(self, "project"):
            line = queue.line(self.project)
            busy = {run.group for run in line.running if run.group}
            assert len(line.running) >= line.quota or all(run.group in busy for run in line.waiting)

    @invariant()
    def one_run_of_a_group_at_a_time(self) -> None:
        if hasattr(self, "project"):
            groups = [run.group for run in queue.line(self.project).running if run.group]
            assert len(groups) == len(set(groups))

    @invariant()
    def who_came_first_is_served_first(self) -> None:
        if hasattr(self, "project"):
            line = queue.line(self.project)
            waiting = [run.open_since for run in line.waiting]
            assert waiting == sorted(waiting, key=str)
            assert [line.reason(run).params["position"] for run in line.waiting] == [  # type: ignore[union-attr]
                *range(1, len(waiting) + 1)
            ]

    @invariant()
    def numbers_have_no_gap_and_no_twin(self) -> None:
        for pipeline in getattr(self, "pipelines", ()):
            runs = list(Execution.objects.filter(pipeline=pipeline).order_by("run").values_list("run", flat=True))
            assert runs == list(range(1, len(runs) + 1))

    @invariant()
    def a_final_state_stays(self) -> None:
        if not hasattr(self, "project"):
            return
        for run in self.runs():
            known = self.final.get((run.pk, run.attempt))
            assert run.phase.finished == run.finished
            if known is not None:
                assert run.status == known
            if run.finished:
                self.final[run.pk, run.attempt] = run.status
                assert {step["state"] for stage in run.status["stages"] for step in stage["steps"]} <= {
                    state.value for state in State if state.finished
                }

    @invariant()
    def a_stage_begins_only_after_what_people_said(self) -> None:
        if not hasattr(self, "project"):
            return
        for key, where in self.engine.starts[self.judged :]:
            build = self.engine.builds[key]
            for earlier, step in build.plan.steps():
                if step.kind is StepKind.APPROVAL and earlier.stage < where.stage and earlier not in build.carried:
                    assert build.approvals[earlier].state is State.SUCCESS
        self.judged = len(self.engine.starts)

    @invariant()
    def a_clock_stands_while_only_people_can_go_on(self) -> None:
        for run in self.runs() if hasattr(self, "project") else ():
            if not run.finished:
                assert (run.waiting_since is not None) == gates.waits_for_people(run.status)

    @invariant()
    def no_step_is_started_twice(self) -> None:
        starts = getattr(self, "engine", ScriptedEngine()).starts
        assert len(starts) == len(set(starts))

    @override
    def teardown(self) -> None:
        """Left to itself, with every nudge lost, the sweep brings every run to its end."""
        if not hasattr(self, "project"):
            return
        self.engine.reachable, self.engine.stubborn = True, False
        for _ in range(12 * (1 + sum(1 for _ in self.runs()))):
            Claim.objects.update(look_at=None)  # as if time had passed
            self._people_say_yes()
            for key in tuple(self.engine.steps):
                for where in self.engine.running(key):
                    self.engine.end(key, where, State.SUCCESS)
            for _kind, key in run_sweep({self.controller.kind: self.controller}):
                run_passes(self.controller, key)
        assert all(run.finished for run in self.runs())
        assert not Claim.objects.exclude(token="").exists()

    def _people_say_yes(self) -> None:
        for run in self.runs():
            if run.phase is not State.PENDING and run.pause is None:
                continue
            with suppress(Conflict):
                steering.resume(run, by=self.user)
            for where in gates.questions(run.plan):
                with suppress(Conflict):
                    steering.answer(run, by=self.user, step=str(where), approve=True)

    def _some(self, chance: Any, *, finished: bool) -> list[Execution]:
        found = [run for run in self.runs() if run.finished is finished]
        return [chance.choice(found)] if found else []


@pytest.mark.django_db
@pytest.mark.timeout(240)
def test_runs_stay_true_whatever_happens() -> None:
    run_state_machine_as_test(
        Runs,
        settings=settings(
            max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
