"""What a word is, and how often each occurs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def words(text: str) -> Iterator[str]:
    """The words of ``text`` in small letters, in order."""
    return (found.group().casefold() for found in WORD.finditer(text))


def counted(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs in all of ``texts``."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(words(text))
    return found


def most_frequent(found: Counter[str], top: int) -> list[tuple[str, int]]:
    """The ``top`` most frequent words; words that are equally frequent come in alphabetical order."""
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:top]
