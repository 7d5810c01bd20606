"""Schedules as in crontab(5): five fields, which wall-clock times they name, and which moments those are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# least, most, words for numbers
FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {word: number for number, word in enumerate(MONTHS, start=1)}),
    (0, 7, {word: number for number, word in enumerate(DAYS)}),
)
SEARCHED = 41 * 366  # days: 29 February comes back to a weekday after at most 40 years
ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w{1,3})(?:-(?P<last>\w{1,3}))?)(?:/(?P<step>[0-9]{1,3}))?", re.ASCII)


class BadCron(ValueError):
    """The text is not a schedule; ``code`` and ``params`` say why, as a rule of ``problems``."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Cron:
    """What the fields stand for; weekdays count from Sunday, 0. ``either``: one of day and weekday will do."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The first moment after ``moment`` that the schedule names on the clocks of ``zone``, in UTC.

        What the clocks skip comes due when they go on, once; what they show twice comes due the first time. None
        when nothing comes any more.
        """
        start = moment.astimezone(zone).replace(tzinfo=None, fold=0, second=0, microsecond=0)
        named = (instant(wall, zone) for wall in self._walls(start))
        return next((due for due in named if due > moment), None)

    def _walls(self, start: datetime) -> Iterator[datetime]:
        """The wall-clock times of the schedule in order, not before ``start``."""
        times = [time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)]
        last = min(start.toordinal() + SEARCHED, date.max.toordinal())
        for day in map(date.fromordinal, range(start.toordinal(), last)):
            if self._names(day):
                walls = (datetime.combine(day, at) for at in times)
                yield from (wall for wall in walls if wall >= start)

    def _names(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        found = (day.day in self.days, day.isoweekday() % 7 in self.weekdays)
        return any(found) if self.either else all(found)


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """When clocks of ``zone`` show ``wall`` first, or, where they skip it, when they go on; in UTC."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    if early >= late:
        return late  # the usual case, or shown twice: ``fold=0`` is the first time
    # Skipped: the clocks go on between the two readings (PEP 495).
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + ((late - early) / 2 // timedelta(seconds=1)) * timedelta(seconds=1)
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def parse(text: str) -> Cron:
    """Raises BadCron unless ``text`` is a schedule that comes due some day."""
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise BadCron("CronFields", count=len(parts))
    minutes, hours, days, months, weekdays = (frozenset(_numbers(part, index)) for index, part in enumerate(parts))
    any_day, any_weekday = (parts[index].startswith("*") for index in (2, 4))
    if any_weekday and all(min(days) > LONGEST_MONTH[month - 1] for month in months):
        raise BadCron("CronNever")
    sunday_first = frozenset(weekday % 7 for weekday in weekdays)
    return Cron(minutes, hours, days, months, sunday_first, either=not any_day and not any_weekday)


def check(text: str) -> None:
    """Raise BadCron unless ``text`` is a schedule that comes due some day."""
    parse(text)


def _numbers(part: str, index: int) -> set[int]:
    """What one field stands for."""
    least, most, words = FIELDS[index]
    numbers: set[int] = set()
    for item in part.split(","):
        found = ITEM.fullmatch(item)
        span = _span(found, least, most, words) if found else None
        if span is None:
            raise BadCron("CronItem", item=item, field=index + 1)
        numbers.update(span)
    return numbers


def _span(item: re.Match[str], least: int, most: int, words: dict[str, int]) -> range | None:
    """The numbers of one item; None when it has words or numbers that do not belong there."""
    step = int(item["step"] or 1)
    if item["all"] is not None:
        return range(least, most + 1, step) if step else None
    first = _number(item["first"], words)
    open_ended = item["step"] is not None and item["last"] is None
    last = most if open_ended else _number(item["last"] or item["first"], words)
    if not step or first is None or last is None or not least <= first <= last <= most:
        return None
    return range(first, last + 1, step)


def _number(text: str, words: dict[str, int]) -> int | None:
    return int(text) if text.isdecimal() else words.get(text.lower())
