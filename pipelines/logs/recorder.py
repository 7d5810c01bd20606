"""Keeps, beside each log, when its bytes were seen and what is in it, as an engine publishes them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import structlog

from devops_platform.errors import PlatformError
from pipelines.logs.base import LogStore
from pipelines.logs.facts import FactFinder, facts_of, keep_facts
from pipelines.logs.times import Moment, TimesWriter, times_path

CATCHING_UP = 32 * 1024  # bytes; larger pieces in a row after a restart were written while nobody looked
MOST_WATCHED = 5000  # logs; of those that nobody sealed the oldest are forgotten

log = structlog.get_logger(__name__)

Publish = Callable[[PurePosixPath, int, bytes, bool], None]


@dataclass(slots=True)
class _Watched:
    times: TimesWriter
    facts: FactFinder = field(default_factory=FactFinder)
    late: bool = False  # what comes was written before anybody looked
    begins: bool = True  # the next byte begins a line, as far as is known


class Recorder:
    """Stands between an engine and ``publish``: records first, so that who is told finds the record.

    Used by one thread. What cannot be recorded is missing; it never holds up the log itself.
    """

    def __init__(self, store: LogStore, publish: Publish, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._publish = publish
        self._now = now
        self._watched: dict[PurePosixPath, _Watched] = {}

    def __call__(self, path: PurePosixPath, offset: int, data: bytes, sealed: bool) -> None:  # noqa: FBT001  # Publish
        try:
            self._record(path, offset, data)
            if sealed:
                self._finish(path, offset + len(data))
        except PlatformError as error:
            log.warning("log not recorded", log=str(path), error=str(error))
        self._publish(path, offset, data, sealed)

    def _record(self, path: PurePosixPath, offset: int, data: bytes) -> None:
        if not data:
            return
        watched = self._watched.get(path) or self._begin(path, offset)
        watched.late = watched.late and (watched.facts.size == 0 or len(data) >= CATCHING_UP)
        if watched.begins or b"\n" in data:
            watched.times.note(Moment(offset, int(self._now() * 1000), watched.late))
        watched.begins = data.endswith(b"\n")
        watched.facts.feed(data)

    def _begin(self, path: PurePosixPath, offset: int) -> _Watched:
        if len(self._watched) >= MOST_WATCHED:
            del self._watched[next(iter(self._watched))]
        self._watched[path] = _Watched(TimesWriter(self._store, path), late=offset > 0)
        return self._watched[path]

    def _finish(self, path: PurePosixPath, size: int) -> None:
        watched = self._watched.pop(path, None)
        self._store.seal(times_path(path))
        if watched is not None and watched.facts.size == size:
            keep_facts(self._store, path, watched.facts.finish())
        else:  # begun before a restart: not every byte came by here
            facts_of(self._store, path)
