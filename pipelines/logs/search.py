"""Plain text in a log: how often, and where. Holds a megabyte or two at most and never runs a user's pattern.

Escapes are no text, and of progress only the last update counts (``plain``). Matches do not overlap.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipelines.logs.plain import last_update, plain

PIECE = 1024 * 1024  # bytes searched at once; a longer line is searched in parts
UNSURE = 4096  # bytes at the end of such a part that may be the beginning of an escape
BEFORE, AFTER = 60, 140  # bytes around a match that are shown


@dataclass(frozen=True, slots=True)
class Match:
    line: int  # from 1
    offset: int  # of the line's first byte
    excerpt: str  # plain text
    at: int  # of the match in the excerpt, in characters
    length: int


@dataclass(frozen=True, slots=True)
class Found:
    count: int
    matches: tuple[Match, ...]


def search(chunks: Iterable[bytes], text: str, *, case: bool, skip: int, limit: int) -> Found:
    """Count ``text`` in a log; of the matches, at most ``limit`` after the first ``skip``."""
    pattern, longest = _pattern(text, case=case)
    count = 0
    matches: list[Match] = []
    held = b""  # end of a line's part in which a match may begin
    for piece in _pieces(chunks):
        words = held + plain(piece.data)
        spans = [found.span() for found in pattern.finditer(words if case else words.lower())]
        matches += _matches(piece, words, spans[max(0, skip - count) : max(0, skip + limit - count)])
        count += len(spans)
        unmatched = max(spans[-1][1] if spans else 0, len(words) - longest + 1)
        held = b"" if piece.whole else words[unmatched:]
    return Found(count, tuple(matches))


@dataclass(frozen=True, slots=True)
class _Piece:
    data: bytes  # lines with their ends, or a part of one long line
    line: int  # number of its first line, from 1
    offset: int  # of that line's first byte
    begin: int  # of the data; behind ``offset`` in a line's later parts
    whole: bool  # ends with a line


def _pieces(chunks: Iterable[bytes]) -> Iterator[_Piece]:
    rest = b""
    line, offset, seen = 1, 0, 0
    for chunk in chunks:
        seen += len(chunk)
        data = rest + chunk
        end = data.rfind(b"\n") + 1
        if end:
            yield _Piece(data[:end], line, offset, begin=seen - len(data), whole=True)
            line += data.count(b"\n", 0, end)
            offset = seen - len(data) + end
        rest = data[end:]
        if len(rest) > PIECE:
            rest = last_update(rest)
        if len(rest) > PIECE:
            end = _before_escape(rest)
            yield _Piece(rest[:end], line, offset, begin=seen - len(rest), whole=False)
            rest = rest[end:]
    if rest:
        yield _Piece(rest, line, offset, begin=seen - len(rest), whole=True)


def _before_escape(part: bytes) -> int:
    """Where to cut ``part`` so that no escape is cut."""
    escape = part.rfind(b"\x1b", len(part) - UNSURE)
    return len(part) if escape == -1 else escape


def _pattern(text: str, *, case: bool) -> tuple[re.Pattern[bytes], int]:
    """Finds ``text``; without ``case`` in bytes whose ASCII letters are small. And the most bytes that it matches."""
    spellings = [[sign] if case else list(dict.fromkeys([sign.lower(), sign.upper()])) for sign in text]
    encoded = [sorted({spelling.encode() for spelling in each}) for each in spellings]
    if not case:
        encoded = [sorted({spelling.lower() for spelling in each}) for each in encoded]
    pattern = b"".join(
        b"(?:" + b"|".join(map(re.escape, each)) + b")" if each[1:] else re.escape(*each) for each in encoded
    )
    return re.compile(pattern), sum(max(map(len, each)) for each in encoded)


def _matches(piece: _Piece, words: bytes, spans: Iterable[tuple[int, int]]) -> Iterator[Match]:
    line, counted, offset, begin = piece.line, 0, piece.offset, 0
    for start, end in spans:
        passed = words.count(b"\n", counted, start)
        for _ in range(passed):
            begin = piece.data.index(b"\n", begin) + 1
        if passed:
            offset = piece.begin + begin
        line, counted = line + passed, start
        yield _match(words, start, end, line=line, offset=offset)


def _match(words: bytes, start: int, end: int, *, line: int, offset: int) -> Match:
    first = max(words.rfind(b"\n", 0, start) + 1, start - BEFORE)
    feed = words.find(b"\n", end, end + AFTER)
    last = feed if feed != -1 else end + AFTER
    before = words[first:start].decode("utf-8", "ignore").lstrip()
    found = words[start:end].decode("utf-8", "replace")
    after = words[end:last].decode("utf-8", "ignore").rstrip()
    return Match(line=line, offset=offset, excerpt=before + found + after, at=len(before), length=len(found))
