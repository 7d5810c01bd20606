from datetime import UTC, datetime, timedelta

import pytest

from controllers.retention.plan import Owner, Ran, Workspace, expired, idle

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def ran(run: int, *, days: float = 0) -> Ran:
    """A run that ended ``days`` ago; its key is its number."""
    return Ran(run, run, NOW - days * DAY)


def running(run: int) -> Ran:
    return Ran(run, run, None)


@pytest.mark.parametrize(
    ("runs", "gone"),
    [
        pytest.param([], (), id="nothing ran, nothing goes"),
        pytest.param([ran(1), ran(2), ran(3)], (), id="as many as are kept stay"),
        pytest.param([ran(1), ran(2), ran(3), ran(4), ran(5)], (1, 2), id="the oldest beyond that number go"),
        pytest.param([ran(5), ran(1), ran(4), ran(2), ran(3)], (1, 2), id="whatever order they come in"),
        pytest.param([ran(1, days=31), ran(2, days=29)], (1,), id="what is too old goes"),
        pytest.param([ran(1, days=400)], (), id="the newest stays, however old"),
        pytest.param([running(1), ran(2), ran(3), ran(4), ran(5)], (2,), id="what is not finished stays"),
        pytest.param([ran(1, days=30), ran(2)], (), id="on the last day it is still there"),
    ],
)
def test_runs_go(runs: list[Ran], gone: tuple[int, ...]) -> None:
    assert expired(runs, keep_runs=3, keep=30 * DAY, now=NOW) == gone


@pytest.mark.parametrize(
    ("owner", "touched", "goes"),
    [
        pytest.param(Owner(NOW - 25 * HOUR, DAY), 25 * HOUR, True, id="long after the end"),
        pytest.param(Owner(NOW - 23 * HOUR, DAY), 23 * HOUR, False, id="not while a rerun may want it"),
        pytest.param(Owner(None, DAY), 100 * DAY, False, id="never while the run goes on"),
        pytest.param(None, 25 * HOUR, True, id="nobody's, for more than a day"),
        pytest.param(None, HOUR, False, id="nobody's, but fresh"),
        pytest.param(Owner(NOW - HOUR, timedelta()), HOUR, True, id="at once where nothing is to stay"),
    ],
)
def test_workspaces_go(owner: Owner | None, touched: timedelta, goes: bool) -> None:
    found = idle([Workspace("a", NOW - touched)], {"a": owner} if owner else {}, now=NOW)
    assert found == (("a",) if goes else ())
