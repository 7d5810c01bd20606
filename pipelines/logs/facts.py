"""What is known of a whole log once it is sealed, kept beside it as a log of its own."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from devops_platform.errors import Missing
from pipelines.logs.base import LogStore
from pipelines.logs.errors import ErrorSearch, FirstError
from pipelines.logs.times import size_of

CHUNK = 1024 * 1024
LARGEST = 64 * 1024  # bytes that facts may take


@dataclass(frozen=True, slots=True)
class LogFacts:
    size: int  # bytes
    lines: int
    first_error: FirstError | None


class FactFinder:
    """Learns from a log as it comes, in chunks of any size, from its first byte on."""

    def __init__(self) -> None:
        self.size = 0
        self._feeds = 0
        self._last = b"\n"
        self._errors = ErrorSearch()

    def feed(self, data: bytes) -> None:
        if not data:
            return
        self.size += len(data)
        self._feeds += data.count(b"\n")
        self._last = data[-1:]
        self._errors.feed(data)

    def finish(self) -> LogFacts:
        """The log is whole."""
        self._errors.finish()
        lines = self._feeds + (self._last != b"\n")
        return LogFacts(size=self.size, lines=lines, first_error=self._errors.found)


def facts_path(path: PurePosixPath) -> PurePosixPath:
    return path.with_name(f"{path.name}.facts")


def facts_of(store: LogStore, path: PurePosixPath) -> LogFacts:
    """The facts of a log; of one that still grows, or whose facts a crash lost, from all its bytes.

    Raises what the store raises.
    """
    try:
        return _read(store.read(facts_path(path), limit=LARGEST))
    except (Missing, ValueError):
        info = store.info(path)
        facts = _found(store, path, info.size)
        if info.sealed:
            keep_facts(store, path, facts)
        return facts


def keep_facts(store: LogStore, path: PurePosixPath, facts: LogFacts) -> None:
    """Keep the facts of a sealed log; whatever half of them is there is replaced."""
    beside = facts_path(path)
    if size_of(store, beside):
        store.remove(beside)
    store.append(beside, json.dumps(asdict(facts)).encode(), at=0)
    store.seal(beside)


def chunks_of(store: LogStore, path: PurePosixPath, end: int) -> Iterator[bytes]:
    """The bytes of a log up to ``end``."""
    start = 0
    while start < end:
        data = store.read(path, start=start, limit=min(CHUNK, end - start))
        if not data:
            return
        yield data
        start += len(data)


def _found(store: LogStore, path: PurePosixPath, size: int) -> LogFacts:
    finder = FactFinder()
    for chunk in chunks_of(store, path, size):
        finder.feed(chunk)
    return finder.finish()


def _read(data: bytes) -> LogFacts:
    """Raises ValueError for what a crash cut short."""
    facts: dict[str, Any] = json.loads(data)
    error = facts.pop("first_error")
    return LogFacts(**facts, first_error=error and FirstError(**error))
