import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.logs.forms import forms
from pipelines.logs.masking import Masker

KEY = "-----BEGIN KEY-----\r\nMIIEpAIBAAKCAQEA\r\n}\r\n-----END KEY-----\r\n"

texts = st.text(alphabet="ab\n", min_size=0, max_size=9)


def masked(values: list[str], *chunks: bytes) -> bytes:
    masker = Masker(values)
    return b"".join([masker.feed(chunk) for chunk in chunks] + [masker.finish()])


def expected(values: list[str], data: bytes) -> bytes:
    """Leftmost, longest, by one regular expression over the whole input."""
    found = sorted({form for value in values for form in forms(value)}, key=len, reverse=True)
    return re.sub(b"|".join(map(re.escape, found)), b"***", data) if found else data


@pytest.mark.parametrize(
    ("values", "data", "result"),
    [
        pytest.param([], b"all of it", b"all of it", id="without secrets nothing changes"),
        pytest.param(["hunter2"], b"x hunter2 hunter2 y", b"x *** *** y", id="each occurrence is masked"),
        pytest.param(["abc", "abcdef"], b"abcdef abcde", b"*** ***de", id="the longest of those that start together"),
        pytest.param(["abcd", "cdef"], b"abcdef", b"***ef", id="the leftmost of those that overlap"),
        pytest.param(["ab"], b"ab cab", b"ab cab", id="two bytes are no secret"),
        pytest.param(["    "], b"a     b", b"a     b", id="blanks are no secret"),
        pytest.param(["geheimnis-ü"], "x geheimnis-ü".encode(), b"x ***", id="text is compared as UTF-8"),
        pytest.param(["token\n"], b"Bearer token;", b"Bearer ***;", id="a value read from a file lost its line end"),
        pytest.param([KEY], KEY.encode(), b"***", id="a long value as a whole"),
        pytest.param([KEY], b"> MIIEpAIBAAKCAQEA\n> }\n", b"> ***\n> }\n", id="a line of a long value, not its braces"),
        pytest.param(["a.c", "x|y"], b"abc a.c x|y xy", b"abc *** *** xy", id="signs of patterns mean themselves"),
    ],
)
def test_secrets_become_stars(values: list[str], data: bytes, result: bytes) -> None:
    assert masked(values, data) == result


@example(values=["abab", "ababaab"], chunks=[b"ababa", b"b", b"aab"])
@example(values=["aaab", "aab"], chunks=[b"aaa", b"aab"])
@given(values=st.lists(texts, max_size=5), chunks=st.lists(texts.map(str.encode), max_size=12))
def test_chunks_do_not_matter(values: list[str], chunks: list[bytes]) -> None:
    assert masked(values, *chunks) == expected(values, b"".join(chunks))


@given(
    values=st.lists(st.text(min_size=3, max_size=40), min_size=1, max_size=4),
    order=st.lists(st.integers(0, 5), max_size=6),
    size=st.integers(1, 7),
)
def test_any_text_in_any_chunks_is_masked_alike(values: list[str], order: list[int], size: int) -> None:
    data = b" ".join(values[index % len(values)].encode() for index in order)
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert masked(values, *chunks) == expected(values, data)


@given(value=st.text(alphabet="ab", min_size=3, max_size=7), chunks=st.lists(texts.map(str.encode), max_size=8))
def test_only_a_beginning_of_the_secret_is_held_back(value: str, chunks: list[bytes]) -> None:
    masker = Masker([value])
    for chunk in chunks:
        masker.feed(chunk)
    held = masker.finish()
    assert value.encode().startswith(held)
    assert held != value.encode()


def test_a_prompt_shows_at_once() -> None:
    assert Masker(["hunter2"]).feed(b"Password: ") == b"Password: "


def test_a_progress_line_waits_for_no_more_than_its_doubtful_tail() -> None:
    masker = Masker(["100-percent"])
    assert [masker.feed(b"\r 10"), masker.feed(b"%"), masker.feed(b"\r 100-p"), masker.finish()] == [
        b"\r ", b"10%", b"\r ", b"100-p",
    ]  # fmt: skip


def test_a_masker_that_finished_begins_anew() -> None:
    masker = Masker(["secret"])
    assert masker.feed(b"sec") + masker.finish() + masker.feed(b"ret") + masker.finish() == b"secret"


def test_an_undecodable_value_is_masked_by_its_bytes() -> None:
    value = b"\xff\xfe\xfdkey".decode("utf-8", "surrogateescape")
    assert masked([value], b"<\xff\xfe\xfdkey>") == b"<***>"
