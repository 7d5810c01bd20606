"""What a step runs before and after its command: ``work.py restore|publish DIRECTORY``.

A program of its own, without site packages. Whatever goes wrong here is a note on the step, never its failure.
"""

import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[4]))

from pipelines.engines.local.cache import archive, keys, tree
from pipelines.engines.local.cache.order import Done, Order
from pipelines.engines.local.cache.store import NoRoom, Store

SECONDS = 600.0  # that either way may take
MISS = "miss"
ORDER = "cache"


def restore(directory: Path) -> None:
    order = Order.read(directory / ORDER)
    started = time.monotonic()
    done = _restored(order, directory)
    replace(done, restore_seconds=round(time.monotonic() - started, 3)).write(directory)


def _restored(order: Order, directory: Path) -> Done:
    workspace = Path(order.workspace)
    try:
        key = keys.filled(order.key, lambda files: tree.hash_of(workspace, files))
        beginnings = [keys.filled(each, lambda files: tree.hash_of(workspace, files)) for each in order.restore_keys]
    except tree.Outside:
        return Done(order.key, MISS, note="CachePathOutside")
    if not key:
        beginnings = [keys.version(order.usual)]
    store, shelf = Store(Path(order.home)), keys.shelf_of(order.paths)
    missed = Done(key or order.usual, MISS)
    while True:
        known = [entry for scope in order.scopes for entry in store.shelf(scope, shelf)]
        choice = keys.choose(key, beginnings, order.scopes, known)
        if choice is None:
            return missed
        file = store.open(choice.entry.scope, shelf, choice.entry.name)
        if file is not None:
            break
    try:
        _unpack(order, file, directory)
        size = os.fstat(file).st_size
    except tree.Outside:
        return replace(missed, note="CachePathOutside")
    except OSError:
        return replace(missed, note="CacheNotRestored")
    finally:
        os.close(file)
    return replace(missed, hit="exact" if choice.exact or not key else "partial", restored_bytes=size)


def _unpack(order: Order, file: int, directory: Path) -> None:
    """Unpack beside the workspace, so that what does not come whole does not come at all."""
    workspace = Path(order.workspace)
    fresh = directory / "unpacked"
    fresh.mkdir(mode=0o700)
    try:
        archive.unpack(order.tar, file, fresh, seconds=SECONDS)
        for path in tree.present(fresh, order.paths):
            tree.settle(fresh / path, workspace, path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def publish(directory: Path) -> None:
    done = Done.read(directory)
    if done is None or (directory / "stopped").exists():
        return
    started = time.monotonic()
    now = _published(Order.read(directory / ORDER), done)
    replace(now, publish_seconds=round(time.monotonic() - started, 3)).write(directory)


def _published(order: Order, done: Done) -> Done:
    if not order.writes or (order.key and done.hit == "exact"):
        return done
    workspace, store, shelf = Path(order.workspace), Store(Path(order.home)), keys.shelf_of(order.paths)
    try:
        paths = tree.present(workspace, order.paths)
        if not paths:
            return replace(done, note="CacheEmpty")
        key = done.key if order.key else keys.version(order.usual, tree.fingerprint(workspace, paths))
        name = keys.name_of(key)
        if any(store.has(scope, shelf, name) for scope in order.scopes):
            return done
        with store.draft() as draft:
            archive.pack(order.tar, workspace, paths, into=draft, seconds=SECONDS)
            published = store.publish(draft, order.writes, shelf, name, quota=order.quota)
            size = os.fstat(draft).st_size
        if not order.key:
            beginning = keys.name_of(keys.version(order.usual))
            store.replace_others(order.writes, shelf, beginning=beginning, keep=name)
    except tree.Outside:
        return replace(done, note="CachePathOutside")
    except NoRoom:
        return replace(done, note="CacheTooLarge")
    except OSError:
        return replace(done, note="CacheNotPublished")
    return replace(done, published_bytes=size) if published else done


if __name__ == "__main__":
    {"restore": restore, "publish": publish}[sys.argv[1]](Path(sys.argv[2]))
