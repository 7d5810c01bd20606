from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from devops_platform.projects import shown
from pipelines.definition.messages import reason


def rendered(source: str, **context: Any) -> str:
    return Template("{% load console %}" + source).render(Context(context))


STORED = [
    pytest.param("Waiting", None, "waiting", id="a part whose turn has not come is waiting"),
    pytest.param("Queueing", None, "queued", id="a run without a slot is queued"),
    pytest.param("Pending", None, "approval", id="a part that needs a person waits for approval"),
    pytest.param("Building", None, "running", id="a building part is running"),
    pytest.param("Waiting", reason("EngineStarting"), "starting", id="a part that the engine has is starting"),
    pytest.param("Building", {"code": "EngineUnreachable"}, "unknown", id="lost contact is unknown, not failed"),
    pytest.param("Building", {"code": "ImageIgnored"}, "running", id="other reasons leave the state alone"),
    pytest.param("Failed", None, "failed", id="failed is failed"),
    pytest.param("no such state", None, "unknown", id="what nobody knows is unknown"),
]


@pytest.mark.parametrize(("stored", "why", "name"), STORED)
def test_states_are_shown(stored: str, why: Any, name: str) -> None:
    assert shown.look(stored, why).name == name


@pytest.mark.parametrize("look", shown.LOOKS.values(), ids=lambda look: look.name)
def test_every_state_has_shape_colour_and_word_of_its_own(look: shown.Look) -> None:
    badge = rendered("{% state_badge name %}", name=look.name)
    assert f"s-{look.name}" in badge
    assert f"#{look.icon}" in badge
    assert str(look.word) in badge
    assert sum(other.icon == look.icon for other in shown.LOOKS.values()) == 1


@pytest.mark.parametrize("look", shown.LOOKS.values(), ids=lambda look: look.name)
def test_the_sprite_holds_the_shape_of_every_state(look: shown.Look) -> None:
    assert f'<symbol id="{look.icon}"' in render_to_string("partials/_sprite.html")


def test_what_is_put_into_a_tag_stays_text() -> None:
    assert "<script" not in rendered("{% icon name %}{% state_badge name %}", name='"><script>')


DURATIONS = [
    pytest.param(0, "0.0s", id="nothing"),
    pytest.param(0.349, "0.3s", id="short ones have a decimal"),
    pytest.param(9.999, "9.9s", id="decimals are cut, too"),
    pytest.param(41.9, "41s", id="seconds are cut, not rounded"),
    pytest.param(64, "1m 04s", id="minutes keep two digits of seconds"),
    pytest.param(7500, "2h 05m", id="hours leave the seconds out"),
    pytest.param(-3, "0.0s", id="a clock that went back is nothing"),
    pytest.param(None, "", id="what never began has no duration"),
]


@pytest.mark.parametrize(("seconds", "text"), DURATIONS)
def test_durations(seconds: float | None, text: str) -> None:
    assert rendered("{{ seconds|duration }}", seconds=seconds) == text


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AGES = [
    pytest.param(timedelta(seconds=20), "just now", id="less than a minute"),
    pytest.param(timedelta(minutes=6), "6 min ago", id="minutes"),
    pytest.param(timedelta(hours=12), "12 h ago", id="hours"),
    pytest.param(timedelta(days=1, hours=3), "1 day ago", id="one day"),
    pytest.param(timedelta(days=9), "9 days ago", id="days"),
    pytest.param(-timedelta(minutes=6), "in 6 min", id="a moment to come"),
]


@pytest.mark.parametrize(("age", "text"), AGES)
def test_ages(age: timedelta, text: str) -> None:
    assert shown.ago(NOW - age, NOW) == text


@pytest.mark.parametrize("moment", [NOW, NOW.isoformat()], ids=["a datetime", "ISO text"])
def test_a_moment_carries_its_machine_form(moment: datetime | str) -> None:
    assert 'datetime="2026-11-22T12:00:00+00:00"' in rendered("{% when moment %}", moment=moment)


def test_no_moment_is_nothing() -> None:
    assert rendered("{% when moment %}", moment=None) == ""


def test_an_island_that_was_not_built_is_nothing() -> None:
    assert rendered('{% island "src/no-such-entry.ts" %}') == ""


def test_a_sparkline_marks_failures_below_the_line() -> None:
    runs: list[Mapping[str, Any]] = [{"state": "Success", "seconds": 60}, {"state": "Failed", "seconds": 30}]
    drawn = rendered("{% sparkline runs %}", runs=runs)
    assert drawn.count('class="ok"') == 1
    assert drawn.count('class="bad"') == 2


NAMES = [("Maya Chen", "MC"), ("admin", "A"), ("lin.wei", "LW"), ("陈美", "陈"), ("", "")]


@pytest.mark.parametrize(("name", "letters"), NAMES)
def test_avatars_have_initials(name: str, letters: str) -> None:
    assert rendered("{{ name|initials }}", name=name) == letters


def page(**cookies: str) -> str:
    request: HttpRequest = RequestFactory().get("/")
    request.COOKIES.update(cookies)
    request.user = AnonymousUser()
    return render_to_string("base.html", request=request)


def test_the_theme_of_the_cookie_is_there_from_the_first_byte() -> None:
    assert 'data-theme="dark"' in page(theme="dark")


@pytest.mark.parametrize("cookies", [{}, {"theme": '"><script>'}], ids=["no cookie", "a cookie that is no theme"])
def test_without_a_theme_the_system_decides(cookies: dict[str, str]) -> None:
    assert "data-theme" not in page(**cookies)


@pytest.mark.parametrize("template", ["base.html", "404.html", "403.html", "500.html"])
def test_pages_hold_no_inline_script_or_style(template: str) -> None:
    request: HttpRequest = RequestFactory().get("/")
    request.user = AnonymousUser()
    text = render_to_string(template, request=request)
    for forbidden in (" style=", "<style", " onclick=", "<script>", "javascript:"):
        assert forbidden not in text
