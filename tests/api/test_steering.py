"""What people say to a run over REST: approvals, pause, resume."""

from typing import Any

import pytest
from django.test import Client

from devops_platform.projects.models import AuditEvent, Project, User
from devops_platform.projects.roles import Role
from pipelines.models import Answer, Execution, Pipeline
from tests.conftest import member
from tests.worlds import WITH_APPROVAL, run_of, waits_for_people

JSON = "application/json"
RUN = "/api/v1/projects/p-demo/executions/checkout-api-1"
NAMED = WITH_APPROVAL.replace("message: Release it?", "approvers: [alice, owner], required: 2")


@pytest.fixture
def asking(pipeline: Pipeline, bob: User) -> Execution:
    """Bob's run, which waits for any member's approval."""
    return waits_for_people(run_of(pipeline, bob, file=WITH_APPROVAL))


def said(user: User, what: str = "approvals", **body: Any) -> Any:
    client = Client()
    client.force_login(user)
    body = {"step": "1.0", "approve": True, **body} if what == "approvals" else {}
    return client.post(f"{RUN}/{what}", body, content_type=JSON)


def test_who_started_the_run_may_approve_it(asking: Execution, bob: User) -> None:
    document = said(bob, comment="  looks \n good ").json()
    (approval,) = document["approvals"]
    assert (approval["step"], approval["message"], approval["required"]) == ("1.0", "Release it?", 1)
    assert [(a["user"], a["approve"], a["comment"]) for a in approval["answers"]] == [("bob", True, "looks good")]
    assert document["version"] == asking.version + 1


def test_the_reader_learns_what_is_asked_of_them(asking: Execution, bob: User, rita: User, client: Client) -> None:
    client.force_login(bob)
    assert client.get(RUN).json()["may"]["answer"] == ["1.0"]
    said(bob)
    assert client.get(RUN).json()["may"]["answer"] == []
    client.force_login(rita)
    assert client.get(RUN).json()["may"]["answer"] == []


def test_only_those_who_are_asked_may_answer(pipeline: Pipeline, project: Project, alice: User, bob: User) -> None:
    waits_for_people(run_of(pipeline, bob, file=NAMED))
    assert said(bob).status_code == 403
    answers = said(alice), said(member(project, "olga", Role.OWNER), approve=False)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert list(Answer.objects.values_list("username", "approve")) == [("alice", True), ("olga", False)]


def test_the_same_answer_twice_counts_once_and_another_is_refused(
    pipeline: Pipeline, alice: User, asking: Execution
) -> None:
    assert [said(alice).status_code for _ in range(2)] == [200, 200]
    assert said(alice, approve=False).status_code == 409
    assert Answer.objects.count() == 1


def test_once_it_is_decided_nobody_answers_any_more(asking: Execution, alice: User, bob: User) -> None:
    said(alice, approve=False, comment="not on a Friday")
    assert said(bob).status_code == 409


def test_what_is_not_asked_yet_cannot_be_answered(pipeline: Pipeline, alice: User) -> None:
    run_of(pipeline, alice, file=WITH_APPROVAL)
    assert said(alice).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"step": "2.0"}, 404, id="a step that asks nothing"),
        pytest.param({"step": "9.9"}, 404, id="no step of the run"),
        pytest.param({"step": "first"}, 404, id="no step at all"),
        pytest.param({"approve": "yes"}, 422, id="neither yes nor no"),
        pytest.param({"comment": "x" * 501}, 422, id="a comment that is too long"),
    ],
)
def test_an_answer_that_cannot_be_one_is_refused(
    asking: Execution, alice: User, body: dict[str, Any], status: int
) -> None:
    assert said(alice, **body).status_code == status
    assert not Answer.objects.exists()


def test_a_run_is_paused_once_and_let_go_once(asking: Execution, alice: User, bob: User) -> None:
    first, second = said(bob, "pause").json(), said(alice, "pause").json()
    assert first["pausing"]
    assert first["version"] == second["version"]
    assert (first["may"]["pause"], first["may"]["resume"]) == (False, True)
    assert not said(alice, "resume").json()["pausing"]
    assert said(alice, "resume").status_code == 409


def test_a_run_that_is_to_end_takes_no_word_any_more(asking: Execution, alice: User) -> None:
    said(alice, "stop")
    assert [said(alice, what).status_code for what in ("approvals", "pause")] == [409, 409]


def test_every_word_is_in_the_audit_log(asking: Execution, alice: User, bob: User) -> None:
    for what in ("pause", "resume", "approvals"):
        said(bob, what)
    found = AuditEvent.objects.filter(target=asking.name).order_by("pk").values_list("verb", "actor_name")
    assert list(found)[-3:] == [("paused", "bob"), ("resumed", "bob"), ("approved", "bob")]
