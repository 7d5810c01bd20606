"""The platform is killed at any moment, and a build neither notices nor loses a byte."""

import os
import random
import subprocess
import sys
from pathlib import Path

from pipelines.logs.files import FileLogStore
from tests.contracts.engine import LOGS

ROOT = Path(__file__).parents[4]
PLATFORM = Path(__file__).with_name("platform_process.py")
LINES = 120


def platform(root: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(PLATFORM), str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        cwd=ROOT,
    )


def counting(root: Path, name: str) -> str:
    """A step that notes each time it runs, and writes a line for each line that it gets to read."""
    return f"echo {name} >>{root}/ran; i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo {name} $i; sleep 0.02; done"


def test_ten_kills_cost_no_byte_and_start_nothing_twice(tmp_path: Path) -> None:
    moments = random.Random(os.getpid())
    (tmp_path / "stages").write_text(
        f"{counting(tmp_path, 'a')}\t{counting(tmp_path, 'b')}\n{counting(tmp_path, 'c')}\n"
    )
    for _ in range(10):
        with platform(tmp_path) as process:
            assert process.stdout is not None
            for _ in range(moments.randint(1, 12)):
                process.stdout.readline()
            process.kill()
    with platform(tmp_path) as process:
        assert process.stdout is not None
        last = process.stdout.read().splitlines()[-1]
    assert last == "Success Success Success"
    assert sorted((tmp_path / "ran").read_text().split()) == ["a", "b", "c"]
    store = FileLogStore(tmp_path / "logs")
    for where, name in (("0.0", "a"), ("0.1", "b"), ("1.0", "c")):
        assert store.info(LOGS / where).sealed
        expected = "".join(f"{name} {number}\n" for number in range(1, LINES + 1))
        assert store.read(LOGS / where, limit=10**6) == expected.encode()
