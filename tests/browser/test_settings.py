"""Journeys through what is set: tokens, secrets, members, language and theme."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import log_in, picture
from tests.servers.platform import Platform

pytestmark = pytest.mark.browser


def test_a_token_is_shown_once(admin: Page) -> None:
    admin.goto("/account/tokens/")
    admin.fill("[name=name]", "ci")
    admin.get_by_role("button", name="Create").click()
    token = admin.locator(".banner code").inner_text()
    picture(admin, "token")
    admin.goto("/account/tokens/")
    expect(admin.locator("table")).to_contain_text("ci")
    assert token not in admin.content()


def test_a_secret_is_set_and_never_shown(admin: Page) -> None:
    admin.goto("/projects/demo/settings/secrets/")
    admin.fill("[name=name]", "api")
    admin.fill("[name=key]", "token")
    admin.fill("[name=value]", "hunter2-hunter2")
    admin.get_by_role("button", name="Write").click()
    expect(admin.locator("table")).to_contain_text("token")
    assert "hunter2" not in admin.content()


def test_a_reader_sees_runs_but_cannot_start_them(admin: Page, browser: Browser, served: Platform) -> None:
    admin.goto("/admin/projects/user/add/")
    admin.fill("[name=username]", "bob")
    for field in ("password1", "password2"):
        admin.fill(f"[name={field}]", "another-long-word")
    admin.locator("[name=_save]").click()
    admin.goto("/projects/demo/settings/members/")
    admin.fill("[name=username]", "bob")
    admin.locator("form.panel select").select_option("readonly")
    admin.get_by_role("button", name="Add").click()
    expect(admin.locator("table")).to_contain_text("bob")
    context = browser.new_context(base_url=served.url)
    bob = log_in(context.new_page(), "bob", "another-long-word")
    bob.goto("/projects/demo/pipelines/tally/")
    expect(bob.locator("h1")).to_have_text("tally")
    expect(bob.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    bob.goto("/projects/demo/settings/members/")
    expect(bob.get_by_role("button", name="Add")).to_have_count(0)
    context.close()


def test_language_and_theme_stay_as_chosen(admin: Page) -> None:
    admin.goto("/projects/demo/")
    admin.locator(".top-end summary").click()
    admin.get_by_role("button", name="Dark").click()
    expect(admin.locator("html")).to_have_attribute("data-theme", "dark")
    admin.locator(".top-end summary").click()
    admin.locator(".menu [lang=zh-hans]").click()
    expect(admin.locator("h1")).to_have_text("流水线")
    admin.goto("/projects/demo/runs/")
    expect(admin.locator("h1")).to_have_text("执行记录")
    expect(admin.locator("html")).to_have_attribute("data-theme", "dark")
    picture(admin, "home-zh-dark")
