"""Journeys of a run: started, watched, stopped, run again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import picture, run_draft, state

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

LONG = 60_000  # ms that a run may take on a busy machine


def file(*steps: tuple[str, str]) -> str:
    """A pipeline of one stage for each step: its name and its script."""
    lines = ["stages:"]
    for name, script in steps:
        lines += [f"  - name: Stage of {name}", "    steps:", f"      - name: {name}"]
        lines += [f"        runScriptConfig: {{image: alpine, shellScript: '{script}'}}"]
    return "\n".join(lines) + "\n"


def test_a_run_is_watched_to_its_end_and_a_line_of_its_log_is_an_address(admin: Page) -> None:
    admin.goto("/projects/demo/")
    admin.get_by_role("link", name="tally", exact=True).click()
    admin.get_by_role("button", name="Run", exact=True).click()
    expect(state(admin)).to_have_text("Success", timeout=LONG)
    expect(admin.locator("run-graph .node.s-success")).to_have_count(4)
    picture(admin, "run-success")
    admin.locator("run-tree [role=treeitem]", has_text="package").click()
    admin.locator("#L2 a").click()
    admin.goto(admin.url)
    expect(admin.locator(".is-linked")).to_have_attribute("id", "L2")
    expect(admin.locator("run-log h2")).to_contain_text("package")


def test_a_stopped_run_says_who_stopped_it(admin: Page) -> None:
    run_draft(admin, file(("wait", "echo begun; sleep 300")))
    expect(admin.locator(".ln", has_text="begun")).to_be_visible(timeout=LONG)
    expect(state(admin)).to_have_text("Running")
    picture(admin, "run-running")
    admin.keyboard.press(".")
    expect(state(admin)).to_have_text("Aborted", timeout=LONG)
    expect(admin.locator('[data-live="reason"]')).to_have_text("Stopped by admin")
    expect(admin.get_by_role("button", name="Stop", exact=True)).to_be_hidden()


def test_what_failed_is_run_again_and_the_first_attempt_stays(admin: Page) -> None:
    run_draft(admin, file(("fine", "echo fine"), ("breaks", "echo error: broken; exit 3")))
    expect(state(admin)).to_have_text("Failed", timeout=LONG)
    expect(admin.get_by_role("button", name="First error")).to_be_visible()
    picture(admin, "run-failed")
    admin.locator(".run-head .joined summary").click()
    admin.get_by_role("button", name="Only what failed").click()
    expect(admin.locator('[data-live="attempts"]')).to_contain_text("Attempt 2 of 2", timeout=LONG)
    expect(state(admin)).to_have_text("Failed", timeout=LONG)
    expect(admin.locator("run-graph .node", has_text="fine")).to_contain_text("attempt 1")
    admin.locator('[data-live="attempts"] summary').click()
    admin.locator('[data-live="attempts"] a', has_text="attempt 1").click()
    expect(admin.locator('[data-live="attempts"]')).to_contain_text("Attempt 1 of 2")
    expect(admin.locator("run-graph .node", has_text="fine")).not_to_contain_text("attempt 1")
    expect(admin.locator(".ln", has_text="error: broken")).to_be_visible()


def test_a_run_goes_on_from_a_stage(admin: Page) -> None:
    run_draft(admin, file(("first", "echo one"), ("second", "echo two")))
    expect(state(admin)).to_have_text("Success", timeout=LONG)
    admin.locator(".run-head .joined summary").click()
    admin.get_by_role("button", name="From Stage of second").click()
    expect(admin.locator('[data-live="attempts"]')).to_contain_text("Attempt 2 of 2", timeout=LONG)
    expect(state(admin)).to_have_text("Success", timeout=LONG)
    expect(admin.locator("run-graph .stage").nth(1)).to_contain_text("attempt 1")


def test_a_draft_is_told_its_problems_then_runs_then_can_be_taken_up_again(admin: Page) -> None:
    admin.goto("/projects/demo/pipelines/tally/edit/")
    admin.fill("textarea[name=file]", file(("hello", "echo hi")).replace("shellScript", "shelScript"))
    admin.get_by_role("button", name="Check", exact=True).click()
    expect(admin.locator(".problems")).to_contain_text("did you mean shellScript?")
    expect(admin.locator(".line-numbers .is-bad")).to_have_text("5")
    picture(admin, "editor-problems")
    admin.locator(".problems a").first.click()
    selected = "text => text.value.slice(text.selectionStart, text.selectionEnd)"
    assert "shelScript" in admin.locator("textarea[name=file]").evaluate(selected)
    admin.fill("textarea[name=file]", file(("hello", "echo hi")))
    admin.get_by_role("button", name="Check", exact=True).click()
    expect(admin.locator(".side")).to_contain_text("No problems")
    expect(admin.locator(".plan-list")).to_contain_text("hello")
    admin.get_by_role("button", name="Run this draft").click()
    expect(state(admin)).to_have_text("Success", timeout=LONG)
    expect(admin.locator(".facts")).to_contain_text("Draft, not committed")
    admin.get_by_role("link", name="Edit and run").click()
    expect(admin.locator("textarea[name=file]")).to_have_value(re.compile("echo hi"))


def test_the_keyboard_alone_finds_a_pipeline_runs_it_and_reads_its_log(admin: Page) -> None:
    admin.goto("/projects/demo/")
    admin.keyboard.press("/")
    admin.keyboard.type("tally")
    expect(admin.locator("[data-row]")).to_have_count(1)
    admin.keyboard.press("Escape")
    admin.locator("h1").click()
    admin.keyboard.press("j")
    expect(admin.get_by_role("link", name="tally", exact=True)).to_be_focused()
    admin.keyboard.press("Enter")
    expect(admin.locator("h1")).to_have_text("tally")
    admin.keyboard.press("r")
    expect(state(admin)).to_have_text("Success", timeout=LONG)
    admin.keyboard.press("j")
    expect(admin.locator('run-tree [aria-selected="true"]')).to_have_count(1)
    admin.keyboard.press("?")
    expect(admin.locator("#keys")).to_be_visible()
    admin.keyboard.press("Escape")
    expect(admin.locator("#keys")).to_be_hidden()


def test_a_narrow_screen_shows_steps_and_log_in_turns(admin: Page) -> None:
    run_draft(admin, file(("hello", "echo hi")))
    admin.set_viewport_size({"width": 390, "height": 844})
    expect(state(admin)).to_have_text("Success", timeout=LONG)
    admin.locator(".pane-tabs label").first.click()
    admin.locator("run-tree [role=treeitem]", has_text="hello").last.click()
    expect(admin.locator(".ln", has_text="hi")).to_be_visible()
    assert admin.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    picture(admin, "run-narrow")
