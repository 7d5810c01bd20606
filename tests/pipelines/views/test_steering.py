"""The approval bar and the buttons of a run, without JavaScript."""

from typing import Any

import pytest
from django.test import Client

from devops_platform.projects.models import User
from pipelines.models import Answer, Execution, Pipeline
from tests.worlds import WITH_APPROVAL, run_of, waits_for_people

RUN = "/projects/p-demo/runs/checkout-api-1/"
HIDDEN = WITH_APPROVAL.replace("Release it?", '"<b>Release</b> it?"')


@pytest.fixture
def asking(pipeline: Pipeline, alice: User) -> Execution:
    return waits_for_people(run_of(pipeline, alice, file=WITH_APPROVAL))


def page(user: User) -> str:
    return browser(user).get(RUN).content.decode()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(text: str, action: str) -> str:
    """The form that posts to ``action``, from its first to its last tag."""
    start = text.index("<form", text.index(f'action="{RUN}{action}/"') - 200)
    return text[start : text.index("</form>", start)]


def press(user: User, action: str, **fields: Any) -> str:
    """The page that follows after a button was pressed."""
    return browser(user).post(f"{RUN}{action}/", fields, follow=True).content.decode()


def test_who_may_answer_finds_a_bar_with_both_answers(asking: Execution, bob: User) -> None:
    bar = form(page(bob), "answer")
    assert "Release it?" in bar
    assert "0 of 1 given" in bar
    assert 'value="approve"' in bar
    assert 'value="reject"' in bar
    assert "hidden>" not in bar.replace('type="hidden"', "")


def test_who_may_only_look_sees_what_is_waited_for_and_no_button(asking: Execution, rita: User) -> None:
    bar = form(page(rita), "answer")
    assert "0 of 1 given" in bar
    assert "verdict" not in bar


def test_a_step_that_does_not_ask_yet_has_a_bar_that_is_hidden(pipeline: Pipeline, alice: User) -> None:
    run_of(pipeline, alice, file=WITH_APPROVAL)
    bar = form(page(alice), "answer")
    assert 'data-live-if="asks.1.0" hidden>' in bar


def test_what_the_file_asks_is_text(pipeline: Pipeline, alice: User) -> None:
    waits_for_people(run_of(pipeline, alice, file=HIDDEN))
    assert "&lt;b&gt;Release&lt;/b&gt; it?" in form(page(alice), "answer")


def test_an_answer_takes_its_comment_along(asking: Execution, bob: User) -> None:
    press(bob, "answer", step="1.0", verdict="reject", comment="not today")
    assert list(Answer.objects.values_list("username", "approve", "comment")) == [("bob", False, "not today")]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"step": "1.0"}, id="no answer"),
        pytest.param({"step": "1.0", "verdict": "perhaps"}, id="neither answer"),
        pytest.param({"step": "2.0", "verdict": "approve"}, id="another step"),
        pytest.param({"verdict": "approve"}, id="no step"),
    ],
)
def test_an_answer_that_is_none_is_told(asking: Execution, bob: User, fields: dict[str, str]) -> None:
    told = browser(bob).post(f"{RUN}answer/", fields, follow=True).context["messages"]
    assert [message.level_tag for message in told] == ["error"]
    assert not Answer.objects.exists()


def test_a_run_is_paused_and_let_go_by_buttons(asking: Execution, alice: User, bob: User) -> None:
    paused = press(bob, "pause")
    assert "hidden" in form(paused, "pause").partition(">")[0]
    assert "hidden" not in form(paused, "resume").partition(">")[0]
    assert Execution.objects.get().pause is not None
    assert "hidden" not in form(press(alice, "resume"), "pause").partition(">")[0]
    assert Execution.objects.get().pause is None
