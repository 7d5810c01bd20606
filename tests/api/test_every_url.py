"""The walk: every address of the URL map, by every method, as each of the cast, against ``url_table``."""

import json
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from devops_platform.projects.models import User
from tests.api.url_table import CAST, ROWS, Row, World

CLIENT = Client(raise_request_exception=False)  # one for all: each new one reads every static file anew
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}", entry


URLS = {name: pattern for name, pattern in patterns(get_resolver()) if not name.startswith("admin:")}
ADMIN = {name: pattern for name, pattern in patterns(get_resolver()) if name.startswith("admin:")}
OPEN_IN_ADMIN = {"admin:login", "admin:logout"}
NOT_REVERSIBLE = {"admin:None", "admin:app_list"}  # redirects to a sibling; one pattern for all apps


def address(row: Row, world: World) -> str:
    kwargs = row.kwargs(world)
    if "project" in parts_of(row.url):
        kwargs["project"] = world.project.pk
    return reverse(row.url, kwargs=kwargs)


def parts_of(name: str) -> set[str]:
    """The named parts of the address, those of including URL maps too."""
    return {part for _text, parts in get_resolver().reverse_dict.getlist(name)[0][0] for part in parts}


def ask(row: Row, path: str, who: User | None) -> HttpResponse:
    """One request, whose changes are undone afterwards."""
    CLIENT.cookies.clear()
    with transaction.atomic():
        if who:
            CLIENT.force_login(who)
        if path.startswith("/api/"):
            body = json.dumps(row.body) if row.body else ""
            answer = CLIENT.generic(row.method, path, body, content_type="application/json")
        elif row.method == "POST":
            answer = CLIENT.post(path, row.body)
        else:
            answer = CLIENT.generic(row.method, path)
        transaction.set_rollback(True)
    return answer  # type: ignore[return-value]  # the client's own subclass


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.url} {row.method}")
def test_each_of_the_cast_gets_what_the_table_says(row: Row, world: World) -> None:
    path = address(row, world)
    answers = {role: ask(row, path, world.cast.get(role)) for role in CAST}
    assert {role: answer.status_code for role, answer in answers.items()} == row.answers
    anonymous = answers["anonymous"]
    if anonymous.status_code == 302 and row.url not in {"logout", "theme", "set_language"}:
        assert anonymous["Location"].startswith("/login/")


@pytest.mark.parametrize("url", URLS)
def test_a_method_without_a_row_is_not_allowed(url: str, world: World) -> None:
    rows = [row for row in ROWS if row.url == url]
    assert rows, f"{url} has no row in tests/api/url_table.py"
    path = address(rows[0], world)
    missing = [Row(url, method, rows[0].expected) for method in METHODS if method not in {row.method for row in rows}]
    answers = {row.method: ask(row, path, world.owner).status_code for row in missing}
    assert set(answers.values()) <= {405}, answers
    for row in missing:
        for role in ("stranger", "anonymous"):
            assert ask(row, path, world.cast.get(role)).status_code in {302, 401, 404, 405}


@pytest.mark.parametrize("name", sorted(set(ADMIN) - OPEN_IN_ADMIN - NOT_REVERSIBLE))
def test_the_admin_is_closed_to_everybody_but_staff(name: str, world: World) -> None:
    pattern = ADMIN[name]
    parts = dict.fromkeys(pattern.pattern.converters, "1") | dict.fromkeys(pattern.pattern.regex.groupindex, "1")
    path = reverse(name, kwargs=parts)
    for role in CAST:
        answer = ask(Row(name, "GET", ""), path, world.cast.get(role))
        assert answer.status_code in {302, 404}
        assert answer.get("Location", "/admin/login/").startswith("/admin/login/")
