"""When a message is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from controllers.notification.plan import PATIENCE, SLOWEST, next_try

BEGUN = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tries", "after", "asked", "expected"),
    [
        pytest.param(1, 0, 0, 5, id="soon after the first failure"),
        pytest.param(2, 5, 0, 15, id="later after the second"),
        pytest.param(9, 9999, 0, 3600, id="an hour at most"),
        pytest.param(10**6, 9999, 0, 3600, id="an hour also after very many"),
        pytest.param(1, 0, 600, 600, id="not before the receiver wants it"),
        pytest.param(9, 86_000, 0, None, id="no more after a day"),
    ],
)
def test_tries_get_rarer_and_end(tries: int, after: int, asked: int, expected: int | None) -> None:
    now = BEGUN + timedelta(seconds=after)
    at = next_try(tries=tries, begun=BEGUN, now=now, asked=timedelta(seconds=asked))
    assert at == (None if expected is None else now + timedelta(seconds=expected))


def test_a_day_holds_some_thirty_tries() -> None:
    now, tries = BEGUN, 1
    while (at := next_try(tries=tries, begun=BEGUN, now=now)) is not None:
        assert at - now <= SLOWEST
        now, tries = at, tries + 1
    assert now - BEGUN > PATIENCE - SLOWEST
    assert 24 <= tries <= 40
