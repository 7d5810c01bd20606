"""Fills ``${NAME}`` in the files below a folder: ``python -I fill.py FOLDER``. Runs by itself, as part of a step.

The names are those in CATALOG_NAMES, their values those of the environment; another name stays as it is, and so does
what is no text.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

HOLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill(folder: Path, values: Mapping[str, str]) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        filled = HOLE.sub(lambda hole: values.get(hole[1], hole[0]), text)
        if filled != text:
            path.write_bytes(filled.encode())


if __name__ == "__main__":
    names = os.environ["CATALOG_NAMES"].split()
    fill(Path(sys.argv[1]), {name: os.environ[name] for name in names if name in os.environ})
