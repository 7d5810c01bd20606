"""Folders of a workspace, reached without following any symlink: none of them leads out."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath

from pipelines.definition import patterns

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
WILD = frozenset("*?[\\")


class Outside(OSError):
    """A path leads out of the workspace, or through a symlink or file."""


def inner(path: str) -> tuple[str, ...]:
    """The parts of a path below the workspace. Raises Outside."""
    parts = tuple(part for part in path.split("/") if part not in {"", "."})
    if path.startswith("/") or ".." in parts or not parts:
        raise Outside(path)
    return parts


@contextmanager
def parent_of(workspace: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """An open folder and the name of ``path`` in it. Raises Outside, FileNotFoundError."""
    *above, name = inner(path)
    folder = os.open(workspace, FOLDER)
    try:
        for part in above:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            try:
                deeper = os.open(part, FOLDER, dir_fd=folder)
            except FileNotFoundError:
                raise
            except OSError as error:
                raise Outside(path) from error
            os.close(folder)
            folder = deeper
        yield folder, name
    finally:
        os.close(folder)


def present(workspace: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of ``paths`` that are there, in plain form, none within another. Raises Outside."""
    found: list[tuple[str, ...]] = []
    for parts in sorted({inner(path) for path in paths}):
        if found and parts[: len(found[-1])] == found[-1]:
            continue
        with suppress(FileNotFoundError), parent_of(workspace, "/".join(parts)) as (folder, name):
            os.stat(name, dir_fd=folder, follow_symlinks=False)
            found.append(parts)
    return tuple("/".join(parts) for parts in found)


def settle(source: Path, workspace: Path, path: str) -> None:
    """Move ``source`` to ``path``; what is there already stays as it is. Raises Outside."""
    with parent_of(workspace, path, make=True) as (folder, name):
        _settle(source, folder, name)


def _settle(source: Path, folder: int, name: str) -> None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        source.rename(f"/proc/self/fd/{folder}/{name}")
        return
    if not stat.S_ISDIR(found.st_mode) or source.is_symlink() or not source.is_dir():
        return
    below = os.open(name, FOLDER, dir_fd=folder)
    try:
        for child in sorted(source.iterdir()):
            _settle(child, below, child.name)
    finally:
        os.close(below)


def fingerprint(workspace: Path, paths: Iterable[str]) -> str:
    """Tells whether anything below ``paths`` has changed: names, kinds, modes, sizes, times and targets of links."""
    told = sha256()
    for path in paths:
        for line in sorted(_lines(workspace / path, path)):
            told.update(line)
    return told.hexdigest()


def _lines(place: Path, name: str) -> Iterator[bytes]:
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode):
        target = place.readlink() if stat.S_ISLNK(found.st_mode) else ""
        yield os.fsencode(f"{name}\0{found.st_mode}\0{found.st_size}\0{found.st_mtime_ns}\0{target}\n")
        return
    yield os.fsencode(f"{name}\0{found.st_mode}\n")
    for child in place.iterdir():
        yield from _lines(child, f"{name}/{child.name}")


def hash_of(workspace: Path, wanted: Iterable[str]) -> str:
    """Hash over names and content of the files that ``wanted`` (paths or patterns) means; 32 hex digits."""
    told = sha256()
    for path in sorted(_meant(workspace, tuple(wanted))):
        told.update(os.fsencode(path) + b"\0" + _content(workspace, path) + b"\n")
    return told.hexdigest()[:32]


def _meant(workspace: Path, wanted: tuple[str, ...]) -> set[str]:
    plain = {path for path in wanted if not WILD & set(path)}
    wild = set(wanted) - plain
    found = {"/".join(inner(path)) for path in plain}
    if wild:
        found |= {path for path in _files(workspace) if any(patterns.matches(pattern, path) for pattern in wild)}
    return found


def _files(workspace: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(workspace):
        folders[:] = [name for name in folders if name != ".git"]
        here = PurePosixPath(folder).relative_to(workspace)
        yield from (str(here / name) for name in files)


def _content(workspace: Path, path: str) -> bytes:
    """The digest of one file; empty for what is no file, or not there."""
    try:
        with parent_of(workspace, path) as (folder, name):
            file = os.open(name, FILE, dir_fd=folder)
    except OSError:
        return b""
    with os.fdopen(file, "rb") as stream:
        return file_digest(stream, "sha256").digest() if stat.S_ISREG(os.fstat(file).st_mode) else b""
