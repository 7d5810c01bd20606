"""Every page, in both themes and languages: without a serious finding of axe, and no wider than the screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, log_in, picture, run_draft, state
from tests.servers.platform import Platform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PAGES = {
    "home": "/projects/demo/",
    "runs": "/projects/demo/runs/",
    "pipeline": "/projects/demo/pipelines/tally/",
    "editor": "/projects/demo/pipelines/tally/edit/",
    "pipeline-new": "/projects/demo/pipelines/new/",
    "pipeline-settings": "/projects/demo/pipelines/tally/settings/",
    "projects": "/projects/",
    "project-new": "/projects/new/",
    "general": "/projects/demo/settings/",
    "preferences": "/projects/demo/settings/preferences/",
    "members": "/projects/demo/settings/members/",
    "secrets": "/projects/demo/settings/secrets/",
    "audit": "/projects/demo/settings/audit/",
    "project-delete": "/projects/demo/settings/delete/",
    "account": "/account/",
    "tokens": "/account/tokens/",
    "password": "/account/password/",
    "missing": "/projects/nothing/",
}
FAILS = "stages: [{name: Check, steps: [{name: lint, runScriptConfig: {image: alpine, shellScript: exit 1}}]}]"


def findings(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize(
    ("theme", "language"), [("light", "en-US"), ("dark", "en-US"), ("light", "zh-CN"), ("dark", "zh-CN")]
)
def test_every_page_is_for_everyone(browser: Browser, served: Platform, theme: str, language: str) -> None:
    context = browser.new_context(
        base_url=served.url, locale=language, color_scheme="dark" if theme == "dark" else "light"
    )
    page = context.new_page()
    page.goto("/login/")
    serious = {"login": findings(page)}
    log_in(page, "admin", PASSWORD)
    for name, address in PAGES.items():
        page.goto(address)
        serious[name] = findings(page)
        picture(page, f"{name}-{theme}-{language}")
    context.close()
    assert {name: found for name, found in serious.items() if found} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_run_is_for_everyone(admin: Page, theme: str) -> None:
    admin.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    run_draft(admin, FAILS)
    expect(state(admin)).to_have_text("Failed", timeout=60_000)
    assert findings(admin) == []


def test_no_page_is_wider_than_a_narrow_screen(browser: Browser, served: Platform) -> None:
    context = browser.new_context(base_url=served.url, viewport={"width": 390, "height": 844}, locale="en-US")
    page = log_in(context.new_page(), "admin", PASSWORD)
    too_wide = []
    for name, address in PAGES.items():
        page.goto(address)
        picture(page, f"{name}-narrow")
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)
    context.close()
    assert too_wide == []
