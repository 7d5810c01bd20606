"""The files of the working copy as git sees them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Tracked and not ignored files that exist, relative to ROOT; all of them when no suffix is given."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = sorted({Path(name) for name in listed.split("\0") if name})
    return tuple(path for path in paths if (not suffixes or path.suffix in suffixes) and (ROOT / path).is_file())


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")
