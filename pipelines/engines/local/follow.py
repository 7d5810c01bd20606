"""Carry the raw output of running steps over to the log store: masked, in order, each byte once.

No position is kept anywhere. Masking is a function of the whole raw log, so whoever takes a log up masks it anew
from its first byte and skips what the store already has.
"""

import os
import select
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath

import structlog

from devops_platform.errors import Conflict, Missing, PlatformError
from pipelines.engines.local.files import BuildFiles, StepFiles, is_held
from pipelines.engines.local.processes import bury
from pipelines.logs.base import LogStore
from pipelines.logs.masking import Masker

TICK = 0.005  # seconds between two looks at a running step's output
ROUND = 16  # chunks of one log before the next log has its turn
CHUNK = 64 * 1024  # bytes at once, so that many logs share the thread fairly
PATIENCE = 2.0  # seconds that a step's end waits for its log
BACKOFF = (0.1, 5.0)  # seconds, first and longest, while the store is down

log = structlog.get_logger(__name__)


# Tells live viewers of bytes that the store now has: path, offset, bytes, and whether none will follow.
Publish = Callable[[PurePosixPath, int, bytes, bool], None]


class Tail:
    """One raw log on its way into the store. Used by one thread."""

    def __init__(self, step: StepFiles, path: PurePosixPath, secrets: Iterable[str]) -> None:
        self.step = step
        self.path = path
        self.ended_at: float | None = None
        self.overdue = False  # its being late has been announced
        self.not_before = 0.0
        self._secrets = tuple(secrets)
        self._retries = step.has("retries")
        self._backoff = BACKOFF[0]
        self._raw: int | None = None
        self._lock: int | None = None
        self._rewind()

    def _rewind(self) -> None:
        self._masker = Masker(self._secrets)
        self._read = 0
        self._pending = b""  # masked, not yet known to be in the store
        self._finished = False
        self._size: int | None = None  # of the log in the store; None: to be asked
        self._masked = 0  # bytes that came out of the masker, pending ones included

    def carry(self, store: LogStore, publish: Publish) -> bool:
        """Move the next chunk; whether there is nothing more to do right now. Raises what the store raises."""
        ended = self._notice_end()  # before reading: what is read after the end is everything
        if not self._pending and not self._finished:
            self._mask_next(last=ended)
        if self._size is None and not self._ask_size(store):
            return True
        if self._pending:
            self._append(store, publish)
            return False
        if self._finished:
            self._seal(store, publish)
        return True

    def postpone(self) -> None:
        """The store is down, or nobody knows whether the last append arrived: ask for the size, later."""
        self._size = None
        self.not_before = time.monotonic() + self._backoff
        self._backoff = min(2 * self._backoff, BACKOFF[1])

    def restart(self) -> None:
        """Somebody else wrote: begin anew from the first byte."""
        self._rewind()
        self.postpone()

    def close(self) -> None:
        for descriptor in (self._raw, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._raw = self._lock = None

    def _notice_end(self) -> bool:
        if self.ended_at is None and self._over():
            self.ended_at = time.monotonic()
        return self.ended_at is not None

    def _over(self) -> bool:
        if self._retries:  # whether another try follows is for the engine to say
            return self.step.has("over")
        return not self._alive() and self.step.has("started")

    def _alive(self) -> bool:
        if self._lock is None:
            self._lock = self.step.open_lock()
        return self._lock is not None and is_held(self._lock)

    def _mask_next(self, *, last: bool) -> None:
        data = self._next_raw()
        self._read += len(data)
        self._pending = self._masker.feed(data)
        if not data and last:
            self._pending = self._masker.finish()
            self._finished = True
        self._masked += len(self._pending)

    def _next_raw(self) -> bytes:
        if self._raw is None:
            with suppress(FileNotFoundError):
                self._raw = os.open(self.step.output, os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(self._raw, CHUNK, self._read) if self._raw is not None else b""

    def _ask_size(self, store: LogStore) -> bool:
        """Learn what the store has and drop it from what is pending; whether there is anything left to do."""
        try:
            info = store.info(self.path)
        except Missing:
            self._size = 0
            return True
        if info.sealed:
            self.step.mark("sealed")
            return False
        self._size = info.size
        return True

    def _append(self, store: LogStore, publish: Publish) -> None:
        assert self._size is not None
        begin = self._masked - len(self._pending)
        missing = self._pending[max(0, self._size - begin) :]
        if missing:
            at = self._masked - len(missing)
            self._size = store.append(self.path, missing, at=at)
            publish(self.path, at, missing, False)  # noqa: FBT003
        self._pending = b""
        self._backoff = BACKOFF[0]

    def _seal(self, store: LogStore, publish: Publish) -> None:
        store.seal(self.path)
        self.step.mark("sealed")
        publish(self.path, self._masked, b"", True)  # noqa: FBT003


class Follower:
    """One thread that follows every build it is told of; asleep while no step runs. Only it waits for the store."""

    def __init__(self, store: LogStore, publish: Publish, nudge: Callable[[str], None]) -> None:
        self._store = store
        self._publish = publish
        self._nudge = nudge
        self._mutex = threading.Lock()  # held for a moment only, never over a call of the store
        self._rights: dict[str, int] = {}  # by build key: the lock that lets this process follow it
        self._tails: dict[tuple[str, PurePosixPath], Tail] = {}
        self._left: list[Tail] = []
        self._thread: threading.Thread | None = None
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._ends: set[int] = set()
        self._watched: dict[Path, tuple[str, int]] = {}  # by directory: build key and lock of a running try
        self._reminders: dict[str, float] = {}  # by build key: when it wants to be nudged, by the monotonic clock

    def follow(self, build: BuildFiles, steps: Mapping[PurePosixPath, StepFiles], secrets: Iterable[str]) -> None:
        """Follow ``steps`` (by the path of their log) that are not sealed, unless another process does."""
        with self._mutex:
            fresh = [path for path in steps if (build.key, path) not in self._tails and not steps[path].sealed]
            if not fresh or not self._may_follow(build):
                return
            values = tuple(secrets)
            self._tails |= {(build.key, path): Tail(steps[path], path, values) for path in fresh}
            self._run()

    def expect(self, end: int) -> None:
        """Look at once when a step of this process ends; ``end`` is what ``processes.start`` gave."""
        with self._mutex:
            self._ends.add(end)
            self._run()

    def watch(self, key: str, step: StepFiles) -> None:
        """Nudge when this try ends, whoever started it."""
        with self._mutex:
            lock = None if step.directory in self._watched else step.open_lock()
            if lock is not None:
                self._watched[step.directory] = (key, lock)
                self._run()

    def remind(self, key: str, after: timedelta) -> None:
        """Nudge after a while; the latest wish counts."""
        with self._mutex:
            self._reminders[key] = time.monotonic() + after.total_seconds()
            self._run()

    def leave(self, key: str) -> None:
        """Stop following the build ``key``."""
        with self._mutex:
            self._reminders.pop(key, None)
            self._left += [self._tails.pop(known) for known in list(self._tails) if known[0] == key]
            self._release(key)
            if self._left:
                self._run()

    def _may_follow(self, build: BuildFiles) -> bool:
        if build.key in self._rights:
            return True
        right = build.take_follower()
        if right is None:
            return False
        self._rights[build.key] = right
        return True

    def _release(self, key: str) -> None:
        right = self._rights.pop(key, None)
        if right is not None:
            os.close(right)

    def _run(self) -> None:
        if self._thread is None or not self._thread.is_alive():  # it does not survive a fork
            self._thread = threading.Thread(target=self._loop, name="log-follower", daemon=True)
            self._thread.start()
        os.eventfd_write(self._wake, 1)

    def _loop(self) -> None:
        while True:
            with self._mutex:
                tails = list(self._tails.items())
                left, self._left = self._left, []
                ends = frozenset(self._ends)
            for tail in left:
                tail.close()
            busy = [self._turn(key, tail) for (key, _), tail in tails]
            for key in (*self._ended_tries(), *self._reminded()):
                self._nudge(key)
            self._sleep(ends, 0 if any(busy) else self._pause())

    def _ended_tries(self) -> list[str]:
        """The build keys of watched tries that have ended since the last look."""
        with self._mutex:
            ended = [(place, *known) for place, known in self._watched.items() if not is_held(known[1])]
            for place, _, lock in ended:
                del self._watched[place]
                os.close(lock)
        return [key for _, key, _ in ended]

    def _reminded(self) -> list[str]:
        now = time.monotonic()
        with self._mutex:
            due = [key for key, at in self._reminders.items() if at <= now]
            for key in due:
                del self._reminders[key]
        return due

    def _pause(self) -> float | None:
        """Seconds until there may be something to do; None: nothing will come by itself."""
        with self._mutex:
            if self._tails or self._watched:
                return TICK
            return max(0.0, min(self._reminders.values()) - time.monotonic()) if self._reminders else None

    def _turn(self, key: str, tail: Tail) -> bool:
        """Give one log its turn; whether it has more to do at once."""
        if time.monotonic() < tail.not_before:
            self._announce_delay(key, tail)
            return False
        try:
            more = not any(tail.carry(self._store, self._publish) for _ in range(ROUND))
        except Conflict:
            log.warning("log taken up anew", log=str(tail.path))
            tail.restart()
            return False
        except PlatformError as error:
            log.warning("log delayed", log=str(tail.path), error=str(error))
            tail.postpone()
            return False
        except Exception:
            log.exception("log delayed by a bug", log=str(tail.path))
            tail.restart()
            return False
        if tail.step.sealed:
            self._done(key, tail)
        return more

    def _announce_delay(self, key: str, tail: Tail) -> None:
        """The step's end is told without its log, so that a store that is down holds up no run."""
        if tail.overdue or tail.ended_at is None or time.monotonic() - tail.ended_at < PATIENCE:
            return
        tail.overdue = True
        tail.step.mark("released")
        self._nudge(key)

    def _done(self, key: str, tail: Tail) -> None:
        with self._mutex:
            if self._tails.pop((key, tail.path), None):
                tail.close()
            if not any(known == key for known, _ in self._tails):
                self._release(key)
        self._nudge(key)

    def _sleep(self, ends: frozenset[int], seconds: float | None) -> None:
        waiting = select.poll()
        for descriptor in (self._wake, *ends):
            waiting.register(descriptor, select.POLLIN)
        for descriptor, _ in waiting.poll(None if seconds is None else seconds * 1000):
            if descriptor == self._wake:
                os.eventfd_read(self._wake)
                continue
            with self._mutex:
                self._ends.discard(descriptor)
            bury(descriptor)
