from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import process, programs


@contextmanager
def redis() -> Iterator[str]:
    """A new Redis server that keeps nothing on disk; gives its URL."""
    server = programs.find("redis-server", package="redis-server")
    port = process.free_port()
    with process.folder("redis") as home:
        options = (
            "--bind",
            process.LOOPBACK,
            "--port",
            str(port),
            "--dir",
            str(home),
            "--save",
            "",
            "--appendonly",
            "no",
        )
        with process.running([server, *options], port=port, log=home / "log"):
            yield f"redis://{process.LOOPBACK}:{port}/0"
