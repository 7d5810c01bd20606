"""Entries on disk: immutable archives, published whole or not at all.

::

    <root>/<project>/lock                                     held while room is made and an entry takes its name
    <root>/<project>/<pipeline>/<scope>/<shelf>/<name>        an entry; modified when published, accessed when used
    <root>/<project>/<pipeline>/.drafts/                      unfinished entries where files need names

Who reads an entry has it locked, shared; who removes one has to get the lock alone.
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.engines.local.cache.keys import Entry, key_of

PRIVATE = 0o700
DRAFTS = ".drafts"
ABANDONED = 3600 * 24  # seconds after which nobody works on a draft any more
WITHOUT_NAMELESS = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL})


class NoRoom(OSError):
    """The quota does not allow for the entry."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry and its place; ``used`` in nanoseconds."""

    place: Path
    size: int
    used: int
    published: int

    @property
    def key(self) -> str:
        return key_of(self.place.name)


class Store:
    """The entries of one pipeline, below ``home`` (``<root>/<project>/<pipeline>``)."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._project = home.parent

    def entries(self) -> list[Stored]:
        return list(_stored(self.home.glob("[!.]*/*/*")))

    def shelf(self, scope: str, shelf: str) -> list[Entry]:
        found = _stored((self.home / scope / shelf).glob("[!.]*"))
        return [Entry(scope, stored.place.name, stored.published) for stored in found]

    def open(self, scope: str, shelf: str, name: str) -> int | None:
        """A descriptor that keeps the entry from being removed; None when it has gone."""
        try:
            file = os.open(self.home / scope / shelf / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        fcntl.flock(file, fcntl.LOCK_SH)
        with suppress(OSError):
            os.utime(file, ns=(time.time_ns(), os.fstat(file).st_mtime_ns))
        return file

    def has(self, scope: str, shelf: str, name: str) -> bool:
        return (self.home / scope / shelf / name).exists()

    @contextmanager
    def draft(self) -> Iterator[int]:
        """An open file that is gone again, unless it is published."""
        self.home.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        try:
            file = os.open(self.home, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
            named = None
        except OSError as error:
            if error.errno not in WITHOUT_NAMELESS:
                raise
            file, named = self._named_draft()
        try:
            yield file
        finally:
            os.close(file)
            if named:
                named.unlink(missing_ok=True)

    def publish(self, draft: int, scope: str, shelf: str, name: str, *, quota: int) -> bool:
        """Give ``draft`` its name; False when another was faster, whose entry stands. Raises NoRoom, OSError."""
        folder = self.home / scope / shelf
        with self._locked():
            if (folder / name).exists():
                return False
            self._make_room(os.fstat(draft).st_size, quota)
            folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            _link(draft, folder, name)
        return True

    def replace_others(self, scope: str, shelf: str, *, beginning: str, keep: str) -> None:
        """Remove the entries of a shelf whose names begin alike, but for ``keep`` and those in use."""
        with self._locked():
            for stored in _stored((self.home / scope / shelf).glob("[!.]*")):
                if stored.place.name.startswith(beginning) and stored.place.name != keep:
                    _removed(stored.place)

    def clear(self) -> None:
        """Remove everything; who reads an entry reads on."""
        if not self._project.is_dir():
            return
        with self._locked():
            shutil.rmtree(self.home, ignore_errors=True)

    def _make_room(self, size: int, quota: int) -> None:
        """Remove what was not used for longest until ``size`` bytes fit in beside the rest of the project."""
        self._sweep_drafts()
        if size > quota:
            raise NoRoom(errno.EDQUOT, "The entry is larger than the quota")
        known = sorted(_stored(self._project.glob("*/[!.]*/*/[!.]*")), key=lambda stored: stored.used)
        excess = sum(stored.size for stored in known) + size - quota
        for stored in known:
            if excess <= 0:
                return
            if _removed(stored.place):
                excess -= stored.size
        if excess > 0:
            raise NoRoom(errno.EDQUOT, "All of the quota is in use")

    def _named_draft(self) -> tuple[int, Path]:
        drafts = self.home / DRAFTS
        drafts.mkdir(mode=PRIVATE, exist_ok=True)
        named = drafts / f"{os.getpid()}-{time.time_ns()}"
        return os.open(named, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), named

    def _sweep_drafts(self) -> None:
        for draft in self.home.glob(f"{DRAFTS}/*"):
            with suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > ABANDONED:
                    draft.unlink()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._project.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        lock = os.open(self._project / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _stored(places: Iterator[Path]) -> Iterator[Stored]:
    for place in places:
        with suppress(FileNotFoundError):  # removed meanwhile
            found = place.lstat()
            yield Stored(place, found.st_size, found.st_atime_ns, found.st_mtime_ns)


def _link(draft: int, folder: Path, name: str) -> None:
    there = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Only with a folder's descriptor does os.link follow the symlink, which is all that names a nameless file.
        os.link(f"/proc/self/fd/{draft}", name, dst_dir_fd=there, follow_symlinks=True)
    finally:
        os.close(there)


def _removed(place: Path) -> bool:
    """Remove an entry that nobody reads; whether it is gone."""
    try:
        file = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        place.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True
