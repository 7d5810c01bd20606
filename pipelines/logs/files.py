"""Logs as files on this machine: ``<root>/<path>.log``, appended under a lock; a sealed one is read-only.

The size of a file is the truth. An append that fails is cut off again; of one that a crash cut short a beginning
stays, and the writer goes on from ``info().size``.
"""

import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePath, PurePosixPath

from devops_platform.errors import Conflict, Invalid, Missing, Unavailable
from pipelines.logs.base import LogInfo

SUFFIX = ".log"
SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
GROWING, SEALED = 0o640, 0o440  # the file's mode holds the seal: one fstat tells it together with the size


class FileLogStore:
    """Keeps logs below ``root``, which is made when it is absent. Raises ``Invalid`` for a path that could lead out."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        with _failures(self.root):
            self.root.mkdir(parents=True, exist_ok=True, mode=0o750)

    def append(self, path: PurePosixPath, data: bytes, *, at: int) -> int:
        with self._writable(path, create=at == 0) as file:
            size = os.fstat(file).st_size
            if size != at:
                raise Conflict(f"log {path} has {size} bytes and cannot be appended to at {at}")
            _write(file, data, at=at)
            return at + len(data)

    def seal(self, path: PurePosixPath) -> None:
        with suppress(_Sealed), self._writable(path, create=True) as file:
            os.fsync(file)
            os.fchmod(file, SEALED)

    def info(self, path: PurePosixPath) -> LogInfo:
        with _failures(path):
            found = self._file(path).stat()
        return LogInfo(size=found.st_size, sealed=_is_sealed(found))

    def read(self, path: PurePosixPath, *, start: int = 0, limit: int) -> bytes:
        with _failures(path), self._file(path).open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            wanted = min(limit, size - start)
            return os.pread(file.fileno(), wanted, start) if wanted > 0 else b""

    def remove(self, prefix: PurePosixPath) -> None:
        with suppress(Missing), _failures(prefix):
            self._file(prefix).unlink(missing_ok=True)
            shutil.rmtree(self.root / prefix)

    def untouched(self, *, depth: int, since: datetime) -> Iterator[PurePosixPath]:
        for folder in self.root.glob("/".join("*" * depth)):
            if folder.is_dir() and _last_change(folder) < since.timestamp():
                yield PurePosixPath(folder.relative_to(self.root))

    def _file(self, path: PurePosixPath) -> Path:
        """The file of the log ``path``. No segment ends as files do, so that no log stands in the way of another."""
        fits = [SEGMENT.fullmatch(segment) and not segment.endswith(SUFFIX) for segment in path.parts]
        if not fits or not all(fits):
            raise Invalid(f"{str(path)!r} is no path of a log")
        return self.root / path.parent / (path.name + SUFFIX)

    @contextmanager
    def _writable(self, path: PurePosixPath, *, create: bool) -> Iterator[int]:
        """The open file, locked against every other writer; raises ``Conflict`` when it is sealed or absent."""
        target = self._file(path)
        with _failures(path):
            if create:
                target.parent.mkdir(parents=True, exist_ok=True)
            try:
                file = os.open(target, APPEND | os.O_CREAT if create else APPEND, GROWING)
            except FileNotFoundError as error:
                raise Conflict(f"log {path} has no bytes yet") from error
            except PermissionError as error:
                if _is_sealed(target.stat()):
                    raise _Sealed(f"log {path} is sealed") from error
                raise
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                # The superuser may write to read-only files, and a seal may have come before the lock.
                if _is_sealed(os.fstat(file)):
                    raise _Sealed(f"log {path} is sealed")
                yield file
            finally:
                os.close(file)


class _Sealed(Conflict):
    pass


def _last_change(folder: Path) -> float:
    """Seconds since the epoch; what vanishes meanwhile counts for nothing."""
    latest = 0.0
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            latest = max(latest, path.stat().st_mtime)
    return latest


def _is_sealed(found: os.stat_result) -> bool:
    return not found.st_mode & stat.S_IWUSR


def _write(file: int, data: bytes, *, at: int) -> None:
    """Write all of ``data`` or none of it."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, at)
        raise


@contextmanager
def _failures(what: PurePath) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing(f"there is no log {what}") from error
    except OSError as error:
        raise Unavailable(f"log {what}: {error.strerror}") from error
