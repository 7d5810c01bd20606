"""Checks that each requirements*.txt holds what its requirements*.in asks for, hashed, from no address."""

import re
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)")


def problems(wanted: str, lock: str) -> list[str]:
    """What is wrong with the text of a lock file, given the text of the file that it is made from."""
    found: dict[str, str] = {}
    wrong = []
    if "://" in lock:
        wrong.append("names an address")
    for entry in entries(lock):
        match = LOCKED.match(entry)
        if match is None:
            wrong.append(f"not pinned: {entry.splitlines()[0]}")
            continue
        found[canonicalize_name(match[1])] = match[2]
        if "--hash=sha256:" not in entry:
            wrong.append(f"{match[1]} has no hash")
    return wrong + [complaint for line in requirements(wanted) if (complaint := missing(Requirement(line), found))]


def entries(lock: str) -> list[str]:
    """The lock's requirements, each with its continuation lines; comments are left out."""
    lines = "\n".join(line for line in lock.splitlines() if not line.lstrip().startswith("#"))
    return [entry for entry in re.split(r"\n(?=\S)", lines.strip()) if entry]


def requirements(wanted: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in wanted.splitlines())
    return [line for line in lines if line and not line.startswith("-r")]


def missing(requirement: Requirement, found: dict[str, str]) -> str:
    version = found.get(canonicalize_name(requirement.name))
    if version is None:
        return f"{requirement.name} is not in it"
    if Version(version) not in requirement.specifier:
        return f"{requirement.name} {version} is not {requirement.specifier}"
    return ""


def main() -> int:
    wrong = [
        f"{source.with_suffix('.txt').name}: {problem}"
        for source in sorted(ROOT.glob("requirements*.in"))
        for problem in problems(source.read_text(), source.with_suffix(".txt").read_text())
    ]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
