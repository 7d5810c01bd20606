"""The run page's islands on a run that is played in the page: no server, no engine, nothing to wait for."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

STATIC = Path(settings.BASE_DIR) / "static"
VITE = STATIC / "node_modules" / ".bin" / "vite"
MILLION = 1_000_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    node = shutil.which("node")
    if node is None or not VITE.exists():
        pytest.skip("the front end is not installed (npm ci in static/)")
    port = free_port()
    command = [node, str(VITE), "--host", "127.0.0.1", "--port", str(port), "--strictPort", "--clearScreen", "false"]
    process = subprocess.Popen(command, cwd=STATIC, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert process.stdout is not None
    for line in process.stdout:
        if str(port) in line:
            break
    yield f"http://127.0.0.1:{port}/src/dev/index.html"
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture
def run(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when the content policy, a script or a request does."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def test_an_open_run_shows_what_runs(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0")
    expect(run.locator("run-log h2")).to_have_text("Approve › e2e")
    expect(run.locator("run-graph .node")).to_have_count(10)
    expect(run.locator('run-tree [aria-selected="true"]')).to_contain_text("e2e")


def test_graph_tree_log_and_address_stay_in_step(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=2.0")
    run.keyboard.press("j")
    expect(run.locator("run-log h2")).to_have_text("Publish › chart")
    expect(run.locator('run-graph [aria-current="step"]').first).to_contain_text("chart")
    assert "step=2.1" in run.url
    run.locator('run-graph [data-step="1.2"]').click()
    expect(run.locator('run-tree [aria-selected="true"]')).to_contain_text("lint")
    assert "step=1.2&attempt=2" in run.url
    run.go_back()
    expect(run.locator("run-log h2")).to_have_text("Publish › chart")


def test_arrow_keys_go_through_the_graph(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=1.1")
    run.locator('[data-step="1.1"]').focus()
    run.keyboard.press("ArrowRight")
    run.keyboard.press("ArrowUp")
    run.keyboard.press("Enter")
    expect(run.locator("run-log h2")).to_have_text("Publish › image")


def test_following_stops_when_the_reader_scrolls_and_f_takes_it_up_again(run: Page, address: str) -> None:
    run.goto(f"{address}?step=3.1")
    expect(run.locator(".ln", has_text="live line 1").first).to_be_visible()
    expect(run.locator(".follow")).to_have_count(0)
    run.locator(".log").hover()
    run.mouse.wheel(0, -2000)
    expect(run.locator(".follow")).to_contain_text("new line")
    run.keyboard.press("f")
    expect(run.locator(".follow")).to_have_count(0)


def test_the_first_error_is_one_key_away(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=3.1")
    expect(run.locator(".ln").first).to_be_attached()
    run.keyboard.press("e")
    expect(run.locator(".ln-err")).to_contain_text("retries the capture")
    expect(run.locator(".ln-err")).to_be_in_viewport()


def test_search_counts_and_goes_from_hit_to_hit(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=3.1")
    expect(run.locator(".ln").first).to_be_attached()
    run.keyboard.press("/")
    run.keyboard.type("409")
    expect(run.locator(".hits")).to_have_text(re.compile(r"\d of 3"))
    before = run.locator(".hits").inner_text()
    run.keyboard.press("Escape")
    run.keyboard.press("n")
    expect(run.locator(".hits")).not_to_have_text(before)
    expect(run.locator("mark.is-current")).to_be_in_viewport()
    run.keyboard.press("N")
    expect(run.locator(".hits")).to_have_text(before)


def test_lines_are_addresses_and_are_copied(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=3.1#L8-L9")
    expect(run.locator(".is-linked")).to_have_count(2)
    expect(run.locator("#L8")).to_be_in_viewport()
    run.locator("#L10 a").click()
    run.locator("#L11 a").click(modifiers=["Shift"])
    assert run.url.endswith("#L10-L11")
    run.locator("run-log").get_by_role("button", name="Copy").click()
    copied = str(run.evaluate("() => navigator.clipboard.readText()"))
    assert copied.count("\n") == 2
    assert "\x1b" not in copied


def test_markup_in_a_log_stays_text_and_long_lines_are_cut(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=3.1#L15")
    expect(run.locator("#L15 code")).to_contain_text('<script>alert("markup stays text")</script>')
    expect(run.locator("#L16")).to_contain_text("37 updates folded")
    expect(run.locator("#L17 .note")).to_contain_text("line cut")


def test_a_million_lines_are_a_few_rows(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=1.1#L{MILLION}")
    expect(run.locator(f"#L{MILLION}")).to_be_in_viewport(timeout=30_000)
    assert run.locator(".ln").count() < 100
    run.locator(".log").evaluate("box => { box.scrollTop = box.scrollHeight / 2 }")
    expect(run.locator(".ln").nth(20)).to_be_in_viewport()


def test_a_selection_outlives_scrolling(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=1.1#L3")
    expect(run.locator("#L3")).to_be_in_viewport(timeout=30_000)
    run.evaluate(
        "() => { const code = n => document.querySelector(`#L${n} code`);"
        " getSelection().setBaseAndExtent(code(3), 0, code(5), code(5).childNodes.length); }"
    )
    run.locator(".log").hover()
    run.mouse.wheel(0, 4000)
    expect(run.locator("#L210")).to_be_in_viewport()
    assert str(run.evaluate("() => getSelection().toString()")).count("address") == 3


def test_panes_are_resized_by_keys_and_remembered(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0")
    tree = run.locator("run-tree")
    before = tree.evaluate("element => element.offsetWidth")
    run.locator(".handle-v").focus()
    run.keyboard.press("ArrowRight")
    assert tree.evaluate("element => element.offsetWidth") == before + 16
    run.reload()
    expect(run.locator("run-graph .node").first).to_be_visible()
    assert tree.evaluate("element => element.offsetWidth") == before + 16


def test_a_narrow_screen_has_a_rail_and_two_tabs(run: Page, address: str) -> None:
    run.set_viewport_size({"width": 390, "height": 844})
    run.goto(f"{address}?live=0")
    expect(run.locator(".rail button")).to_have_count(5)
    expect(run.locator(".graph")).to_be_hidden()
    expect(run.locator("run-tree")).to_be_hidden()
    run.locator(".pane-tabs label").first.click()
    expect(run.locator("run-tree")).to_be_visible()
    expect(run.locator("run-log")).to_be_hidden()
    assert run.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding_of_axe(run: Page, address: str, theme: str) -> None:
    run.goto(f"{address}?live=0&theme={theme}&step=3.1")
    expect(run.locator(".ln").first).to_be_attached()
    found = Axe().run(run).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
    assert serious == []


def test_times_are_shown_as_the_reader_likes_and_remembered(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=3.1")
    expect(run.locator(".ln time").first).to_have_text(re.compile(r"\d\d:\d\d:\d\d\.\d{3}"))
    run.get_by_label("Time", exact=True).select_option("relative")
    expect(run.locator(".ln time").first).to_have_text(re.compile(r"^\d+:\d\d\.\d{3}"))
    run.get_by_label("Time", exact=True).select_option("none")
    run.reload()
    expect(run.locator(".ln code").first).to_be_visible()
    expect(run.locator(".ln time")).to_have_count(0)


def test_a_group_that_ended_is_folded_and_opens(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=1.2")
    group = run.get_by_role("button", name="Install dependencies")
    expect(group).to_have_attribute("aria-expanded", "false")
    expect(run.locator("#L2")).to_contain_text("2 lines, 0.0s")
    expect(run.locator("#L3")).to_have_count(0)
    expect(run.locator("#L6")).to_be_visible()
    group.click()
    expect(run.locator("#L3")).to_contain_text("fetching")
    run.goto(f"{address}?live=0&step=1.2#L4")
    expect(run.locator("#L4")).to_be_visible()


def test_a_search_goes_on_into_other_steps(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0&step=3.1")
    expect(run.locator(".ln").first).to_be_visible()
    run.keyboard.press("/")
    run.keyboard.type("echo")
    told = run.locator(".log-bar summary")
    expect(told).to_have_text("0 in this step, 1 in 1 step of the run")
    run.locator(".log").focus()
    run.keyboard.press("n")
    expect(run.locator("run-log h2")).to_have_text("Check › lint")
    expect(run.locator(".hits")).to_have_text("1 of 1")
    expect(run.locator("mark.is-current")).to_have_text("echo")


def test_a_failed_step_says_what_went_wrong_first(run: Page, address: str) -> None:
    run.goto(f"{address}?live=0")
    expect(run.locator("run-tree .tree-row", has_text="lint")).to_contain_text("2 errors in capture.ts")
