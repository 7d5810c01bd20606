from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.steps import SetupFailed, Step, command, perform


class Workshop:
    """A step that makes one file of another, and counts how often it ran."""

    def __init__(self, folder: Path) -> None:
        self.stamps = folder / "stamps"
        self.source = folder / "source"
        self.product = folder / "product"
        self.source.write_text("one")
        self.runs = 0

    def make(self) -> None:
        self.runs += 1
        self.product.write_text(self.source.read_text())

    def perform(self, fact: str = "") -> None:
        perform(Step("Making the product", self.make, [self.source], [self.product], [fact]), self.stamps)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_a_step_runs_once_while_nothing_changes(workshop: Workshop) -> None:
    workshop.perform()
    workshop.source.touch()
    workshop.perform()
    assert workshop.runs == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda it: it.source.write_text("two"), id="an input has other content"),
        pytest.param(lambda it: it.source.unlink(), id="an input is gone"),
        pytest.param(lambda it: it.product.unlink(), id="the product is gone"),
    ],
)
def test_a_step_runs_again_when(workshop: Workshop, change: Callable[[Workshop], object]) -> None:
    runs: list[str] = []
    step = Step("Counting", lambda: runs.append("run"), [workshop.source], [workshop.product])
    workshop.make()
    perform(step, workshop.stamps)
    change(workshop)
    perform(step, workshop.stamps)
    assert len(runs) == 2


def test_a_step_runs_again_when_a_fact_is_another(workshop: Workshop) -> None:
    workshop.perform("Python 3.11")
    workshop.perform("Python 3.12")
    assert workshop.runs == 2


def test_a_step_that_failed_runs_again(tmp_path: Path) -> None:
    runs: list[str] = []

    def fail() -> None:
        runs.append("run")
        raise SetupFailed("no network")

    for _ in range(2):
        with pytest.raises(SetupFailed):
            perform(Step("Failing", fail), tmp_path)
    assert len(runs) == 2


def test_a_failed_program_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="disk full"):
        command("sh", "-c", "echo disk full >&2; exit 3", cwd=tmp_path)


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="no-such-program"):
        command("no-such-program", cwd=tmp_path)
