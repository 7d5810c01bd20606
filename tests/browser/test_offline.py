"""What the page says while the server is away."""

import sys

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PASSWORD, log_in, picture, run_draft, state
from tests.servers import process
from tests.servers.platform import ROOT, UNSET, platform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WAITS = "stages: [{name: Wait, steps: [{name: wait, runScriptConfig: {image: alpine, shellScript: sleep 8}}]}]"


def test_a_run_is_taken_up_again_when_the_server_is_back(browser: Browser) -> None:
    with platform({"ADMIN_PASSWORD": PASSWORD}) as served:
        context = browser.new_context(base_url=served.url, locale="en-US")
        page = log_in(context.new_page(), "admin", PASSWORD)
        run_draft(page, WAITS)
        expect(state(page)).to_have_text("Running", timeout=30_000)
        served.process.terminate()
        served.process.wait(timeout=30)
        expect(page.locator(".run-banner")).to_contain_text("Connection lost", timeout=30_000)
        picture(page, "run-offline")
        port = int(served.url.rsplit(":", 1)[1])
        settings = {"DJANGO_SETTINGS_MODULE": "devops_platform.settings"}
        own = {**UNSET, **settings, "DATA_DIR": str(served.data), "PORT": str(port)}
        command = [sys.executable, str(ROOT / "manage.py"), "serve"]
        with process.running(command, port=port, log=served.log, env=own):
            expect(page.locator(".run-banner")).to_be_hidden(timeout=60_000)
            expect(state(page)).to_have_text("Success", timeout=60_000)
            context.close()
