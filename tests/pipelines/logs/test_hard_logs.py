"""Logs as no one wishes them: kept to the byte, and still searched and understood."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath

import pytest

from pipelines.logs.facts import chunks_of, facts_of
from pipelines.logs.files import FileLogStore
from pipelines.logs.masking import Masker
from pipelines.logs.search import search

LOG = PurePosixPath("p/1/0.0")
MIB = 1024 * 1024


def one_line() -> Iterator[bytes]:
    yield from (b"x" * MIB for _ in range(64))
    yield b" needle\n"


def nonsense() -> Iterator[bytes]:
    yield bytes(range(256)) * 4096
    yield b"\xff\xfe\0\0\xc3needle\xc3\x28\xed\xa0\x80\n"


def many_lines() -> Iterator[bytes]:
    for number in range(0, 200_000, 1000):
        yield b"".join(b"%06d a line of a build that has much to say\n" % line for line in range(number, number + 1000))
    yield b"needle\n"


def progress() -> Iterator[bytes]:
    for number in range(0, 300_000, 1000):
        yield b"".join(b"\rdownloading %06d of 300000" % done for done in range(number, number + 1000))
    yield b"\rneedle\n"


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        pytest.param(one_line, 1, id="a single line of 64 MiB"),
        pytest.param(nonsense, 4097, id="bytes that are no text"),
        pytest.param(many_lines, 200_001, id="200000 lines"),
        pytest.param(progress, 1, id="a flood of progress"),
    ],
)
def test_a_hard_log_is_kept_to_the_byte_and_searched(tmp_path: Path, log: object, lines: int) -> None:
    assert callable(log)
    store = FileLogStore(tmp_path)
    masker = Masker(["correct-horse-battery"])
    written, size = sha256(), 0
    for chunk in log():
        written.update(chunk)
        size = store.append(LOG, masker.feed(chunk), at=size)
    size = store.append(LOG, masker.finish(), at=size)
    store.seal(LOG)
    kept = sha256()
    for chunk in chunks_of(store, LOG, size):
        kept.update(chunk)
    assert kept.digest() == written.digest()
    facts = facts_of(store, LOG)
    assert (facts.size, facts.lines, facts.first_error) == (size, lines, None)
    found = search(chunks_of(store, LOG, size), "needle", case=False, skip=0, limit=10)
    assert [match.line for match in found.matches] == [lines]
