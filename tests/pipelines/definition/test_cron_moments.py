"""When a schedule comes due, also where clocks are put forward and back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.definition.cron import Cron, parse

ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def some(cron: str, zone: str, after: str, count: int) -> list[str]:
    """The next moments, in UTC."""
    found, moment = [], at(after)
    for _ in range(count):
        due = parse(cron).next_after(moment, ZoneInfo(zone))
        assert due is not None
        found.append(f"{due:%Y-%m-%d %H:%M}")
        moment = due
    return found


ROWS = [
    pytest.param("* * * * *", "UTC", "2026-01-01 00:00:30", ["2026-01-01 00:01", "2026-01-01 00:02"], id="each minute"),
    pytest.param("0 2 * * *", "UTC", "2026-01-01 02:00", ["2026-01-02 02:00"], id="not the moment itself"),
    pytest.param("0 2 * * *", "Asia/Shanghai", "2026-01-01 00:00", ["2026-01-01 18:00"], id="on the clocks of a place"),
    pytest.param("0 0 29 2 *", "UTC", "2026-01-01 00:00", ["2028-02-29 00:00"], id="a leap day"),
    pytest.param("0 0 29 2 *", "UTC", "2097-01-01 00:00", ["2104-02-29 00:00"], id="a century without a leap day"),
    pytest.param("0 0 29 2 */7", "UTC", "2026-01-01 00:00", ["2032-02-29 00:00"], id="a leap day that is a Sunday"),
    pytest.param(
        "0 0 13 * fri", "UTC", "2026-11-10 00:00", ["2026-11-13 00:00", "2026-11-20 00:00"], id="day or weekday"
    ),
    pytest.param("0 0 * * 7", "UTC", "2026-11-10 00:00", ["2026-11-15 00:00"], id="7 is Sunday too"),
    pytest.param(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28 12:00",
        ["2026-03-29 01:00", "2026-03-30 00:30"],
        id="a skipped time comes when the clocks go on",
    ),
    pytest.param(
        "*/10 2 * * *",
        "Europe/Berlin",
        "2026-03-28 12:00",
        ["2026-03-29 01:00", "2026-03-30 00:00"],
        id="skipped times come once",
    ),
    pytest.param(
        "0,30 2,3 * * *",
        "Europe/Berlin",
        "2026-03-29 00:59",
        ["2026-03-29 01:00", "2026-03-29 01:30"],
        id="a skipped time does not double the one it falls on",
    ),
    pytest.param(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24 12:00",
        ["2026-10-25 00:30", "2026-10-26 01:30"],
        id="a time shown twice comes the first time",
    ),
    pytest.param(
        "30 2 * * *", "Europe/Berlin", "2026-10-25 00:45", ["2026-10-26 01:30"], id="and not again when shown anew"
    ),
    pytest.param(
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-03 12:00",
        ["2026-10-03 15:30", "2026-10-04 15:15"],
        id="half an hour is skipped",
    ),
    pytest.param(
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-04 12:00",
        ["2026-04-04 14:45", "2026-04-05 15:15"],
        id="half an hour is shown twice",
    ),
]


@pytest.mark.parametrize(("cron", "zone", "after", "moments"), ROWS)
def test_moments(cron: str, zone: str, after: str, moments: list[str]) -> None:
    assert some(cron, zone, after, len(moments)) == moments


def minutes_of(cron: Cron, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slow and sure way: look at the clock every minute."""
    moment = start
    before = start.astimezone(zone).replace(tzinfo=None) - MINUTE
    while moment < end:
        local = moment.astimezone(zone)
        wall = local.replace(tzinfo=None, fold=0)
        skipped = [before + MINUTE * step for step in range(1, max(0, (wall - before) // MINUTE))]
        if any(named(cron, each) for each in skipped) or (local.fold == 0 and named(cron, wall)):
            yield moment
        before = max(before, wall) if local.fold else wall
        moment += MINUTE


def named(cron: Cron, wall: datetime) -> bool:
    day, weekday = wall.day in cron.days, (wall.weekday() + 1) % 7 in cron.weekdays
    return (
        wall.minute in cron.minutes
        and wall.hour in cron.hours
        and wall.month in cron.months
        and ((day or weekday) if cron.either else (day and weekday))
    )


TURNS = [
    "2026-03-07 20:00",
    "2026-03-28 20:00",
    "2026-04-04 06:00",
    "2026-10-03 06:00",
    "2026-10-24 18:00",
    "2026-10-31 20:00",
]
FIELD = {
    "minute": st.sampled_from(["*", "0", "30", "*/7", "15-45/15", "59", "0,1,31"]),
    "hour": st.sampled_from(["*", "2", "1-3", "*/2", "0,23", "3"]),
    "day": st.sampled_from(["*", "29", "1-31/2", "*/3"]),
    "weekday": st.sampled_from(["*", "sun", "1-5", "*/2", "7"]),
}


@settings(max_examples=60, deadline=None)
@given(fields=st.fixed_dictionaries(FIELD), zone=st.sampled_from(ZONES), start=st.sampled_from(TURNS))
def test_near_a_turn_of_the_clocks_the_moments_are_those_of_a_patient_watcher(
    fields: dict[str, str], zone: str, start: str
) -> None:
    cron = parse(f"{fields['minute']} {fields['hour']} {fields['day']} * {fields['weekday']}")
    place, begin = ZoneInfo(zone), at(start)
    end = begin + timedelta(hours=16)
    expected = list(minutes_of(cron, place, begin, end))
    found = []
    moment: datetime | None = begin - timedelta(seconds=1)
    while moment is not None and (moment := cron.next_after(moment, place)) is not None and moment < end:
        found.append(moment)
    assert found == expected


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # in UTC
    fields=st.fixed_dictionaries(FIELD),
)
def test_the_next_moment_is_later_and_the_one_before_it_does_not_change_it(
    zone: str, moment: datetime, fields: dict[str, str]
) -> None:
    cron = parse(f"{fields['minute']} {fields['hour']} {fields['day']} * {fields['weekday']}")
    due = cron.next_after(moment, ZoneInfo(zone))
    assert due is not None
    assert due > moment
    assert due.tzinfo is UTC
    assert due.second == 0
    assert cron.next_after(due - timedelta(seconds=1), ZoneInfo(zone)) == due
