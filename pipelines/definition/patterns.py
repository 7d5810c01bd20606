"""Patterns for branches, tags and paths.

``*`` and ``?`` do not cross ``/``, ``**`` does, ``[a-z]`` and ``[^a-z]`` are classes, a backslash takes the next
character as it is. ``**/`` also stands for nothing: ``src/**/x`` matches ``src/x``. Matching costs at most the
length of the pattern times the length of the text; there is no backtracking.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

Advance = Callable[[str, set[int]], set[int]]
TOKEN = re.compile(
    r"(?P<globstar>\*\*+(?P<slash>/)?)|(?P<star>\*)|(?P<any>\?)"
    r"|\[(?P<class>\^?\]?(?:\\.|[^\]\\])*)\]|(?P<literal>(?:\\.|[^*?\[\\])+)",
    re.DOTALL,
)
RANGE = re.compile(r"(?P<low>\\.|.)(?:-(?P<high>\\.|.))?", re.DOTALL)


class BadPattern(ValueError):
    """The pattern is not complete: an open bracket, or a backslash at the end."""


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` is matched; an incomplete pattern matches nothing."""
    try:
        steps = _compiled(pattern)
    except BadPattern:
        return False
    places = {0}
    for advance in steps:
        places = advance(text, places)
        if not places:
            return False
    return len(text) in places


def first_match(patterns: Iterable[str], text: str) -> str | None:
    return next((pattern for pattern in patterns if matches(pattern, text)), None)


def check(pattern: str) -> None:
    """Raise BadPattern unless the pattern is complete."""
    _compiled(pattern)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[Advance, ...]:
    steps: list[Advance] = []
    at = 0
    while at < len(pattern):
        token = TOKEN.match(pattern, at)
        if token is None:
            raise BadPattern(pattern)
        steps.append(_step(token))
        at = token.end()
    return tuple(steps)


def _step(token: re.Match[str]) -> Advance:
    if token["globstar"]:
        return _folders if token["slash"] else _anything
    if token["star"]:
        return _within_folder
    if token["any"]:
        return lambda text, places: {at + 1 for at in places if at < len(text) and text[at] != "/"}
    if token["literal"] is not None:
        word = re.sub(r"\\(.)", r"\1", token["literal"], flags=re.DOTALL)
        return lambda text, places: {at + len(word) for at in places if text.startswith(word, at)}
    return _class(token["class"])


def _class(body: str) -> Advance:
    negated = body.startswith("^")
    ranges: list[tuple[str, str]] = []
    for found in RANGE.finditer(body.removeprefix("^")):
        low = found["low"][-1]
        ranges.append((low, found["high"][-1] if found["high"] else low))
    if not ranges:
        raise BadPattern(body)

    def advance(text: str, places: set[int]) -> set[int]:
        return {at + 1 for at in places if at < len(text) and text[at] != "/" and inside(text[at]) != negated}

    def inside(char: str) -> bool:
        return any(low <= char <= high for low, high in ranges)

    return advance


def _anything(text: str, places: set[int]) -> set[int]:
    return set(range(min(places), len(text) + 1))


def _folders(text: str, places: set[int]) -> set[int]:
    """Nothing, or whole folders: a slash ends each."""
    first = min(places)
    return places | {at + 1 for at in range(first, len(text)) if text[at] == "/"}


def _within_folder(text: str, places: set[int]) -> set[int]:
    reached: set[int] = set()
    for start in sorted(places):
        at = start
        while at not in reached:
            reached.add(at)
            if at == len(text) or text[at] == "/":
                break
            at += 1
    return reached
