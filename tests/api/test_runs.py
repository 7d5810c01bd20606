"""Runs over REST: start, list, stop, run again."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from devops_platform.projects.models import User
from pipelines.models import Execution, Pipeline
from pipelines.states import State
from tests.worlds import TWO_STAGES, commit_file, finished, pipeline_of, run_of

JSON = "application/json"
PIPELINE = "/api/v1/projects/p-demo/pipelines/checkout-api"
RUNS = "/api/v1/projects/p-demo/executions"
RUN = f"{RUNS}/checkout-api-1"
BROKEN = "stages:\n  - name: Build\n    steps:\n      - runScript: {image: alpine}\n"


@pytest.fixture
def alices(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def start(client: Client, *, key: str | None = None, address: str = PIPELINE, **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"{address}/executions", body, content_type=JSON, headers=headers)


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    document: dict[str, Any] = answer.json()
    return document


# Start


def test_the_same_key_gets_the_same_run(alices: Client, pipeline: Pipeline) -> None:
    first, second = start(alices, key="a"), start(alices, key="a")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["name"] == second.json()["name"] == "checkout-api-1"


def test_another_key_or_none_gets_another_run(alices: Client, pipeline: Pipeline) -> None:
    answers = [start(alices, key="a"), start(alices, key="b"), start(alices), start(alices)]
    assert [answer.json()["run"] for answer in answers] == [1, 2, 3, 4]
    assert {answer.status_code for answer in answers} == {201}


def test_a_key_is_good_for_its_pipeline_only(alices: Client, alice: User, pipeline: Pipeline) -> None:
    other = pipeline_of(pipeline.project, alice, name="other", url=pipeline.repository_url)
    start(alices, key="a")
    answer = start(alices, key="a", address=f"/api/v1/projects/p-demo/pipelines/{other.name}")
    assert (answer.status_code, answer.json()["name"]) == (201, "other-1")


def test_a_known_key_needs_no_repository(alices: Client, pipeline: Pipeline, repository: Path) -> None:
    start(alices, key="a")
    repository.rename(repository.with_name("gone"))
    assert start(alices, key="a").status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 201, "caf\u00e9", "a\tb"], ids=["empty", "long", "not ASCII", "a tab"])
def test_a_key_that_cannot_be_one_is_refused(alices: Client, pipeline: Pipeline, key: str) -> None:
    problem(start(alices, key=key), 422)


def test_a_run_shows_what_it_was_made_from(alices: Client, pipeline: Pipeline, repository: Path) -> None:
    commit = commit_file(repository, TWO_STAGES + "# again\n")
    run = start(alices, ref="main").json()
    assert (run["commit"], run["ref"], run["branch"]) == (commit, "refs/heads/main", "main")
    assert (run["event"], run["triggerUser"], run["draft"]) == ("manual", "alice", False)
    assert [stage["name"] for stage in run["plan"]["stages"]] == ["Clone", "Check", "Build"]


def test_a_draft_runs_without_a_commit(alices: Client, pipeline: Pipeline) -> None:
    draft = TWO_STAGES.replace("Check", "Draft")
    run = start(alices, file=draft).json()
    assert run["draft"]
    assert "Draft" in [stage["name"] for stage in run["plan"]["stages"]]
    assert Execution.objects.get().file == draft


def test_what_a_reader_sees_of_a_plan_holds_no_environment(alices: Client, pipeline: Pipeline) -> None:
    secret = TWO_STAGES.replace("name: lint,", 'name: lint, env: {PASSWORD: "hush-hush"},')
    assert "hush-hush" not in start(alices, file=secret).content.decode()


def test_a_refused_file_names_line_and_column(alices: Client, pipeline: Pipeline, repository: Path) -> None:
    commit_file(repository, BROKEN)
    for answer in (
        start(alices),
        start(alices, file=BROKEN),
        alices.post(f"{PIPELINE}/plan", {}, content_type=JSON),
    ):
        errors = problem(answer, 422)["errors"]
        assert {(error["line"], error["column"]) for error in errors} == {(4, 9)}
        assert {error["pointer"] for error in errors} == {"#/stages/0/steps/0/runScript", "#/stages/0/steps/0"}
    assert not Execution.objects.exists()


@pytest.mark.parametrize(
    ("ref", "status"),
    [
        pytest.param("no-such-branch", 404, id="no such branch"),
        pytest.param("0" * 40, 404, id="no such commit"),
        pytest.param("refs/pull/1/head", 404, id="no such ref"),
        pytest.param("--upload-pack=touch", 404, id="an option"),
        pytest.param("main..main", 404, id="a range"),
        pytest.param("x" * 1025, 422, id="too long"),
    ],
)
def test_a_ref_that_is_none_is_refused(alices: Client, pipeline: Pipeline, ref: str, status: int) -> None:
    problem(start(alices, ref=ref), status)
    assert not Execution.objects.exists()


def test_a_repository_without_a_pipeline_file_is_no_run(alices: Client, alice: User, repository: Path) -> None:
    pipeline = pipeline_of(alice.memberships.get().project, alice, url=str(repository))
    (repository / ".cubepaas-devops.yml").unlink()
    commit_file(repository, "hello", path="README")
    assert ".cubepaas-devops.yml" in problem(start(alices), 404)["detail"]
    assert Pipeline.objects.get(pk=pipeline.pk).next_run == 1


# List


def test_pages_of_runs_hold_every_run_once(alices: Client, alice: User, pipeline: Pipeline) -> None:
    for _ in range(5):
        run_of(pipeline, alice)
    seen: list[int] = []
    path: str | None = f"{RUNS}?limit=2"
    while path:
        page = alices.get(path).json()
        seen += [row["run"] for row in page["results"]]
        if len(seen) == 2:
            run_of(pipeline, alice)  # what comes meanwhile moves no page
        path = page["next"]
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pipeline=checkout-api", [2, 1]),
        ("pipeline=other", []),
        ("state=Success", [1]),
        ("search=409", [2, 1]),
        ("search=8f3c2ad", [2, 1]),
        ("search=nobody", []),
        ("search=" + "%25" * 20_000, []),
    ],
    ids=["pipeline", "another pipeline", "state", "message", "commit", "nothing", "an endless pattern"],
)
def test_a_list_is_filtered(alices: Client, alice: User, pipeline: Pipeline, query: str, found: list[int]) -> None:
    finished(run_of(pipeline, alice))
    run_of(pipeline, alice)
    assert [row["run"] for row in alices.get(f"{RUNS}?{query}").json()["results"]] == found


def test_the_queue_tells_who_runs_and_who_waits(alices: Client, alice: User, pipeline: Pipeline) -> None:
    for _ in range(4):
        run_of(pipeline, alice)
    queue = alices.get("/api/v1/projects/p-demo/queue").json()
    assert queue["quota"] == 2
    assert [run["position"] for run in queue["runs"]] == [None, None, 1, 2]
    waits = alices.get(f"{RUNS}/checkout-api-4").json()["status"]
    assert (waits["executionState"], waits["reason"]["params"]["position"]) == ("Queueing", 2)


# Stop and run again


def test_to_stop_twice_is_to_stop_once(alices: Client, run: Execution) -> None:
    answers = [alices.post(f"{RUN}/stop") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json()["stopping"]
    assert not any(answers[1].json()["may"].values())


def test_what_is_over_cannot_be_stopped(alices: Client, run: Execution) -> None:
    finished(run)
    problem(alices.post(f"{RUN}/stop"), 409)


def test_what_is_not_over_cannot_be_run_again(alices: Client, run: Execution) -> None:
    problem(alices.post(f"{RUN}/rerun", {}, content_type=JSON), 409)


def again(client: Client, **body: Any) -> tuple[Any, list[list[str]], list[list[int]]]:
    """The answer, and of every step its state and the attempt that it is from."""
    answer = client.post(f"{RUN}/rerun", body, content_type=JSON)
    assert answer.status_code == 200, answer.content
    stages = answer.json()["status"]["stages"]
    states = [[step["state"] for step in stage["steps"]] for stage in stages]
    return answer.json(), states, [[step["attempt"] for step in stage["steps"]] for stage in stages]


def test_everything_is_run_again(alices: Client, run: Execution) -> None:
    finished(run, s1_1=State.FAILED)
    document, states, attempts = again(alices)
    assert states == [["Waiting"], ["Waiting", "Waiting"], ["Waiting"]]
    assert attempts == [[2], [2, 2], [2]]
    assert [attempt["state"] for attempt in document["attempts"]] == ["Failed", "Waiting"]
    assert document["commit"] == run.spec["commit"]


def test_only_what_failed_is_run_again(alices: Client, run: Execution) -> None:
    finished(run, s1_1=State.FAILED, s2_0=State.WAITING)
    _, states, attempts = again(alices, mode="failed")
    assert states == [["Waiting"], ["Success", "Waiting"], ["Waiting"]]  # sources are checked out in every attempt
    assert attempts == [[2], [1, 2], [2]]


def test_from_a_stage_on_earlier_results_stand_failed_ones_too(alices: Client, run: Execution) -> None:
    finished(run, s1_1=State.FAILED, s2_0=State.WAITING)
    _, states, attempts = again(alices, mode="stage", fromStage=2)
    assert states == [["Waiting"], ["Success", "Failed"], ["Waiting"]]
    assert attempts == [[2], [1, 1], [2]]


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "failed"},
        {"mode": "stage"},
        {"mode": "stage", "fromStage": 9},
        {"mode": "stage", "fromStage": -1},
        {"mode": "stage", "fromStage": "1"},
        {"mode": "everything"},
    ],
    ids=["nothing failed", "no stage", "no such stage", "a negative stage", "text for a number", "no such mode"],
)
def test_a_rerun_of_nothing_is_refused(alices: Client, run: Execution, body: dict[str, Any]) -> None:
    finished(run)
    problem(alices.post(f"{RUN}/rerun", body, content_type=JSON), 422)
    assert Execution.objects.get().attempt == 1
