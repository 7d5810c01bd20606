"""Compiles ``*.po`` to ``*.mo`` without gettext's programs, which a fresh machine does not have."""

import sys
from pathlib import Path

import polib


def compile_catalogs(folder: Path) -> None:
    for source in sorted(folder.rglob("*.po")):
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))


if __name__ == "__main__":
    compile_catalogs(Path(sys.argv[1]))
