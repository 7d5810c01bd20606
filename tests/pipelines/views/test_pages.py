"""The pages of pipelines and runs: for every role, without JavaScript, and with nonsense."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from typing_extensions import override

from devops_platform.projects.models import Project, User
from pipelines.models import Attempt, Execution, Pipeline
from pipelines.states import State
from tests.worlds import TWO_STAGES, finished, git, log_of, pipeline_of, run_of

HOME = "/projects/p-demo/"
PIPELINE = f"{HOME}pipelines/checkout-api/"
RUN = f"{HOME}runs/checkout-api-1/"
PAGES = {
    "the project": HOME,
    "the runs": f"{HOME}runs/",
    "the preferences": f"{HOME}settings/preferences/",
    "a new pipeline": f"{HOME}pipelines/new/",
    "a pipeline": PIPELINE,
    "its file": f"{PIPELINE}edit/",
    "its settings": f"{PIPELINE}settings/",
    "a run": RUN,
    "a step": f"{RUN}?step=1.1",
    "no such page": f"{HOME}nothing/",
}
BROKEN = "stages:\n  - name: <b>Build</b>\n    steps:\n      - runScript: {image: alpine}\n"


class Page(HTMLParser):
    """What the tests ask of a page; ``wrong`` lists what a strict content security policy would block."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language, self.title = "", ""
        self.forms: set[str] = set()
        self.links: set[str] = set()
        self.wrong: list[str] = []
        self._in = ""
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._in = tag
        self.wrong += [f"<{tag} {name}>" for name in values if name == "style" or name.startswith("on")]
        self.wrong += [f"{tag}: {value}" for value in values.values() if (value or "").startswith("javascript:")]
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") != "application/json"):
            self.wrong.append(f"<{tag}>")
        if tag == "html":
            self.language = values.get("lang") or ""
        for name in ("action", "formaction"):
            if values.get(name):
                self.forms.add(str(values[name]))
        if tag == "a":
            self.links.add(values.get("href") or "")

    @override
    def handle_data(self, data: str) -> None:
        if self._in == "title":
            self.title += data.strip()

    @override
    def handle_endtag(self, tag: str) -> None:
        self._in = ""


def page(client: Client, path: str, user: User | None = None, **data: str) -> tuple[int, Page, str]:
    if user:
        client.force_login(user)
    answer = client.post(path, data) if data else client.get(path)
    text = answer.content.decode()
    return answer.status_code, Page(text), text


@pytest.fixture
def cast(alice: User, bob: User, rita: User) -> dict[str, User]:
    return {"alice": alice, "bob": bob, "rita": rita}


@pytest.fixture
def alices(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("who", ["alice", "bob", "rita"])
def test_every_page_keeps_to_the_content_policy(
    client: Client, cast: dict[str, User], run: Execution, who: str, path: str
) -> None:
    log_of(run, b"<script>alert(1)</script>\xff\n", step="1.1")
    _status, found, text = page(client, path, cast[who])
    assert found.language == "en"
    assert found.title
    assert not found.wrong
    assert "alert(1)</script>" not in text


def test_who_may_only_look_is_offered_nothing_else(client: Client, cast: dict[str, User], run: Execution) -> None:
    offered = {
        who: set.union(*(page(client, path, user)[1].forms for path in (HOME, PIPELINE, f"{PIPELINE}edit/", RUN)))
        for who, user in cast.items()
    }
    acts = {f"{PIPELINE}run/", f"{RUN}stop/", f"{RUN}rerun/"}
    assert (offered["alice"] & acts, offered["bob"] & acts, offered["rita"] & acts) == (acts, acts, set())
    links = {who: page(client, PIPELINE, user)[1].links for who, user in cast.items()}
    assert [f"{PIPELINE}settings/" in links[who] for who in cast] == [True, True, False]


# Without JavaScript


def test_a_pipeline_is_made_run_stopped_and_deleted_by_forms(
    alices: Client, project: Project, repository: Path
) -> None:
    made = alices.post(f"{HOME}pipelines/new/", {"display_name": "Checkout", "repository_url": str(repository)})
    assert made["Location"] == f"{HOME}pipelines/checkout/"
    begun = alices.post(f"{HOME}pipelines/checkout/run/", {"ref": "main"})
    assert begun["Location"] == f"{HOME}runs/checkout-1/"
    alices.post(f"{HOME}runs/checkout-1/stop/")
    run = Execution.objects.get()
    assert run.stop is not None
    finished(run)
    alices.post(f"{HOME}pipelines/checkout/delete/", {"confirm": "checkout"})
    assert not Pipeline.objects.exists()


@pytest.mark.parametrize(
    ("form", "mode", "stage"),
    [({"mode": "all"}, "all", None), ({"mode": "failed"}, "failed", None), ({"from": "2"}, "stage", 2)],
    ids=["everything", "what failed", "from a stage"],
)
def test_a_run_is_run_again_by_a_form(
    alices: Client, run: Execution, form: dict[str, str], mode: str, stage: int | None
) -> None:
    finished(run, s1_1=State.FAILED)
    alices.post(f"{RUN}rerun/", form)
    attempt = Attempt.objects.get(number=2)
    assert (attempt.mode, attempt.from_stage) == (mode, stage)


def test_a_draft_is_checked_and_run_by_a_form(alices: Client, pipeline: Pipeline) -> None:
    draft = TWO_STAGES.replace("Check", "Fresh")
    status, _, text = page(alices, f"{PIPELINE}edit/", file=draft)
    assert (status, "Fresh" in text, Execution.objects.count()) == (200, True, 0)
    assert alices.post(f"{PIPELINE}run/", {"file": draft}).status_code == 302
    assert Execution.objects.get().draft


@pytest.mark.parametrize("action", ["edit", "run"])
def test_problems_of_a_draft_stand_beside_its_text(alices: Client, pipeline: Pipeline, action: str) -> None:
    status, _, text = page(alices, f"{PIPELINE}{action}/", file=BROKEN)
    assert (status, "line 4, column 9" in text) == (422, True)
    assert "&lt;b&gt;Build" in text
    assert not Execution.objects.exists()


def test_a_pipeline_with_an_open_run_is_not_deleted(alices: Client, run: Execution) -> None:
    answer = alices.post(f"{PIPELINE}delete/", {"confirm": "checkout-api"}, follow=True)
    assert "not finished" in answer.content.decode()
    assert Pipeline.objects.exists()


def test_a_preference_that_is_refused_keeps_what_was_typed(alices: Client, project: Project) -> None:
    status, _, text = page(alices, PAGES["the preferences"], None, **{"executor-quota": "<many>"})
    assert (status, "&lt;many&gt;" in text, "whole number" in text) == (422, True, True)


def test_a_repository_out_of_reach_costs_no_page(alices: Client, run: Execution, repository: Path) -> None:
    repository.rename(repository.with_name("gone"))
    assert [page(alices, path)[0] for path in (PIPELINE, f"{PIPELINE}edit/", RUN)] == [200, 200, 200]


def test_a_branch_whose_name_is_not_text_costs_no_page(alices: Client, pipeline: Pipeline, repository: Path) -> None:
    ref = git(repository, "rev-parse", "HEAD").encode() + b" refs/heads/caf\xe9\n"
    (repository / ".git" / "packed-refs").write_bytes(ref)
    assert page(alices, PIPELINE)[0] == 200
    assert alices.get("/api/v1/projects/p-demo/pipelines/checkout-api/branches").status_code == 200


# Nonsense

LONG = "x" * 200_000
NONSENSE: dict[str, tuple[str, dict[str, str]]] = {
    "NUL in a path": (f"{HOME}pipelines/a%00b/", {}),
    "NUL in a query": (f"{HOME}?q=%00", {}),
    "no such run": (f"{HOME}runs/nothing-1/", {}),
    "a huge page": (f"{HOME}runs/?page={'9' * 5000}", {}),
    "an endless search": (f"{HOME}runs/?q={'%25' * 30_000}", {}),
    "a huge step": (f"{RUN}?step={'9' * 5000}.0", {}),
    "a ref that is an option": (f"{PIPELINE}edit/?ref=--upload-pack=x", {}),
    "NUL in a ref": (f"{PIPELINE}run/", {"ref": "refs/\0"}),
    "an endless ref": (f"{PIPELINE}run/", {"ref": f"refs/{LONG}"}),
    "NUL in a file": (f"{PIPELINE}run/", {"file": "stages: \0"}),
    "broken YAML": (f"{PIPELINE}edit/", {"file": "a: [\n{"}),
    "endless nesting": (f"{PIPELINE}edit/", {"file": "[" * 100_000}),
    "a file of nothing": (f"{PIPELINE}run/", {"file": ""}),
    "a huge stage": (f"{RUN}rerun/", {"from": "9" * 5000}),
    "a stage that is no number": (f"{RUN}rerun/", {"from": "\u00b2"}),
    "no such mode": (f"{RUN}rerun/", {"mode": "nothing"}),
    "NUL in a setting": (PAGES["the preferences"], {"executor-quota": "\0"}),
    "NUL in a name": (f"{HOME}pipelines/new/", {"display_name": "\0", "repository_url": "x"}),
    "an endless name": (f"{HOME}pipelines/new/", {"display_name": LONG, "repository_url": "x"}),
    "nothing typed": (f"{HOME}pipelines/new/", {"display_name": ""}),
    "an empty address": (f"{PIPELINE}settings/", {"display_name": "x", "repository_url": "  "}),
}


@pytest.mark.parametrize(("path", "data"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_gets_a_page(alices: Client, run: Execution, path: str, data: dict[str, str]) -> None:
    answer = alices.post(path, data, follow=True) if data else alices.get(path)
    assert answer.status_code in {200, 400, 404, 422}
    text = answer.content.decode()
    assert "Traceback" not in text
    assert Page(text).title


@pytest.mark.parametrize("path", [f"{HOME}pipelines/new/", f"{PIPELINE}settings/"], ids=["new", "settings"])
def test_a_form_without_fields_is_refused(alices: Client, pipeline: Pipeline, path: str) -> None:
    assert alices.post(path).status_code == 422


# How much it costs


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize(
    "path", [HOME, f"{HOME}runs/", *(f"/api/v1{HOME}{rows}" for rows in ("executions", "pipelines", "queue"))]
)
def test_more_rows_cost_no_more_queries(alices: Client, project: Project, alice: User, path: str, logs: Any) -> None:
    def grow(first: int, last: int) -> int:
        for number in range(first, last):
            pipeline = pipeline_of(project, alice, name=f"pipeline-{number}")
            finished(run_of(pipeline, alice))
            run_of(pipeline, alice)
        return queries(alices, path)

    assert grow(0, 3) == grow(3, 25)
