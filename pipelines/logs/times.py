"""When the bytes of a log were seen: an index beside the log, itself a log of the same store.

A record speaks of the bytes from its offset on, up to the next record's. Bytes are kept before their record, so
a crash may lose a record, but none is ever ahead of the log. A line was begun at the last record at or before it.
"""

import struct
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from devops_platform.errors import Missing
from pipelines.logs.base import LogStore

RECORD = struct.Struct("<QQ")  # offset; ms since 1970 in seven bytes, then AS_IT_CAME or LATE
AS_IT_CAME, LATE = 0, 1
VOID = b"\xff"  # fills up a record that a crash cut short; as its last byte it says that the record is none
PAGE = 4096 * RECORD.size


class Moment(NamedTuple):
    offset: int
    ms: int  # since 1970
    late: bool = False  # written while nobody looked: this is when it was found

    @property
    def wire(self) -> list[int]:
        """As docs/live.md has it."""
        return [self.offset, self.ms, 1] if self.late else [self.offset, self.ms]


def times_path(path: PurePosixPath) -> PurePosixPath:
    return path.with_name(f"{path.name}.times")


def packed(moment: Moment) -> bytes:
    kind = LATE if moment.late else AS_IT_CAME
    return RECORD.pack(moment.offset, moment.ms | kind << 56)


def unpacked(records: bytes) -> Iterator[Moment]:
    """The moments in ``records``, which may end in the middle of one."""
    whole = len(records) - len(records) % RECORD.size
    for offset, moment in RECORD.iter_unpack(records[:whole]):
        kind = moment >> 56
        if kind in {AS_IT_CAME, LATE}:
            yield Moment(offset, moment & (1 << 56) - 1, kind == LATE)


class TimesWriter:
    """Appends to the index of one log. What it raises is the store's."""

    def __init__(self, store: LogStore, path: PurePosixPath) -> None:
        self._store = store
        self._path = times_path(path)
        self._size: int | None = None

    def note(self, moment: Moment) -> None:
        size, self._size = self._size, None  # after a failure nobody knows the size
        if size is None:
            size = size_of(self._store, self._path)
        filling = VOID * (-size % RECORD.size)
        self._size = self._store.append(self._path, filling + packed(moment), at=size)


class TimesReader:
    """Reads the index of one log forward, each moment once. What it raises is the store's, except Missing."""

    def __init__(self, store: LogStore, path: PurePosixPath) -> None:
        self._store = store
        self._path = times_path(path)
        self._read = 0
        self._waiting: list[Moment] = []

    def before(self, end: int) -> list[Moment]:
        """The moments not given yet that speak of bytes before the offset ``end``."""
        while not self._waiting or self._waiting[-1].offset < end:
            records = self._next()
            if not records:
                break
            self._waiting += unpacked(records)
        due = [moment for moment in self._waiting if moment.offset < end]
        self._waiting = self._waiting[len(due) :]
        return due

    def _next(self) -> bytes:
        try:
            records = self._store.read(self._path, start=self._read, limit=PAGE)
        except Missing:
            return b""
        records = records[: len(records) - len(records) % RECORD.size]
        self._read += len(records)
        return records


def size_of(store: LogStore, path: PurePosixPath) -> int:
    try:
        return store.info(path).size
    except Missing:
        return 0
