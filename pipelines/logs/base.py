"""The log store port: append while a step runs, seal when it ended, read any range at any time.

Offsets and lengths are bytes of the masked log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogInfo:
    size: int
    sealed: bool  # nothing will be appended any more


class LogStore(Protocol):
    """Where logs are kept, by relative path such as ``p-zwmcv/<uid of the run>/1/0.1`` (…/attempt/stage.step).

    Safe for use from several threads and processes; one writer for a path at a time is the caller's duty.
    Raises ``Missing`` for a path never written, ``Unavailable`` when the store is down, ``Conflict`` when
    something is appended to a sealed log or at an offset that is not its end; the end of an absent log is 0.
    """

    def append(self, path: PurePosixPath, data: bytes, *, at: int) -> int:
        """Append ``data`` at offset ``at``, which must be the present size (0 creates); returns the new size."""
        ...

    def seal(self, path: PurePosixPath) -> None:
        """Declare the log complete; a log that nobody wrote becomes an empty one. Sealing twice is no error."""
        ...

    def info(self, path: PurePosixPath) -> LogInfo: ...

    def read(self, path: PurePosixPath, *, start: int = 0, limit: int) -> bytes:
        """Bytes from ``start``, at most ``limit``; empty at or past the end. Sees what was appended before the call."""
        ...

    def remove(self, prefix: PurePosixPath) -> None:
        """Remove every log under ``prefix``; nothing there is no error."""
        ...

    def untouched(self, *, depth: int, since: datetime) -> Iterable[PurePosixPath]:
        """Folders of ``depth`` segments below which nothing was written since ``since``."""
        ...
