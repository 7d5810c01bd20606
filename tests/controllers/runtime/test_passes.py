"""Passes over objects of a pretend kind: what each outcome asks for, and that none harms another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from typing_extensions import override

from controllers.models import Claim
from controllers.runtime.claims import take
from controllers.runtime.controller import SLOWEST, back_off, run_passes, run_sweep
from devops_platform.errors import Conflict, Retry, Stall, Throttled, Unavailable, Wait

SECOND = timedelta(seconds=1)
KEY = "one"


@dataclass
class Pretend:
    """Each pass does the next of ``passes``; after the last one the object is done."""

    passes: list[Callable[[], timedelta | None]] = field(default_factory=list)
    keys: Iterable[str] = ()
    kind: str = "pretend"
    made: int = 0

    def reconcile(self, key: str) -> timedelta | None:
        self.made += 1
        return self.passes.pop(0)() if self.passes else None

    def open_keys(self) -> Iterable[str]:
        yield from self.keys


def raising(error: Exception) -> Callable[[], timedelta | None]:
    def do() -> timedelta | None:
        raise error

    return do


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0.5), (1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (11, 300), (10**6, 300)]
)
def test_patience_doubles_up_to_five_minutes(failures: int, seconds: float) -> None:
    assert back_off(failures) == timedelta(seconds=seconds)


OUTCOMES = [
    pytest.param(lambda: 3 * SECOND, 3 * SECOND, 0, "", id="a look asked for"),
    pytest.param(raising(Wait("the registry starts", after=SECOND)), SECOND, 0, "the registry starts", id="a wait"),
    pytest.param(raising(Retry("again")), back_off(0), 1, "again", id="a retry backs off"),
    pytest.param(raising(Retry("again", after=SECOND)), SECOND, 1, "again", id="a retry with a time"),
    pytest.param(raising(Stall("no such image")), SLOWEST, 1, "no such image", id="a stall is looked at rarely"),
    pytest.param(raising(Throttled("slowly", retry_after=7 * SECOND)), 7 * SECOND, 1, "slowly", id="a throttle"),
    pytest.param(raising(Unavailable("away")), back_off(0), 1, "away", id="an outage backs off"),
    pytest.param(raising(OperationalError("locked")), back_off(0), 1, "locked", id="a busy database backs off"),
    pytest.param(raising(Conflict("changed")), timedelta(0), 1, "changed", id="a lost race is repeated at once"),
    pytest.param(raising(KeyError("secret")), back_off(0), 1, "KeyError", id="a bug backs off and tells no detail"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("does", "wait", "failures", "error"), OUTCOMES)
def test_what_a_pass_asks_for(does: Callable[[], timedelta | None], wait: timedelta, failures: int, error: str) -> None:
    look = run_passes(Pretend([does]), KEY)
    claim = Claim.objects.get(key=KEY)
    assert look is not None
    assert look.wait == wait
    assert claim.look_at is not None
    assert look.due == claim.look_at.isoformat()
    assert (claim.token, claim.failures, claim.error) == ("", failures, error)


@pytest.mark.django_db
def test_failures_in_a_row_are_counted_across_passes_and_forgotten_by_a_success() -> None:
    controller = Pretend([raising(Unavailable("away"))] * 3 + [lambda: SECOND, raising(Unavailable("away"))])
    looks = [run_passes(controller, KEY) for _ in range(5)]
    assert [look.wait for look in looks if look] == [back_off(0), back_off(1), back_off(2), SECOND, back_off(0)]


@pytest.mark.django_db
def test_races_lost_again_and_again_back_off() -> None:
    controller = Pretend([raising(Conflict("changed"))] * 3)
    waits = [look.wait for look in (run_passes(controller, KEY) for _ in range(3)) if look]
    assert waits == [timedelta(0), back_off(1), back_off(2)]


@pytest.mark.django_db
def test_an_object_that_is_done_leaves_no_claim() -> None:
    assert run_passes(Pretend(), KEY) is None
    assert not Claim.objects.exists()


@pytest.mark.django_db
def test_a_nudge_during_a_pass_makes_another_pass() -> None:
    controller = Pretend([lambda: SECOND if take("pretend", KEY) is None else None])
    assert run_passes(controller, KEY) is None
    assert controller.made == 2


@pytest.mark.django_db
def test_a_pass_over_what_another_has_is_left_to_that_one() -> None:
    assert take("pretend", KEY)
    controller = Pretend()
    assert run_passes(controller, KEY) is None
    assert controller.made == 0
    assert Claim.objects.get(key=KEY).dirty


@pytest.mark.django_db
def test_looks_that_were_planned_do_not_multiply() -> None:
    """However many nudges come, one planned look counts."""
    controller = Pretend([lambda: SECOND] * 5)
    planned = [look.due for look in (run_passes(controller, KEY) for _ in range(5)) if look]
    stored = Claim.objects.get(key=KEY).look_at
    assert stored is not None
    assert [due == stored.isoformat() for due in planned] == [False] * 4 + [True]


@pytest.mark.django_db
def test_the_sweep_finds_what_is_due_though_another_object_fails_and_another_kind_cannot_be_listed() -> None:
    def broken() -> Iterable[str]:
        yield "poison"
        raise RuntimeError("on purpose")

    class Broken(Pretend):
        @override
        def open_keys(self) -> Iterable[str]:
            return broken()

    poison, fine = Broken(kind="broken"), Pretend(keys=("one", "two"))
    run_passes(Pretend([raising(RuntimeError("on purpose"))]), "one")
    assert run_sweep({"broken": poison, "pretend": fine}) == [("pretend", "two")]
    Claim.objects.update(look_at=timezone.now() - SECOND)
    assert run_sweep({"broken": poison, "pretend": fine}) == [("pretend", "one"), ("pretend", "two")]
