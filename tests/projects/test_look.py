import pytest
from django.test import RequestFactory

from devops_platform.projects.views.look import theme


def choose(**fields: str) -> tuple[str, str]:
    """Where the answer leads, and the theme it keeps."""
    answer = theme(RequestFactory().post("/theme/", fields))
    return answer["Location"], answer.cookies["theme"].value


def test_a_chosen_theme_is_kept() -> None:
    assert choose(theme="dark", next="/projects/demo/?state=failed") == ("/projects/demo/?state=failed", "dark")


@pytest.mark.parametrize("chosen", ["", "pink"], ids=["the system's", "no theme at all"])
def test_otherwise_the_system_decides(chosen: str) -> None:
    assert choose(theme=chosen, next="/") == ("/", "")


@pytest.mark.parametrize("away", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_way_back_never_leaves_the_site(away: str) -> None:
    assert choose(theme="light", next=away) == ("/", "light")
