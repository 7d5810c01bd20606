"""What every measured server can do, and the jobs that it is asked to run."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

LINES = 200_000
TICKS = 200  # lines of the live log
PACE = 0.05  # seconds between them
STAGES, WIDTH = 10, 3
MARK = "the step has begun"

HELLO = f"echo {MARK}"
BIGLOG = f"seq -f 'line %07.0f {'x' * 91}' 1 {LINES}"
# Each line is the time at which it was printed.
TICKER = f"""#!/usr/bin/env python3
import time
for _ in range({TICKS}):
    print(time.time(), flush=True)
    time.sleep({PACE})
"""


class Peer(Protocol):
    """A server under test. Jobs are ``hello``, ``grid``, ``biglog`` and ``ticker``; a run is known by its name."""

    name: str

    @property
    def pids(self) -> Sequence[int]:
        """The roots of its process trees."""
        ...

    async def trigger(self, job: str) -> str: ...

    async def first_output(self, run: str) -> None:
        """Return when a client has seen the mark in the log of a ``hello`` run."""
        ...

    async def finished(self, run: str) -> None:
        """Return when a client has seen the end; raises RuntimeError unless it is success."""
        ...

    async def log(self, run: str) -> bytes: ...

    def follow(self, run: str) -> AsyncIterator[bytes]:
        """The log of a ``ticker`` run as one viewer receives it, to its end."""
        ...


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def spawn(command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a server in a process group of its own."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes], *, within: float = 10.0) -> None:
    """Ask the server to end, then end its group by force."""
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + within
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
