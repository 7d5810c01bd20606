"""A real browser and a platform to look at; tests are skipped where no Chromium is installed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.servers.platform import Platform, platform

PASSWORD = "correct-horse-battery"
PICTURES = Path(settings.BASE_DIR) / "build" / "screenshots"
# Background services would look for their makers' servers at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")  # its event loop would be in the way of other tests of this process
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def served() -> Iterator[Platform]:
    """One platform in embedded mode, shared by the tests of this process."""
    with platform({"ADMIN_PASSWORD": PASSWORD}) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Platform) -> Iterator[Page]:
    """A page with a session of its own; the test fails when the page's console shows an error."""
    context = browser.new_context(base_url=served.url, locale="en-US")
    page = context.new_page()
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        refused_form = "status of 422" in message.text
        if message.type == "error" and not refused_form:
            errors.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def admin(page: Page) -> Page:
    """The administrator's page, logged in at the demo project."""
    return log_in(page, "admin", PASSWORD)


def log_in(page: Page, username: str, password: str) -> Page:
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    expect(page.locator("header.top")).to_be_visible()
    return page


def run_draft(page: Page, file: str) -> str:
    """Run ``file`` as a draft of the demo pipeline; the address of the run."""
    page.goto("/projects/demo/pipelines/tally/edit/")
    page.fill("textarea[name=file]", file)
    page.get_by_role("button", name="Run this draft").click()
    expect(page.locator("run-graph .node").first).to_be_visible()
    return page.url


def state(page: Page) -> Locator:
    """The badge of a run's page."""
    return page.locator(".run-head .badge")


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
