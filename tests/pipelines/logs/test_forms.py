"""However a tool writes a secret down, the log shows stars."""

import base64
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.logs.forms import SHORTEST_DERIVED, forms
from pipelines.logs.masking import Masker

TOKEN = 'p@ss/wörd+it\'s "x" <y>&\\z'
WRITERS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "base64": lambda value: base64.b64encode(value.encode()),
    "base64 without padding": lambda value: base64.b64encode(value.encode()).rstrip(b"="),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(value.encode()),
    "base64 for URLs without padding": lambda value: base64.urlsafe_b64encode(value.encode()).rstrip(b"="),
    "a URL's path": lambda value: quote(value).encode(),
    "a URL's part": lambda value: quote(value, safe="").encode(),
    "a form's field": lambda value: quote_plus(value).encode(),
    "encodeURIComponent": lambda value: quote(value, safe="-_.!~*'()").encode(),
    "a URL in small letters": lambda value: _small(quote(value, safe="")).encode(),
    "JSON in ASCII": lambda value: json.dumps(value).encode(),
    "JSON in UTF-8": lambda value: json.dumps(value, ensure_ascii=False).encode(),
    "JSON with slashes escaped": lambda value: json.dumps(value).replace("/", "\\/").encode(),
    "shell": lambda value: shlex.quote(value).encode(),
    "shell, with backslashes in quotes": lambda value: ("'" + value.replace("'", "'\\''") + "'").encode(),
}
secrets = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="*", exclude_categories=("Cc", "Zl", "Zp")),
    min_size=SHORTEST_DERIVED,
    max_size=40,
).filter(lambda value: len(value.strip()) >= SHORTEST_DERIVED)


def _small(escaped: str) -> str:
    return "".join(part if at == 0 else part[:2].lower() + part[2:] for at, part in _parts(escaped))


def _parts(escaped: str) -> list[tuple[int, str]]:
    first, *rest = escaped.split("%")
    return [(0, first), *((1, f"%{part}"[:3].lower() + part[2:]) for part in rest)]


def masked(value: str, data: bytes, *, size: int = 1 << 20) -> bytes:
    masker = Masker([value])
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join([*map(masker.feed, chunks), masker.finish()])


@pytest.mark.parametrize("written", WRITERS.values(), ids=WRITERS.keys())
def test_a_secret_is_masked_as_tools_write_it(written: Callable[[str], bytes]) -> None:
    told = written(TOKEN)
    assert masked(TOKEN, b"> " + told + b" <").strip(b"\"'") in {b"> *** <", b"> '***' <", b'> "***" <'}


@given(value=secrets, written=st.sampled_from(sorted(WRITERS)), size=st.integers(1, 50))
def test_no_form_of_any_secret_is_left(value: str, written: str, size: int) -> None:
    told = masked(value, b"x " + WRITERS[written](value) + b" y", size=size)
    assert [form for form in forms(value) if form in told] == []
    assert told.startswith(b"x ")
    assert told.endswith(b" y")


@given(value=secrets, before=st.binary(max_size=9), after=st.binary(max_size=9), url=st.booleans())
def test_within_a_longer_base64_nothing_can_be_read_back(value: str, before: bytes, after: bytes, *, url: bool) -> None:
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    told = masked(value, encode(before + value.encode() + after))
    assert b"***" in told
    assert [form for form in forms(value) if form in told] == []
    # What is left are the neighbours and at most two characters that hold bits of both.
    assert len(told) - 3 <= (len(before) + len(after)) * 4 / 3 + 2 * 4


def test_base64_in_lines_is_masked_line_by_line() -> None:
    value = "".join(chr(33 + at % 90) for at in range(300))
    told = masked(value, base64.encodebytes(value.encode()))
    assert set(told.split()) == {b"***"}


def test_a_go_program_escapes_signs_of_html_in_json() -> None:
    assert masked("a<b>c&d-long", rb'{"token":"a\u003cb\u003ec\u0026d-long"}') == b'{"token":"***"}'


def test_capital_hex_digits_in_json_are_understood() -> None:
    assert masked("key-ÿ\\u12ab", rb"key-\u00FF\\u12ab") == b"***"


@pytest.mark.parametrize(
    ("value", "data"),
    [
        pytest.param("abc", base64.b64encode(b"abc"), id="base64 of three letters is a word like any other"),
        pytest.param("a/b", b"a%2Fb", id="a short path stays"),
        pytest.param("}\n{", b"}\\n{", id="escaped line ends stay"),
    ],
)
def test_derived_forms_of_short_values_do_not_eat_the_log(value: str, data: bytes) -> None:
    assert masked(value, data) == data


def test_a_value_without_special_signs_has_few_forms() -> None:
    assert len(forms("hunter2hunter2hunter2")) <= 8
