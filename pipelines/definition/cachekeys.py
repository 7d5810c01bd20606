"""Cache keys: fixed text with ``{{ hash 'file' … }}`` in between, which the engine fills in when the step starts."""

import re
from dataclasses import dataclass

HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
HASH = re.compile(r"\s*hash((?:\s+'[^'\n]{1,255}'){1,16})\s*")
FILE = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class HashOf:
    """Stands for a hash over the content of ``files`` (patterns, in the workspace)."""

    files: tuple[str, ...]


class BadCacheKey(ValueError):
    """Something other than ``hash`` stands between the braces, or they do not close."""


def parts(key: str) -> tuple[str | HashOf, ...]:
    """``key`` in order. Raises BadCacheKey."""
    found: list[str | HashOf] = []
    for index, piece in enumerate(HOLE.split(key)):
        if index % 2 == 0:
            if "{{" in piece or "}}" in piece:
                raise BadCacheKey(key)
            found.extend([piece] if piece else [])
            continue
        call = HASH.fullmatch(piece)
        if call is None:
            raise BadCacheKey(key)
        found.append(HashOf(tuple(FILE.findall(call[1]))))
    return tuple(found)
