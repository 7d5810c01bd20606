"""The byte strings that give a secret away: the value itself, and what tools make of it when they write it down.

Pure. What is not covered: values cut up, reversed, hashed, compressed or encoded twice.
"""

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 3  # bytes; a shorter value occurs everywhere by chance, and masking it would only show where it does not
SHORTEST_LINE = 8  # characters; shorter lines of a long secret are braces and padding
SHORTEST_DERIVED = 8  # bytes; shorter ones, such as base64 of three letters, are parts of ordinary words
BASE64_LINE = 76  # characters after which base64(1) begins a new line

# Sources: RFC 3986 (unreserved), urllib.parse.quote, encodeURIComponent and encodeURI of ECMA-262.
URL_SAFE = ("", "/", "-_.!~*'()", ";,/?:@&=+$-_.!~*'()#")
WORD = re.compile(r"([^A-Za-z0-9_@%+=:,./-])")  # what printf %q puts a backslash before
HTML_IN_JSON = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}  # as Go's encoding/json writes them


def forms(value: str) -> tuple[bytes, ...]:
    """``value`` as it is, without its line end, and line by line; then each of these in usual escapes and encodings."""
    lines = [line.strip() for line in value.splitlines()]
    exposed = [value, value.rstrip("\r\n"), *(line for line in lines if len(line) >= SHORTEST_LINE)]
    plain = [form for form in map(_bytes, exposed) if len(form.strip()) >= SHORTEST]
    if not plain:
        return ()
    derived = (form for text in dict.fromkeys(exposed) for form in _derived(text))
    return tuple(dict.fromkeys([*plain, *(form for form in derived if len(form.strip()) >= SHORTEST_DERIVED)]))


def _derived(text: str) -> Iterator[bytes]:
    yield from _base64(_bytes(text))
    yield from _url(_bytes(text))
    yield from map(_bytes, (*_json(text), *_shell(text)))


def _base64(value: bytes) -> Iterator[bytes]:
    """Both alphabets; at each place within a longer text what depends on ``value`` alone, and as its end."""
    whole = base64.b64encode(value)
    found = [whole[at : at + BASE64_LINE] for at in range(0, len(whole), BASE64_LINE)]
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value)
        own = encoded[(0, 2, 3)[before] :]
        size = before + len(value)
        inner = encoded[(0, 2, 3)[before] : 4 * (size // 3) + size % 3]
        found += [own, own.rstrip(b"="), inner]
    for form in found:
        yield form
        yield form.translate(bytes.maketrans(b"+/", b"-_"))


def _url(value: bytes) -> Iterator[bytes]:
    for safe in URL_SAFE:
        for form in (quote(value, safe=safe), quote_plus(value, safe=safe)):
            yield form.encode()
            yield re.sub("%..", lambda found: found[0].lower(), form).encode()


def _json(text: str) -> Iterator[str]:
    for ascii_only in (True, False):
        inner = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        for form in (inner, inner.translate(HTML_IN_JSON)):
            for slashed in (form, form.replace("/", "\\/")):
                yield slashed
                yield re.sub(r"(?<!\\)((?:\\\\)*\\u)(....)", lambda found: found[1] + found[2].upper(), slashed)


def _shell(text: str) -> Iterator[str]:
    """Within single quotes, within double quotes, with backslashes alone, and within ``$'…'``."""
    yield text.replace("'", "'\\''")
    yield text.replace("'", "'\"'\"'")
    yield re.sub(r'([$`"\\!])', r"\\\1", text)
    yield re.sub(r'([$`"\\])', r"\\\1", text)
    yield WORD.sub(r"\\\1", text)
    yield text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
