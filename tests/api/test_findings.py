"""Search over a run, times and facts of its logs."""

import pytest
from django.test import Client

from devops_platform.projects.models import User
from pipelines.logs.recorder import Recorder
from pipelines.logs.registry import log_store
from pipelines.models import Execution
from tests.worlds import log_of

RUN = "/api/v1/projects/p-demo/executions/checkout-api-1"


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def searched(run: Execution) -> Execution:
    log_of(run, b"one Needle\n\x1b[31mneedle\x1b[0m needle\n", step="0.0")
    log_of(run, b"nothing\n", step="0.1")
    log_of(run, b"a\nb needle\n", step="1.0")
    return run


def test_every_step_is_counted_and_every_match_has_its_place(client: Client, searched: Execution) -> None:
    found = client.get(f"{RUN}/search", {"q": "needle"}).json()
    assert (found["total"], found["next"]) == (4, None)
    assert [(step["log"], step["name"], step["count"]) for step in found["steps"]] == [
        ("1/0.0", "clone", 3),
        ("1/1.0", "lint", 1),
    ]
    assert [(match["log"], match["line"], match["offset"], match["at"]) for match in found["matches"]] == [
        ("1/0.0", 1, 0, 4),
        ("1/0.0", 2, 11, 0),
        ("1/0.0", 2, 11, 7),
        ("1/1.0", 2, 2, 2),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_together_are_the_whole_and_each_has_all_counts(client: Client, searched: Execution, limit: int) -> None:
    whole = client.get(f"{RUN}/search", {"q": "needle"}).json()["matches"]
    pages = [client.get(f"{RUN}/search", {"q": "needle", "limit": str(limit)}).json()]
    while pages[-1]["next"]:
        pages.append(client.get(pages[-1]["next"]).json())
    assert [match for page in pages for match in page["matches"]] == whole
    assert {page["total"] for page in pages} == {4}
    assert all(len(page["matches"]) == limit for page in pages[:-1])


def test_capitals_matter_when_asked(client: Client, searched: Execution) -> None:
    assert client.get(f"{RUN}/search", {"q": "needle", "case": "true"}).json()["total"] == 3


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({}, id="nothing to look for"),
        pytest.param({"q": ""}, id="an empty text"),
        pytest.param({"q": "x" * 201}, id="a text that is too long"),
        pytest.param({"q": "a\nb"}, id="more than a line"),
        pytest.param({"q": "x", "limit": "0"}, id="no matches at all"),
        pytest.param({"q": "x", "cursor": "1"}, id="a cursor that was not given"),
        pytest.param({"q": "x", "attempt": "0"}, id="an attempt before the first"),
    ],
)
def test_what_cannot_be_searched_is_refused(client: Client, run: Execution, query: dict[str, str]) -> None:
    assert client.get(f"{RUN}/search", query).status_code == 422


def test_an_attempt_that_is_not_there_is_missing(client: Client, run: Execution) -> None:
    assert client.get(f"{RUN}/search", {"q": "x", "attempt": "2"}).status_code == 404


def test_times_and_facts_are_told(client: Client, run: Execution) -> None:
    seconds = iter([1.5, 2.5])
    recorder = Recorder(log_store(), lambda *_: None, lambda: next(seconds))
    path = log_of(run, b"fine\n")
    recorder(path, 0, b"fine\n", False)
    log_of(run, b"error: no\n", sealed=True)
    recorder(path, 5, b"error: no\n", False)
    recorder(path, 15, b"", True)
    times = f"{RUN}/logs/1/0.0/times"
    assert client.get(times).json() == {"times": [[0, 1500], [5, 2500]], "next": None}
    assert client.get(times, {"start": 1}).json()["times"] == [[5, 2500]]
    facts = client.get(f"{RUN}/logs/1/0.0/facts").json()
    assert facts == {"size": 15, "lines": 2, "firstError": {"line": 2, "offset": 5, "text": "error: no"}}


def test_a_log_that_is_not_there_has_neither(client: Client, run: Execution) -> None:
    for what in ("times", "facts"):
        assert client.get(f"{RUN}/logs/1/0.0/{what}").status_code == 404
