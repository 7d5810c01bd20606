"""Pack folders into one file and back, with tar: modes, times to the nanosecond, symlinks as they are, empty folders.

One file for an entry, since a tree of small files is read and removed many times slower than written
(``docs/decisions/0009-an-entry-of-the-cache-is-one-file.md``).
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

END = bytes(1024)


class Failed(OSError):
    """The archive is not complete."""


def pack(tar: str, folder: Path, paths: Sequence[str], *, into: int, seconds: float) -> None:
    """Write ``paths`` of ``folder`` to the open file ``into``. Raises Failed, also when a file changes meanwhile."""
    argv = [tar, "--create", "--format=posix", "--pax-option=delete=atime,delete=ctime", "--file=-"]
    _run([*argv, f"--directory={folder}", "--", *paths], seconds, stdout=into)


def unpack(tar: str, archive: int, folder: Path, *, seconds: float) -> None:
    """Unpack the open file ``archive`` into ``folder``, which is new and empty. Raises Failed."""
    size = os.fstat(archive).st_size
    # tar takes a file that ends between two members for a whole one; a loss of power may have cut it there.
    if size < len(END) or os.pread(archive, len(END), size - len(END)) != END:
        raise Failed("The archive has no end")
    argv = [tar, "--extract", "--preserve-permissions", "--no-same-owner", "--file=-", f"--directory={folder}"]
    _run(argv, seconds, stdin=archive)


def _run(
    argv: Sequence[str], seconds: float, *, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> None:
    try:
        done = subprocess.run(
            argv,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},  # steps may set TAR_OPTIONS
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"tar took longer than {seconds} s") from error
    if done.returncode != 0:
        raise Failed(f"tar ended with {done.returncode}")
