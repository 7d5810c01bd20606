"""Claims on the real database, taken from many threads at once."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from controllers.models import Claim
from controllers.runtime import claims
from controllers.runtime.claims import LEASE, forget_all, is_due, kept, not_due, release, take
from tests.crowd import at_once

KIND, KEY = "thing", "one"
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db(transaction=True)


def taken() -> str:
    token = take(KIND, KEY)
    assert token is not None
    return token


def the_claim() -> Claim:
    return Claim.objects.get(kind=KIND, key=KEY)


def expire() -> None:
    """As if the holder had died long ago."""
    Claim.objects.update(until=timezone.now() - SECOND)


def test_of_many_who_ask_at_once_one_gets_it_and_is_told_of_the_others() -> None:
    for _ in range(10):
        (token,) = filter(None, at_once([partial(take, KIND, KEY)] * 8))
        assert not release(KIND, KEY, token, look_at=None)
        assert release(KIND, KEY, token, look_at=None)


def test_no_two_are_at_it_at_once_and_no_request_is_lost() -> None:
    """After the last request there is a pass that began after it."""
    alone, count = threading.Lock(), threading.Lock()
    asked, served = [0], [0]

    def work() -> None:
        for _ in range(15):
            with count:
                asked[0] += 1
            token = take(KIND, KEY)
            while token is not None:
                assert alone.acquire(blocking=False)
                served[0] = asked[0]
                alone.release()
                if release(KIND, KEY, token, look_at=None):
                    token = None

    at_once([work] * 8)
    assert served == asked == [120]
    assert not Claim.objects.exists()


def test_a_dead_holder_is_superseded_and_cannot_let_go_for_the_new_one() -> None:
    dead = taken()
    expire()
    living = taken()
    assert release(KIND, KEY, dead, look_at=None)
    assert the_claim().token == living


def test_a_claim_that_is_kept_does_not_expire() -> None:
    token = taken()
    expire()
    with kept(KIND, KEY, token, every=timedelta(milliseconds=1)):
        while the_claim().until < timezone.now():  # type: ignore[operator]  # a claim that is held has a time
            pass
    assert take(KIND, KEY) is None


def test_a_holder_who_was_superseded_renews_nothing() -> None:
    dead = taken()
    expire()
    living = taken()
    until = the_claim().until
    claims._renew(KIND, KEY, dead, timedelta(milliseconds=1), threading.Event())  # noqa: SLF001  # ends by itself
    assert (the_claim().token, the_claim().until) == (living, until)


def test_a_planned_look_counts_until_another_is_planned() -> None:
    first, second = timezone.now() + SECOND, timezone.now() + 2 * SECOND
    assert release(KIND, KEY, taken(), look_at=first)
    assert is_due(KIND, KEY, first.isoformat())
    assert release(KIND, KEY, taken(), look_at=second)
    assert not is_due(KIND, KEY, first.isoformat())
    assert is_due(KIND, KEY, second.isoformat())


def test_what_is_under_way_or_planned_for_later_needs_no_sweep() -> None:
    now = timezone.now()
    for key, look_at in (("later", now + SECOND), ("now", now - SECOND), ("done", None)):
        token = take(KIND, key)
        assert token is not None
        assert release(KIND, key, token, look_at=look_at)
    assert take(KIND, "busy")
    assert take("other", "elsewhere")
    assert not_due(KIND, timezone.now()) == {"later", "busy"}
    assert not_due(KIND, timezone.now() + 2 * LEASE) == set()


def test_a_process_that_starts_alone_looks_at_everything_at_once() -> None:
    dead = taken()
    resting = take(KIND, "resting")
    assert resting is not None
    assert release(KIND, "resting", resting, look_at=timezone.now() + LEASE, failures=3)
    forget_all()
    assert not_due(KIND, timezone.now()) == set()
    assert Claim.objects.get(key="resting").failures == 3
    assert taken() != dead
