"""Nonsense gets a problem document: never a page, a traceback or a 500."""

from typing import Any

import pytest
from django.test import Client

from devops_platform.api.errors import problem_of
from devops_platform.api.pagination import MAX_LIMIT
from devops_platform.errors import Conflict, Denied, Invalid, Misconfigured, Missing, PlatformError, Unavailable
from devops_platform.projects import services
from devops_platform.projects.models import Project, User

SECRET = "correct-horse-battery"
JSON = "application/json"


@pytest.fixture
def alices(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("no"), 422),
        (Missing("no"), 404),
        (Denied("no"), 403),
        (Conflict("no"), 409),
        (Unavailable("no"), 503),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_says_who_must_act(error: PlatformError, status: int) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.status == status


@pytest.mark.parametrize("error", [RuntimeError("hush"), Misconfigured("hush")], ids=["a bug", "the operator's"])
def test_what_is_not_the_callers_business_is_no_problem_of_theirs(error: Exception) -> None:
    assert problem_of(error) is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"{", 400, id="half a document"),
        pytest.param(b"\xff\xfe{}", 400, id="bytes that are not UTF-8"),
        pytest.param(b'{"name": NaN}', 400, id="NaN"),
        pytest.param(b'{"name": "a\\u0000b"}', 400, id="NUL in a value"),
        pytest.param(b'{"a\\u0000b": 1}', 400, id="NUL in a key"),
        pytest.param(b'{"name": "\\ud800"}', 400, id="half a surrogate pair"),
        pytest.param(b"[" * 100_000, 400, id="endless nesting"),
        pytest.param(b'{"name": ' + b"9" * 5000 + b"}", 400, id="an endless number"),
        pytest.param(b'{"name": "' + b"x" * 3_000_000 + b'"}', 413, id="too many bytes"),
        pytest.param(b"[]", 422, id="a list"),
        pytest.param(b"null", 422, id="null"),
        pytest.param(b'{"name": 5}', 422, id="a number for a name"),
        pytest.param(b'{"name": "x", "nmae": "y"}', 422, id="an unknown key"),
        pytest.param(b"{}", 422, id="nothing"),
    ],
)
def test_a_bad_body_is_refused(alices: Client, body: bytes, status: int) -> None:
    answer = alices.generic("POST", "/api/v1/projects", body, content_type=JSON)
    check_problem(answer, status)


def test_each_wrong_place_is_named(alices: Client) -> None:
    answer = alices.post("/api/v1/tokens", {"name": "", "scopes": ["everything"], "extra": 1}, content_type=JSON)
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"#/name", "#/scopes/0", "#/extra"}


@pytest.mark.parametrize("content_type", ["text/xml", "multipart/form-data; boundary=x", "application/yaml"])
def test_a_body_that_is_not_json_is_refused(alices: Client, content_type: str) -> None:
    check_problem(alices.generic("POST", "/api/v1/projects", b"x", content_type=content_type), 415)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/api/", 404, id="no such address"),
        pytest.param("/api/v1/no/such/thing", 404, id="no such address in the version"),
        pytest.param("/api/v1/projects/no-such", 404, id="no such project"),
        pytest.param("/api/v1/projects/a%00b", 400, id="NUL in the path"),
        pytest.param("/api/v1/projects?cursor=%00", 400, id="NUL in the query"),
        pytest.param("/api/v1/projects?cursor=made-up", 400, id="a made-up cursor"),
        pytest.param("/api/v1/projects?limit=0", 400, id="no rows"),
        pytest.param(f"/api/v1/projects?limit={MAX_LIMIT + 1}", 400, id="too many rows"),
        pytest.param("/api/v1/projects?limit=" + "9" * 50, 400, id="far too many rows"),
        pytest.param("/api/v1/projects?limit=%C2%B2", 400, id="a digit that is no number"),
    ],
)
def test_a_bad_address_is_refused(alices: Client, path: str, status: int) -> None:
    check_problem(alices.get(path), status)


def test_an_answer_nobody_can_give_is_406(alices: Client) -> None:
    check_problem(alices.get("/api/v1/me", headers={"Accept": "text/html"}), 406)


def test_a_failure_on_our_side_tells_its_number_and_nothing_else(
    alices: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(services, "create_project", fail)
    answer = alices.post("/api/v1/projects", {"name": "x"}, content_type=JSON)
    document = check_problem(answer, 500)
    assert SECRET not in answer.content.decode()
    assert document["id"] in caplog.text


def test_a_page_that_is_missing_is_a_page(alices: Client) -> None:
    answer = alices.get("/projects/no-such/settings/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_pages_of_a_list_hold_every_row_once(alices: Client, alice: User) -> None:
    for number in range(7):
        services.create_project(name=f"Same name {number % 2}", by=alice)
    seen: list[str] = []
    path = "/api/v1/projects?limit=3"
    while path:
        page = alices.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 8


def test_a_cursor_is_good_for_its_own_list_only(alices: Client, alice: User, project: Project) -> None:
    services.create_project(name="Another", by=alice)
    cursor = alices.get("/api/v1/projects?limit=1").json()["next"].partition("cursor=")[2]
    check_problem(alices.get(f"/api/v1/projects/{project.pk}/members?cursor={cursor}"), 400)


READERS = (
    "/api/v1/projects/p-demo/secrets",
    "/api/v1/projects/p-demo/audit",
    "/projects/p-demo/settings/secrets/",
    "/projects/p-demo/settings/audit/",
)


def test_no_answer_gives_a_secret_back(alices: Client, project: Project, caplog: pytest.LogCaptureFixture) -> None:
    put = alices.put("/api/v1/projects/p-demo/secrets/api", {"put": {"token": SECRET}}, content_type=JSON)
    form = {"name": "other", "key": "token", "value": SECRET}
    typed = alices.post("/projects/p-demo/settings/secrets/", form, follow=True)
    refused = alices.post("/projects/p-demo/settings/secrets/", {**form, "name": "minio"})
    assert (put.status_code, typed.status_code, refused.status_code) == (201, 200, 422)
    answers = [put, typed, refused, *(alices.get(path) for path in READERS)]
    assert not [answer for answer in answers if SECRET in answer.content.decode()]
    assert SECRET not in caplog.text


def check_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document.keys() >= {"type", "title", "detail", "code"}
    return document
