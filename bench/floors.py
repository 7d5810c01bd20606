"""What this machine can do at best: the same work by a bare shell, without a server."""

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.measure import Figures
from bench.peer import BIGLOG, HELLO, STAGES, WIDTH

GRID = "\n".join([" ".join(["/bin/true &"] * WIDTH) + " wait"] * STAGES)


def seconds(work: Callable[[], object], *, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begin = time.monotonic()
        work()
        taken.append(time.monotonic() - begin)
    return median(taken)


def shell(script: str) -> None:
    subprocess.run(["/bin/sh", "-c", script], check=True, stdout=subprocess.DEVNULL)


def floors() -> dict[str, Figures]:
    with tempfile.TemporaryDirectory(prefix="devops-platform-bench-") as folder:
        target = Path(folder) / "log"

        def biglog() -> None:
            with target.open("wb") as output:
                subprocess.run(["/bin/sh", "-c", BIGLOG], check=True, stdout=output)
            target.read_bytes()

        return {
            "latency": {"first_output_p50_ms": round(1000 * seconds(lambda: shell(HELLO), rounds=50), 2)},
            "grid": {"wall_s": round(seconds(lambda: shell(GRID), rounds=5), 4)},
            "biglog": {"readable_s": round(seconds(biglog, rounds=3), 4)},
        }
