"""The grammar of a schedule: five fields, as in crontab(5). Says whether one is right, not when it is due."""

import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# name, least, most, words for numbers
FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, {word: number for number, word in enumerate(MONTHS, start=1)}),
    ("day of week", 0, 7, {word: number for number, word in enumerate(DAYS)}),
)
ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w{1,3})(?:-(?P<last>\w{1,3}))?)(?:/(?P<step>[0-9]{1,3}))?", re.ASCII)


class BadCron(ValueError):
    """Why the text is not a schedule."""


def check(text: str) -> None:
    """Raise BadCron unless ``text`` is a schedule that comes due some day."""
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise BadCron(f"it needs 5 fields and has {len(parts)}")
    fields = [_numbers(part, *field) for part, field in zip(parts, FIELDS, strict=True)]
    _, _, days, months, _ = fields
    any_weekday = parts[4].startswith("*")
    if any_weekday and all(min(days) > LONGEST_MONTH[month - 1] for month in months):
        raise BadCron("no month has that day")


def _numbers(part: str, name: str, least: int, most: int, words: dict[str, int]) -> set[int]:
    numbers: set[int] = set()
    for item in part.split(","):
        found = ITEM.fullmatch(item)
        if found is None:
            raise BadCron(f"{item!r} is not a {name}")
        step = int(found["step"] or 1)
        first, last = least, most
        if found["all"] is None:
            first = _number(found["first"], name, words)
            open_ended = found["step"] is not None and found["last"] is None
            last = most if open_ended else _number(found["last"] or found["first"], name, words)
        if not least <= first <= last <= most or step == 0:
            raise BadCron(f"{item!r} is not within {least}-{most}, the range of {name}")
        numbers.update(range(first, last + 1, step))
    return numbers


def _number(text: str, name: str, words: dict[str, int]) -> int:
    if text.isdecimal():
        return int(text)
    if text.lower() not in words:
        raise BadCron(f"{text!r} is not a {name}")
    return words[text.lower()]
