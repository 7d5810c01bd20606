import re
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.logs.search import PIECE, Found, search

PIECES = ["ab", "AB", "a", "b", "\n", "\x1b[31m", "\x1b[0m", "\r\n", "é", "É", "x\r", "\0"]


def found(data: bytes, text: str, *, size: int = PIECE, case: bool = False, skip: int = 0, limit: int = 100) -> Found:
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    return search(chunks, text, case=case, skip=skip, limit=limit)


@pytest.mark.parametrize(
    ("data", "text", "places"),
    [
        pytest.param(
            "one\ntwo one\n", "one", [(1, 0, 0), (2, 4, 4)], id="line from 1, offset of its first byte, place"
        ),
        pytest.param("Error\nerror\n", "ERROR", [(1, 0, 0), (2, 6, 0)], id="capitals do not matter"),
        pytest.param("ОШИБКА ошибка", "Ошибка", [(1, 0, 0), (1, 0, 7)], id="nor in other scripts"),
        pytest.param("构建失败\n", "失败", [(1, 0, 2)], id="places count characters, not bytes"),
        pytest.param("\x1b[31mer\x1b[0mror\nerror\n", "error", [(1, 0, 0), (2, 15, 0)], id="escapes are no text"),
        pytest.param("[31m", "[31m", [(1, 0, 0)], id="what only looks like an escape is text"),
        pytest.param("10%\r20%\r\n20%\n", "%", [(1, 0, 2), (2, 9, 2)], id="of progress the last update"),
        pytest.param("aaaa", "aa", [(1, 0, 0), (1, 0, 2)], id="matches do not overlap"),
        pytest.param("a.c abc", "a.c", [(1, 0, 0)], id="signs of patterns mean themselves"),
        pytest.param("(((((((((((", "(a+)+$", [], id="no pattern of a user is run"),
    ],
)
def test_text_is_found(data: str, text: str, places: list[tuple[int, int, int]]) -> None:
    matches = found(data.encode(), text).matches
    assert [(match.line, match.offset, match.at) for match in matches] == places
    for match in matches:
        assert match.excerpt[match.at : match.at + match.length].lower() == text.lower()


def test_capitals_matter_when_asked() -> None:
    assert found(b"Error error", "error", case=True).count == 1


@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=20),
    text=st.sampled_from(["ab", "a", "aa", "é", "ba"]),
    size=st.integers(1, 12),
)
def test_chunks_do_not_matter(pieces: list[str], text: str, size: int) -> None:
    data = "".join(pieces).encode()
    assert found(data, text, size=size) == found(data, text)


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=20), text=st.sampled_from(["ab", "a", "aa", "É"]))
def test_counts_are_those_of_the_plain_lines(pieces: list[str], text: str) -> None:
    data = "".join(pieces)
    lines = [re.sub(r".*\r(?=[^\r])", "", line) for line in data.split("\n")]
    shown = [re.sub(r"\x1b\[\d+m|[\0\r]", "", line).lower() for line in lines]
    assert found(data.encode(), text).count == sum(line.count(text.lower()) for line in shown)


@given(skip=st.integers(0, 12), limit=st.integers(0, 12))
def test_a_page_is_a_part_of_all_and_the_count_is_whole(skip: int, limit: int) -> None:
    data = b"".join(b"%d hit hit\n" % number for number in range(5))
    page = found(data, "hit", size=7, skip=skip, limit=limit)
    assert page.count == 10
    assert page.matches == found(data, "hit").matches[skip : skip + limit]


def test_a_match_across_the_parts_of_one_long_line_counts_once() -> None:
    line = b"x" * (PIECE - 2) + b"needle" + b"y" * PIECE + b"needle" + b"z" * PIECE
    for size in (PIECE, 64 * 1024, 3 * PIECE):
        result = found(line + b"\nneedle\n", "needle", size=size)
        assert [(match.line, match.offset) for match in result.matches] == [(1, 0), (1, 0), (2, len(line) + 1)]


def test_excerpts_are_short() -> None:
    (match,) = found(b"x" * 1000 + b"hit" + b"y" * 1000, "hit").matches
    assert len(match.excerpt) <= 60 + 3 + 140


def coloured(lines: int) -> Iterator[bytes]:
    block = b"".join(
        b"2026-11-22T14:07:49.871Z \x1b[32mok\x1b[0m  %06d a line of a log as tests write it\n" % at
        for at in range(1000)
    )
    for _ in range(lines // 1000):
        yield block


def test_two_hundred_thousand_coloured_lines_take_a_moment() -> None:
    chunks = list(coloured(200_000))
    began = time.process_time()
    assert search(chunks, "000409 a line", case=False, skip=0, limit=50).count == 200
    assert time.process_time() - began < 1  # the aim is 0.3 s; the rest is for slow machines


def test_a_long_line_takes_little_memory() -> None:
    tracemalloc.start()
    result = search((b"x" * 65536 for _ in range(1024)), "xy", case=False, skip=0, limit=1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.count == 0
    assert most < 16 * PIECE
