"""Concurrency groups: one run of a group at a time, and who gives way to whom."""

from typing import Any

import pytest

from devops_platform.projects.models import Project, User
from devops_platform.projects.services import create_project
from pipelines import queue, services
from pipelines.models import Attempt, Execution, Pipeline
from pipelines.queue import startable
from pipelines.states import State
from tests.worlds import TWO_STAGES, finished, pipeline_of, run_of


@pytest.mark.parametrize(
    ("groups", "free", "busy", "chosen"),
    [
        pytest.param("---", 2, "", (0, 1), id="first come, first served"),
        pytest.param("---", 0, "", (), id="no slot, no start"),
        pytest.param("---", -1, "", (), id="a quota made smaller"),
        pytest.param("aa-", 2, "", (0, 2), id="the second of a group is passed by"),
        pytest.param("aab", 3, "a", (2,), id="a busy group stops nobody else"),
        pytest.param("--", 2, "-", (0, 1), id="runs of no group do not wait for one another"),
    ],
)
def test_who_may_start(groups: str, free: int, busy: str, chosen: tuple[int, ...]) -> None:
    waiting = [(key, group.strip("-")) for key, group in enumerate(groups)]
    assert startable(waiting, free=free, busy=[group.strip("-") for group in busy]) == chosen


def in_group(group: str, policy: str = "queue") -> str:
    return f'concurrency: {{group: "{group}", policy: {policy}}}\n{TWO_STAGES}'


@pytest.fixture
def web(project: Project, alice: User, pipeline: Pipeline) -> Pipeline:
    services.set_preference(project, by=alice, name="executor-quota", value="3")
    return pipeline_of(project, alice, name="web")


def state(run: Execution) -> str:
    return Execution.objects.get(pk=run.pk).phase.value


def waits(run: Execution) -> Any:
    found = queue.line(run.project).reason(run)
    return found and (found.code, dict(found.params))


def test_a_group_reaches_across_pipelines_and_does_not_hold_up_others(
    pipeline: Pipeline, web: Pipeline, alice: User
) -> None:
    first = run_of(pipeline, alice, file=in_group("deploy-${CICD_GIT_BRANCH}"))
    second = run_of(web, alice, file=in_group("deploy-main"))
    third = run_of(web, alice)
    assert [state(run) for run in (first, second, third)] == ["Waiting", "Queueing", "Waiting"]
    assert waits(second) == ("GroupBusy", {"position": 1, "run": "checkout-api #1", "group": "deploy-main"})
    finished(first)
    assert state(second) == "Waiting"


def test_groups_of_another_project_are_others(pipeline: Pipeline, web: Pipeline, alice: User, charlie: User) -> None:
    run_of(pipeline, alice, file=in_group("deploy", "cancel-previous"))
    other = pipeline_of(create_project(name="Other", by=charlie), charlie)
    assert state(run_of(other, charlie, file=in_group("deploy", "cancel-previous"))) == "Waiting"
    assert all(run.stop is None for run in Execution.objects.all())


def test_a_newer_run_ends_those_that_wait_and_stops_the_one_that_runs(
    pipeline: Pipeline, web: Pipeline, alice: User
) -> None:
    runs, waiting = (run_of(pipeline, alice, file=in_group("deploy")) for _ in range(2))
    newest = run_of(web, alice, file=in_group("deploy", "cancel-previous"))
    ended = Execution.objects.get(pk=waiting.pk)
    assert (ended.phase, ended.finished) == (State.ABORTED, True)
    assert ended.status["reason"] == {"code": "GaveWay", "params": {"run": "web #1", "group": "deploy"}}
    stop = Execution.objects.get(pk=runs.pk).stop
    assert stop is not None
    assert (stop["state"], stop["reason"]["code"]) == ("Aborted", "GaveWay")
    assert state(newest) == "Queueing"
    finished(runs)
    assert state(newest) == "Waiting"


def test_a_run_that_waits_its_turn_stops_nobody(pipeline: Pipeline, web: Pipeline, alice: User) -> None:
    first = run_of(pipeline, alice, file=in_group("deploy", "cancel-previous"))
    run_of(web, alice, file=in_group("deploy", "queue"))
    assert Execution.objects.get(pk=first.pk).stop is None


def test_a_rerun_is_newer_than_what_came_after_its_first_attempt(
    pipeline: Pipeline, web: Pipeline, alice: User
) -> None:
    old = finished(run_of(pipeline, alice, file=in_group("deploy", "cancel-previous")))
    later = run_of(web, alice, file=in_group("deploy"))
    services.rerun(old, by=alice, mode=Attempt.Mode.ALL)
    assert Execution.objects.get(pk=later.pk).stop is not None
    assert state(old) == "Queueing"
    finished(later)
    assert state(old) == "Waiting"


def test_a_run_that_its_file_skips_takes_no_part(pipeline: Pipeline, web: Pipeline, alice: User) -> None:
    first = run_of(pipeline, alice, file=in_group("deploy"))
    skipped = run_of(web, alice, file=f"branch: release\n{in_group('deploy', 'cancel-previous')}")
    assert skipped.group == ""
    assert Execution.objects.get(pk=first.pk).stop is None
