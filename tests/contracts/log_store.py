"""What every log store promises. An adapter's test module subclasses this and provides the two fixtures."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from devops_platform.errors import Conflict, Invalid, Missing, Unavailable
from pipelines.logs.base import LogInfo, LogStore

LOG = PurePosixPath("p-zwmcv/p-d5frn/12/1/0.1")
OTHER = PurePosixPath("p-zwmcv/p-d5frn/12/1/0.2")


class LogStoreContract:
    @pytest.fixture
    def store(self) -> LogStore:
        """An empty store."""
        raise NotImplementedError

    @pytest.fixture
    def down(self) -> LogStore:
        """A store whose backing cannot be reached."""
        raise NotImplementedError

    def test_what_was_appended_is_read_at_once(self, store: LogStore) -> None:
        assert store.append(LOG, b"one\n", at=0) == 4
        assert store.append(LOG, b"two\n", at=4) == 8
        assert store.read(LOG, limit=100) == b"one\ntwo\n"
        assert store.info(LOG) == LogInfo(size=8, sealed=False)

    @pytest.mark.parametrize(
        ("start", "limit", "expected"),
        [
            pytest.param(0, 3, b"012", id="no more than the limit"),
            pytest.param(4, 100, b"456789", id="no further than the end"),
            pytest.param(10, 5, b"", id="nothing at the end"),
            pytest.param(10**30, 5, b"", id="nothing far past the end"),
            pytest.param(2, 0, b"", id="nothing when nothing is asked"),
            pytest.param(0, 10**30, b"0123456789", id="all with a limit past every size"),
        ],
    )
    def test_a_range_is_in_bytes(self, store: LogStore, start: int, limit: int, expected: bytes) -> None:
        store.append(LOG, b"0123456789", at=0)
        assert store.read(LOG, start=start, limit=limit) == expected

    def test_bytes_are_kept_as_they_are(self, store: LogStore) -> None:
        data = bytes(range(256)) + "漢字 ✓\r\n".encode()
        store.append(LOG, data, at=0)
        assert store.read(LOG, limit=len(data)) == data

    @pytest.mark.parametrize("at", [0, 3, 5, 10**30])
    def test_an_append_off_the_end_is_refused_and_changes_nothing(self, store: LogStore, at: int) -> None:
        store.append(LOG, b"1234", at=0)
        with pytest.raises(Conflict):
            store.append(LOG, b"x", at=at)
        assert store.read(LOG, limit=10) == b"1234"

    def test_the_end_of_an_absent_log_is_zero(self, store: LogStore) -> None:
        with pytest.raises(Conflict):
            store.append(LOG, b"x", at=7)
        with pytest.raises(Missing):
            store.info(LOG)

    def test_appending_nothing_creates_an_empty_log(self, store: LogStore) -> None:
        assert store.append(LOG, b"", at=0) == 0
        assert store.info(LOG) == LogInfo(size=0, sealed=False)

    def test_a_sealed_log_never_changes(self, store: LogStore) -> None:
        store.append(LOG, b"done\n", at=0)
        store.seal(LOG)
        for at in (0, 5):
            with pytest.raises(Conflict):
                store.append(LOG, b"more", at=at)
        assert store.info(LOG) == LogInfo(size=5, sealed=True)
        assert store.read(LOG, limit=100) == b"done\n"

    def test_sealing_twice_is_no_error(self, store: LogStore) -> None:
        store.append(LOG, b"done\n", at=0)
        store.seal(LOG)
        store.seal(LOG)
        assert store.info(LOG) == LogInfo(size=5, sealed=True)

    def test_sealing_what_nobody_wrote_makes_an_empty_log(self, store: LogStore) -> None:
        store.seal(LOG)
        assert store.info(LOG) == LogInfo(size=0, sealed=True)
        assert store.read(LOG, limit=100) == b""

    def test_what_was_never_written_is_missing(self, store: LogStore) -> None:
        store.append(OTHER, b"x", at=0)
        with pytest.raises(Missing):
            store.info(LOG)
        with pytest.raises(Missing):
            store.read(LOG, limit=1)

    def test_a_log_may_be_named_like_a_folder_of_logs(self, store: LogStore) -> None:
        store.append(LOG.parent, b"above", at=0)
        store.append(LOG, b"below", at=0)
        assert (store.read(LOG.parent, limit=9), store.read(LOG, limit=9)) == (b"above", b"below")

    def test_remove_takes_the_logs_below_and_no_others(self, store: LogStore) -> None:
        neighbour = PurePosixPath("p-zwmcv/p-d5frn/123/1/0.1")
        for path in (LOG, OTHER, neighbour):
            store.append(path, b"x", at=0)
        store.seal(OTHER)
        store.remove(PurePosixPath("p-zwmcv/p-d5frn/12"))
        for gone in (LOG, OTHER):
            with pytest.raises(Missing):
                store.info(gone)
        assert store.info(neighbour).size == 1

    def test_remove_takes_a_single_log(self, store: LogStore) -> None:
        store.append(LOG, b"x", at=0)
        store.append(OTHER, b"x", at=0)
        store.remove(LOG)
        with pytest.raises(Missing):
            store.info(LOG)
        assert store.info(OTHER).size == 1

    def test_folders_are_untouched_from_their_last_byte_on(self, store: LogStore) -> None:
        begin = datetime.now(UTC) - timedelta(minutes=1)
        store.append(PurePosixPath("p/pipeline/7/1/0.0"), b"hello\n", at=0)
        assert list(store.untouched(depth=3, since=begin)) == []
        later = begin + timedelta(hours=1)
        assert list(store.untouched(depth=3, since=later)) == [PurePosixPath("p/pipeline/7")]

    def test_removing_nothing_is_no_error(self, store: LogStore) -> None:
        store.remove(PurePosixPath("p-nobody"))

    def test_a_removed_log_may_begin_anew(self, store: LogStore) -> None:
        store.seal(LOG)
        store.remove(LOG)
        assert store.append(LOG, b"again", at=0) == 5

    @pytest.mark.parametrize("path", ["", ".", "..", "a/../b", "/etc/passwd", "a/.hidden", "a b", "a\n", "a/\0", "é"])
    def test_a_path_that_could_lead_out_is_invalid(self, store: LogStore, path: str) -> None:
        unsafe = PurePosixPath(path)
        for call in (store.info, store.seal, store.remove):
            with pytest.raises(Invalid):
                call(unsafe)
        with pytest.raises(Invalid):
            store.append(unsafe, b"x", at=0)
        with pytest.raises(Invalid):
            store.read(unsafe, limit=1)

    def test_a_reader_sees_only_a_growing_beginning_while_a_writer_appends(self, store: LogStore) -> None:
        lines = [f"{number:05} {'x' * (number % 97)}\n".encode() for number in range(300)]
        whole = b"".join(lines)

        def write() -> None:
            size = 0
            for line in lines:
                size = store.append(LOG, line, at=size)
            store.seal(LOG)

        store.append(LOG, b"", at=0)
        writer = threading.Thread(target=write)
        writer.start()
        seen = b""
        while not store.info(LOG).sealed or len(seen) < store.info(LOG).size:
            part = store.read(LOG, start=len(seen), limit=1000)
            assert whole.startswith(part, len(seen))
            seen += part
        writer.join()
        assert seen == whole

    def test_of_two_writers_at_one_offset_one_wins(self, store: LogStore) -> None:
        start = threading.Barrier(4)
        won: list[int] = []

        def write(writer: int) -> None:
            for turn in range(25):
                start.wait()
                try:
                    store.append(LOG, b"%d" % writer, at=turn)
                except Conflict:
                    continue
                won.append(writer)

        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        assert len(won) == 25
        assert sorted(store.read(LOG, limit=100).decode()) == sorted(map(str, won))

    def test_a_store_that_is_down_is_unavailable_not_empty(self, down: LogStore) -> None:
        with pytest.raises(Unavailable):
            down.append(LOG, b"x", at=0)
        with pytest.raises(Unavailable):
            down.seal(LOG)
        with pytest.raises(Unavailable):
            down.info(LOG)
        with pytest.raises(Unavailable):
            down.read(LOG, limit=1)
        with pytest.raises(Unavailable):
            down.remove(LOG)
