"""A real browser and a platform to look at; tests are skipped where no Chromium is installed."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.servers.platform import Platform, platform

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
    with platform() as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Platform) -> Iterator[Page]:
    """A page with a session of its own; the test fails when the page's console shows an error."""
    context = browser.new_context(base_url=served.url, locale="en-US")
    page = context.new_page()
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
