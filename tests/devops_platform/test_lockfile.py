import subprocess
import sys
from pathlib import Path

import pytest

from devops_platform.errors import Conflict
from devops_platform.lockfile import held


def test_a_lock_is_held_once_and_free_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    with held(path), pytest.raises(Conflict), held(path):
        pass
    with held(path):
        pass


def test_a_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = "import os, sys, pathlib, devops_platform.lockfile as l\nwith l.held(pathlib.Path(sys.argv[1])): os._exit(9)"
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert ended.returncode == 9
    with held(path):
        pass
