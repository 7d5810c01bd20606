"""A lock that one process of a machine holds, and that ends with it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devops_platform.errors import Conflict


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock at ``path``; raises ``Conflict`` at once when somebody else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"{path} is locked by another process") from error
        yield
