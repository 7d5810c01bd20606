"""What the store promises, also to many at once and to those who are killed."""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from pipelines.engines.local.cache import tree, work
from pipelines.engines.local.cache.order import Done, Order
from pipelines.engines.local.cache.store import NoRoom, Store

ROOM = 1_000_000
AT_ONCE = 200


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "p-demo" / "checkout")


def put(store: Store, name: str, content: bytes, *, quota: int = ROOM, scope: str = "protected") -> bool:
    with store.draft() as draft:
        os.write(draft, content)
        return store.publish(draft, scope, "shelf", name, quota=quota)


def content(store: Store, name: str) -> bytes | None:
    file = store.open("protected", "shelf", name)
    if file is None:
        return None
    with os.fdopen(file, "rb") as stream:
        return stream.read()


def names(store: Store) -> set[str]:
    return {stored.place.name for stored in store.entries()}


def test_the_first_writer_of_a_name_wins(store: Store) -> None:
    assert put(store, "a", b"one")
    assert not put(store, "a", b"two")
    assert content(store, "a") == b"one"


def test_a_draft_that_is_not_published_leaves_nothing(store: Store) -> None:
    with store.draft() as draft:
        os.write(draft, b"half")
    assert [found for found in store.home.rglob("*") if found.is_file()] == []


def test_what_was_not_used_for_longest_makes_room(store: Store) -> None:
    for name in "abc":
        put(store, name, b"x" * 300, quota=1000)
    for age, name in enumerate("bca"):
        place = next(stored.place for stored in store.entries() if stored.place.name == name)
        os.utime(place, ns=(age, 5))
    put(store, "d", b"x" * 300, quota=1000)
    assert names(store) == {"c", "a", "d"}


def test_a_use_counts_as_a_use(store: Store) -> None:
    for name in "ab":
        put(store, name, b"x" * 400, quota=1000)
    for stored in store.entries():
        os.utime(stored.place, ns=(1 if stored.place.name == "a" else 2, 5))
    content(store, "a")
    put(store, "c", b"x" * 400, quota=1000)
    assert names(store) == {"a", "c"}


def test_what_is_in_use_stays_even_when_room_is_needed(store: Store) -> None:
    put(store, "a", b"x" * 600, quota=1000)
    file = store.open("protected", "shelf", "a")
    assert file is not None
    with pytest.raises(NoRoom):
        put(store, "b", b"x" * 600, quota=1000)
    os.close(file)
    assert put(store, "b", b"x" * 600, quota=1000)
    assert names(store) == {"b"}


def test_the_quota_is_that_of_the_project(store: Store) -> None:
    other = Store(store.home.with_name("other"))
    put(other, "a", b"x" * 600, quota=1000)
    put(store, "b", b"x" * 600, quota=1000)
    assert (names(other), names(store)) == (set(), {"b"})


def test_clearing_takes_one_pipeline_s_entries_only(store: Store) -> None:
    other = Store(store.home.with_name("other"))
    put(other, "a", b"kept")
    put(store, "b", b"gone")
    store.clear()
    assert (names(other), names(store)) == ({"a"}, set())


def _one_of_many(place: Path, number: int) -> bool:
    """Publish and read a shared name, as a run does; whether what was read is whole."""
    store = Store(place)
    body = number.to_bytes(2, "big") * 20_000
    put(store, f"key-{number % 3}", body + sha256(body).digest(), quota=150_000)
    found = content(store, f"key-{number % 3}")
    return found is None or (len(found) == 40_032 and sha256(found[:-32]).digest() == found[-32:])


def test_two_hundred_at_once_never_see_anything_but_whole_entries(store: Store) -> None:
    with ThreadPoolExecutor(AT_ONCE) as many:
        assert all(many.map(lambda number: _one_of_many(store.home, number), range(AT_ONCE)))
    assert sum(stored.size for stored in store.entries()) <= 150_000


def test_processes_never_see_anything_but_whole_entries(store: Store) -> None:
    with multiprocessing.get_context("fork").Pool(8) as many:
        assert all(many.starmap(_one_of_many, [(store.home, number) for number in range(AT_ONCE)]))


@pytest.fixture
def step(tmp_path: Path) -> tuple[Path, Order]:
    """A step's directory whose cache has been looked for, and its order; the paths hold something to publish."""
    directory, workspace = tmp_path / "step", tmp_path / "workspace"
    directory.mkdir()
    (workspace / "kept" / "empty").mkdir(parents=True)
    for number in range(50):
        (workspace / "kept" / str(number)).write_bytes(Random(number).randbytes(20_000))
    order = Order(
        home=str(tmp_path / "cache" / "p-demo" / "checkout"),
        workspace=str(workspace),
        tar="/usr/bin/tar",
        usual="A/step",
        key="v1",
        restore_keys=(),
        paths=("kept",),
        scopes=("protected",),
        writes="protected",
        quota=100_000_000,
    )
    order.write(directory / work.ORDER)
    work.restore(directory)
    return directory, order


def publish(directory: Path, *, largest: int = 0) -> subprocess.Popen[bytes]:
    """``largest`` is the size beyond which no file can be written."""
    running = subprocess.Popen([sys.executable, "-I", "-S", work.__file__, "publish", str(directory)])
    if largest:
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (largest, largest))
    return running


def restored(directory: Path, order: Order, tmp_path: Path) -> Done:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (directory / work.ORDER).unlink()
    replace(order, workspace=str(fresh)).write(directory / work.ORDER)
    work.restore(directory)
    done = Done.read(directory)
    assert done is not None
    return done


def test_killed_at_any_moment_of_publishing_there_is_all_or_nothing(step: tuple[Path, Order], tmp_path: Path) -> None:
    directory, order = step
    store, moments = Store(Path(order.home)), Random(7)
    for _ in range(12):
        running = publish(directory)
        try:
            running.wait(moments.uniform(0.02, 0.25))
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
        sizes = {stored.size for stored in store.entries()}
        assert len(sizes) <= 1
        assert all(found.name == "lock" for found in Path(order.home).parent.glob("*") if found.is_file())
        if sizes:
            break
    publish(directory).wait()
    assert restored(directory, order, tmp_path).hit == "exact"
    assert tree.fingerprint(tmp_path / "fresh", ["kept"]) == tree.fingerprint(Path(order.workspace), ["kept"])


def test_a_disk_that_is_full_leaves_no_half_entry(step: tuple[Path, Order]) -> None:
    directory, order = step
    assert publish(directory, largest=100_000).wait() == 0
    done = Done.read(directory)
    assert done is not None
    assert (done.note, done.published_bytes) == ("CacheNotPublished", 0)
    assert Store(Path(order.home)).entries() == []


def test_an_entry_that_cannot_be_read_is_a_miss(step: tuple[Path, Order], tmp_path: Path) -> None:
    directory, order = step
    publish(directory).wait()
    for stored in Store(Path(order.home)).entries():
        os.truncate(stored.place, stored.size // 2)
    done = restored(directory, order, tmp_path)
    assert (done.hit, done.note) == ("miss", "CacheNotRestored")
    assert list((tmp_path / "fresh").iterdir()) == []
