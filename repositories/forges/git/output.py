"""What git prints, read into values. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from devops_platform.errors import Missing, Unavailable
from repositories.forges.base import Branch, Commit

SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PREFIX = re.compile(r"[0-9a-fA-F]{7,64}")
INSIDE = re.compile(r"(?!/)(?:(?!\.\.?(?:/|$))[^/\0]+(?:/(?=[^/\0]))?)+")  # a path that stays in the repository
HEADS, TAGS = "refs/heads/", "refs/tags/"
REGULAR = frozenset({"100644", "100755"})
COMMIT_FORMAT = "%H%x00%an%x00%ae%x00%cI%x00%B"


@dataclass(frozen=True, slots=True)
class Refs:
    """Refs of a remote by full name; annotated tags stand for the commits they point to."""

    commits: Mapping[str, str] = field(default_factory=dict)
    head: str = ""  # the full name of the default branch; empty when the remote does not tell

    @property
    def branches(self) -> tuple[Branch, ...]:
        heads = ((name, sha) for name, sha in self.commits.items() if name.startswith(HEADS))
        return tuple(Branch(name.removeprefix(HEADS), sha) for name, sha in sorted(heads))

    def find(self, ref: str) -> str | None:
        """The full name that ``ref`` stands for; a branch wins over a tag, HEAD is what is checked out there."""
        if ref == "HEAD":
            return self.head if self.head in self.commits else ref if ref in self.commits else None
        if ref.startswith("refs/"):
            return ref if ref in self.commits else None
        return next((name for name in (HEADS + ref, TAGS + ref) if name in self.commits), None)


@dataclass(frozen=True, slots=True)
class TreeEntry:
    mode: str
    sha: str
    size: int
    path: str

    @property
    def regular(self) -> bool:
        return self.mode in REGULAR


def refs(text: str) -> Refs:
    """Read ``git ls-remote --symref``."""
    commits: dict[str, str] = {}
    head = ""
    for line in text.splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: "):
            head = value.removeprefix("ref: ")
        elif SHA.fullmatch(value) and name.isprintable():  # what is not UTF-8 can be neither shown nor stored
            commits[name.removesuffix("^{}")] = value  # the peeled line of a tag comes after the tag's own
    return Refs(commits, head)


def commit(text: str) -> Commit:
    """Read one commit in ``COMMIT_FORMAT``."""
    try:
        sha, author, email, at, message = text.split("\0", 4)
        return Commit(sha, message.rstrip("\n"), author, email, datetime.fromisoformat(at))
    except ValueError as error:
        raise Unavailable("git printed something that is no commit") from error


def tree(text: str) -> tuple[TreeEntry, ...]:
    """Read ``git ls-tree -z --long``."""
    entries = []
    for record in text.split("\0"):
        about, tab, path = record.partition("\t")
        if not tab:
            continue
        mode, _, sha, size = about.split()
        entries.append(TreeEntry(mode, sha, int(size) if size.isdecimal() else 0, path))
    return tuple(entries)


def first_file(entries: Iterable[TreeEntry], paths: Sequence[str]) -> TreeEntry:
    """The entry of the first of ``paths`` that is a regular file. Raises Missing."""
    regular = {entry.path: entry for entry in entries if entry.regular}
    found = next((regular[path] for path in paths if path in regular), None)
    if found is None:
        raise Missing(f"None of these is a file there: {', '.join(paths)}")
    return found
