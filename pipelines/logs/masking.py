"""Secrets leave a log before it is kept: each occurrence becomes ``***``, however the bytes were cut into chunks."""

import re
from collections.abc import Collection, Iterable

from pipelines.logs.forms import forms

MASK = b"***"
_HEAD = 4  # bytes; beginnings this long are searched for, shorter ones looked up
_ANCHOR = 4  # bytes of a secret that are looked for first
# Bytes of build output, roughly from the most frequent on; what is not here (-1) is rarer than any.
_FREQUENT = b' eotainsrlcdmpu/0.1-2gfhb3:=vyk_4w56\nE,789x"A>STIC(RN)<OLDPMq'


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
        self._anchors = _any_of({_anchor(form) for form in found})
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
        if self._anchors.search(data) is None:
            return ()
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


def _anchor(form: bytes) -> bytes:
    """The few bytes of ``form`` to look for first: those that begin with its rarest byte."""
    last = max(0, len(form) - _ANCHOR)
    rarest = max(range(last + 1), key=lambda at: _FREQUENT.find(form[at]) % 256)
    return form[rarest : rarest + _ANCHOR]


def _any_of(anchors: Collection[bytes]) -> re.Pattern[bytes]:
    """Finds any of ``anchors``; its speed depends on how rare their first bytes are, not on how many there are."""
    by_first: dict[bytes, list[bytes]] = {}
    for anchor in sorted(anchors):
        by_first.setdefault(anchor[:1], []).append(re.escape(anchor[1:]))
    return re.compile(b"|".join(re.escape(first) + b"(?:" + b"|".join(rest) + b")" for first, rest in by_first.items()))
