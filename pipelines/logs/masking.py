"""Secrets leave a log before it is kept: each occurrence becomes ``***``, however the bytes were cut into chunks."""

import re
from collections.abc import Iterable

MASK = b"***"
SHORTEST = 3  # bytes; a shorter value occurs everywhere by chance, and masking it would only show where it does not
SHORTEST_LINE = 8  # characters; shorter lines of a long secret are braces and padding
_HEAD = 4  # bytes; beginnings this long are searched for, shorter ones looked up


def forms(value: str) -> tuple[bytes, ...]:
    """Every byte string that gives ``value`` away: as it is, without its line end, and its longer lines one by one."""
    lines = [line.strip() for line in value.splitlines()]
    exposed = [value, value.rstrip("\r\n"), *(line for line in lines if len(line) >= SHORTEST_LINE)]
    encoded = (text.encode("utf-8", "surrogateescape") for text in exposed)
    return tuple(dict.fromkeys(form for form in encoded if len(form.strip()) >= SHORTEST))


class Masker:
    """Masks one stream. Not safe for use from several threads.

    What ``feed`` and ``finish`` return, joined, depends on the whole input alone, never on its chunks: masking a
    raw log again from its start gives the same bytes, so a writer that crashed goes on at the stored size.
    The leftmost occurrence is masked first, and of those that start together the longest.
    """

    def __init__(self, values: Iterable[str]) -> None:
        found = {form for value in values for form in forms(value)}
        self._forms = tuple(sorted(found, key=lambda form: (-len(form), form)))
        self._longest = max(map(len, found), default=0)
        self._starts = frozenset(form[:size] for form in found for size in range(1, min(len(form), _HEAD)))
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The masked bytes that are certain by now; held back is only a tail with which some secret begins."""
        if not self._forms:
            return data
        return self._masked(self._held + data, final=False)

    def finish(self) -> bytes:
        """What was held back; the stream is over."""
        return self._masked(self._held, final=True)

    def _masked(self, data: bytes, *, final: bool) -> bytes:
        pieces: list[bytes] = []
        done = 0
        open_from = len(data) if final else self._open_from(data, 0)
        for start, end in self._occurrences(data):
            if start >= open_from:
                break
            pieces += (data[done:start], MASK)
            done = end
            if end > open_from:
                open_from = self._open_from(data, end)
        pieces.append(data[done:open_from])
        self._held = data[open_from:]
        return b"".join(pieces)

    def _occurrences(self, data: bytes) -> Iterable[tuple[int, int]]:
        # A substring search for each form is several times faster than one regular expression for all of them.
        present = [form for form in self._forms if form in data]
        if not present:
            return ()
        return (match.span() for match in re.finditer(b"|".join(map(re.escape, present)), data))

    def _open_from(self, data: bytes, start: int) -> int:
        """Where the longest tail of ``data[start:]`` begins that is the beginning, but not the whole, of a secret."""
        first = max(start, len(data) - self._longest + 1)
        best = len(data)
        for form in self._forms:
            at = data.find(form[:_HEAD], max(first, len(data) - len(form) + 1))
            while -1 < at < best and not form.startswith(data[at:]):
                at = data.find(form[:_HEAD], at + 1)
            if -1 < at < best:
                best = at
        if best < len(data):
            return best
        return next(
            (at for at in range(max(start, len(data) - _HEAD + 1), len(data)) if data[at:] in self._starts), best
        )
