"""A guess at the line in which things began to go wrong. Pure.

static/src/log/errors.ts guesses alike; tests/pipelines/logs/first_errors.json holds both to it.
"""

import re
from dataclasses import dataclass

from pipelines.logs.plain import LONGEST_LINE, last_update, plain

LONGEST_TEXT = 200  # characters of the line that are kept

PATTERNS = (
    r"^\s*(?:E\s{2,}|✗|✘|×|✖)\s*\S",  # pytest, mocha, vitest, playwright
    r"\b(?:fatal|error|panic|exception|traceback)(?:\[\w+\])?\b(?: TS\d+)?\s?[:!(]",
    r"\b\w+(?:Error|Exception)\b(?::|$)",
    r"^\s*(?:FAIL|FAILED|ERROR|FATAL)\b(?![-=_.])",
    r"^\s*(?:##)?\[(?:ERROR|FATAL)\]|^::error\b",  # Maven, Azure and GitHub
    r"^\s*--- FAIL\b",  # go test
    r"^[\w./-]+\.go:\d+:\d+: ",  # go build and vet
    r"\b(?:npm|yarn|pnpm) (?:ERR!|error\b)",
    r"^make(?:\[\d+\])?: \*\*\*",
    r"command not found|: not found$|No such file or directory|Permission denied|segmentation fault",
)
ERROR = re.compile("|".join(PATTERNS), re.IGNORECASE | re.MULTILINE | re.ASCII)
HARMLESS = re.compile(
    r"\b(?:0|no|without|ignor\w+) (?:error|failure|exception|fatal)s?\b|\berrors?: 0\b", re.IGNORECASE | re.ASCII
)
# A line without any of these, in small letters, cannot match; looking for them is many times faster.
SIGNS = tuple(
    sign.encode()
    for sign in (
        *("err", "exception", "fatal", "panic", "traceback", "fail", "✗", "✘", "×", "✖", "e  ", "e\t"),
        *(".go:", "***", "not found", "no such file", "denied", "segmentation"),
    )
)


@dataclass(frozen=True, slots=True)
class FirstError:
    line: int  # from 1
    offset: int  # of the line's first byte
    text: str  # the line's beginning as plain text


def is_error(text: str) -> bool:
    return ERROR.search(text) is not None and HARMLESS.search(text) is None


class ErrorSearch:
    """Looks through a log as it comes, in chunks of any size; holds at most one line."""

    def __init__(self) -> None:
        self.found: FirstError | None = None
        self._seen = 0  # bytes
        self._line = 1  # number of the line without an end
        self._opened = 0  # offset of its first byte
        self._open = b""  # as much of it as is looked at

    def feed(self, data: bytes) -> None:
        self._seen += len(data)
        if self.found is not None:
            return
        block = self._open + data
        end = block.rfind(b"\n") + 1
        after = self._seen - len(block) + end
        if end and _suspicious(block[:end]):
            self._look(block[:end], after=after)
        if end:
            self._line += block.count(b"\n", 0, end)
            self._opened = after
        self._open = _shortened(block[end:])

    def finish(self) -> None:
        """The last line has no end and never will."""
        if self.found is None and _suspicious(self._open):
            self._look(self._open, after=self._seen)

    def _look(self, lines: bytes, *, after: int) -> None:
        """Look at each of ``lines``, which begin with the open one and end at the offset ``after``."""
        offset = self._opened
        end = after - len(lines)
        for number, line in enumerate(_split(lines)):
            end += len(line)
            text = plain(_shortened(line.rstrip(b"\n"))).decode("utf-8", "replace") if _suspicious(line) else ""
            if is_error(text):
                self.found = FirstError(self._line + number, offset, text.strip()[:LONGEST_TEXT])
                return
            offset = end


def _suspicious(data: bytes) -> bool:
    low = data.lower()
    return any(sign in low for sign in SIGNS)


def _split(lines: bytes) -> list[bytes]:
    """Each line with its end; ``splitlines`` would end lines at carriage returns too."""
    return [line + b"\n" for line in lines.removesuffix(b"\n").split(b"\n")]


def _shortened(line: bytes) -> bytes:
    return line if len(line) <= LONGEST_LINE else last_update(line)[:LONGEST_LINE]
