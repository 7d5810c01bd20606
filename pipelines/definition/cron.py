"""The grammar of a schedule: five fields, as in crontab(5). Says whether one is right, not when it is due."""

import re

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
ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w{1,3})(?:-(?P<last>\w{1,3}))?)(?:/(?P<step>[0-9]{1,3}))?", re.ASCII)


class BadCron(ValueError):
    """The text is not a schedule; ``code`` and ``params`` say why, as a rule of ``problems``."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def check(text: str) -> None:
    """Raise BadCron unless ``text`` is a schedule that comes due some day."""
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise BadCron("CronFields", count=len(parts))
    fields = [_numbers(part, index) for index, part in enumerate(parts)]
    _, _, days, months, _ = fields
    any_weekday = parts[4].startswith("*")
    if any_weekday and all(min(days) > LONGEST_MONTH[month - 1] for month in months):
        raise BadCron("CronNever")


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
