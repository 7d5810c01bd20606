import errno
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest
from pytest_django.fixtures import Settings

from devops_platform.errors import Conflict, Invalid, Unavailable
from pipelines.logs.files import FileLogStore
from pipelines.logs.registry import log_store

OPEN_FILES = Path("/proc/self/fd")
LOG = PurePosixPath("p/1/0.1")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full: this process may make no file longer than ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    quiet = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, quiet)


def test_an_append_that_fails_midway_leaves_nothing_of_itself(tmp_path: Path) -> None:
    store = FileLogStore(tmp_path)
    store.append(LOG, b"kept", at=0)
    with files_of_at_most(6), pytest.raises(Unavailable) as caught:
        store.append(LOG, b"too long", at=4)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert store.read(LOG, limit=100) == b"kept"
    assert store.append(LOG, b" on", at=4) == 7


def test_after_a_crash_in_an_append_the_size_is_where_to_go_on(tmp_path: Path) -> None:
    store = FileLogStore(tmp_path)
    store.append(LOG, b"whole line\n", at=0)
    with (tmp_path / "p/1/0.1.log").open("ab") as file:
        file.write(b"half a li")
    size = store.info(LOG).size
    assert store.append(LOG, b"half a line\n"[size - 11 :], at=size) == 23
    assert store.read(LOG, limit=100) == b"whole line\nhalf a line\n"


def test_a_sealed_file_is_read_only_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    store = FileLogStore(tmp_path)
    store.append(LOG, b"x", at=0)
    store.seal(LOG)
    (file,) = (tmp_path / "p/1").iterdir()
    assert file.name == "0.1.log"
    assert stat.S_IMODE(file.stat().st_mode) & 0o222 == 0


def test_logs_are_no_business_of_others_on_the_machine(tmp_path: Path) -> None:
    store = FileLogStore(tmp_path / "data" / "logs")
    assert stat.S_IMODE(store.root.stat().st_mode) & 0o007 == 0


def test_a_link_in_place_of_a_log_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    store = FileLogStore(tmp_path / "logs")
    (store.root / "a.log").symlink_to(outside)
    with pytest.raises(Unavailable):
        store.append(PurePosixPath("a"), b"x", at=0)
    assert outside.read_bytes() == b""


def test_a_segment_that_ends_as_files_do_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        FileLogStore(tmp_path).append(PurePosixPath("a.log/b"), b"x", at=0)


def test_two_stores_on_one_folder_are_one_store(tmp_path: Path) -> None:
    one, other = FileLogStore(tmp_path), FileLogStore(str(tmp_path))
    one.append(LOG, b"x", at=0)
    with pytest.raises(Conflict):
        other.append(LOG, b"y", at=0)


def test_no_file_stays_open(tmp_path: Path) -> None:
    store = FileLogStore(tmp_path)
    before = len(list(OPEN_FILES.iterdir()))
    store.append(LOG, b"x", at=0)
    store.seal(LOG)
    with pytest.raises(Conflict):
        store.append(LOG, b"x", at=1)
    store.read(LOG, limit=1)
    assert len(list(OPEN_FILES.iterdir())) == before


def test_the_settings_choose_the_store_and_a_change_is_seen(tmp_path: Path, settings: Settings) -> None:
    chosen = "pipelines.logs.files.FileLogStore"
    settings.LOG_STORE = {"BACKEND": chosen, "OPTIONS": {"root": tmp_path / "one"}}
    first = log_store()
    assert first is log_store()
    settings.LOG_STORE = {"BACKEND": chosen, "OPTIONS": {"root": tmp_path / "two"}}
    log_store().append(LOG, b"x", at=0)
    assert (tmp_path / "two/p/1/0.1.log").exists()
