"""Finds a Node.js that is new enough to build the console's islands."""

import os
import re
import shutil
import subprocess
from pathlib import Path

# Source: the "engines" field of Vite 8: ^20.19.0 || >=22.12.0
OLDEST = {20: (20, 19), 22: (22, 12)}
SETTLED = 23  # every version from here on will do


def new_enough(version: str) -> bool:
    """Whether ``version``, as ``node --version`` prints it, builds the islands."""
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        return False
    found = (int(match[1]), int(match[2]))
    return found[0] >= SETTLED or (found[0] in OLDEST and found >= OLDEST[found[0]])


def find(venv: Path) -> Path | None:
    """The folder that holds ``node`` and ``npm``: the virtual environment's, else the machine's, else None."""
    for search in (str(venv / "bin"), os.environ.get("PATH", "")):
        node = shutil.which("node", path=search)
        if node and shutil.which("npm", path=search) and new_enough(_version(node)):
            return Path(node).parent
    return None


def _version(node: str) -> str:
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
