import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.logs.errors import ErrorSearch, FirstError
from pipelines.logs.plain import LONGEST_LINE

ROWS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("first_errors.json").read_text())
PIECES = [b"fine\n", b"error: x\n", b"10%\r", b"\n", b"err", b"or: y", b"\x1b[31mfatal:\x1b[0m z\n", b"\xff\0"]


def searched(*chunks: bytes) -> FirstError | None:
    search = ErrorSearch()
    for chunk in chunks:
        search.feed(chunk)
    search.finish()
    return search.found


@pytest.mark.parametrize("row", ROWS, ids=[row["tool"] for row in ROWS])
def test_the_first_error_of_real_tools_is_found(row: dict[str, Any]) -> None:
    lines = [line.encode() + b"\n" for line in row["lines"]]
    found = searched(b"".join(lines))
    assert (None if found is None else found.line - 1) == row["first"]
    if found is not None:
        assert found.offset == len(b"".join(lines[: found.line - 1]))


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12), size=st.integers(1, 20))
def test_chunks_do_not_matter(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    assert searched(*(data[at : at + size] for at in range(0, len(data), size))) == searched(data)


def test_the_last_line_counts_without_an_end() -> None:
    assert searched(b"fine\nerror: it broke") == FirstError(2, 5, "error: it broke")


def test_an_error_behind_a_line_without_end_is_found_at_its_place() -> None:
    flood = b"x" * (3 * LONGEST_LINE)
    assert searched(flood, flood, b"\nfine\nerror: x\n") == FirstError(3, 2 * len(flood) + 6, "error: x")


def test_the_text_is_plain_and_short() -> None:
    found = searched(b"\x1b[31merror:\x1b[0m " + b"x" * 1000 + b"\n")
    assert found is not None
    assert found.text.startswith("error: xxx")
    assert len(found.text) == 200
