"""The forge port: what the platform asks of a code host.

Every adapter raises only ``Missing`` (no such repository, branch or file), ``Denied`` (a person must authorise),
``Throttled``, ``Unavailable`` and ``Unsupported``. No message holds a credential.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str  # 40 (or 64) hexadecimal digits
    message: str
    author: str
    email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Branch:
    name: str
    sha: str


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """A pipeline file as it is at a commit."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Checkout:
    """How a step gets the sources: a program and its environment; every value is data, none is shell text.

    Run in an empty directory it leaves exactly the asked commit there, submodules included.
    """

    argv: tuple[str, ...]
    env: dict[str, str]


class Forge(Protocol):
    """One code host. Implementations hold no caller state and are safe for use from several threads."""

    def branches(self, url: str) -> Sequence[Branch]:
        """Every branch, all pages."""
        ...

    def default_branch(self, url: str) -> str: ...

    def resolve(self, url: str, ref: str) -> tuple[Commit, str]:
        """The commit that ``ref`` names now, and the full ref it was found by.

        ``ref`` is a branch, a tag, a full ref (``refs/…``) or a commit of at least 7 digits; a branch wins over
        a tag of the same name. Raises Missing.
        """
        ...

    def file(self, url: str, commit: str, paths: Sequence[str]) -> PipelineFile:
        """The first of ``paths`` that exists as a regular file at ``commit``. Raises Missing."""
        ...

    def changed_paths(self, url: str, before: str, after: str) -> Sequence[str]:
        """Paths that differ between two commits."""
        ...

    def checkout(self, url: str, commit: str, ref: str) -> Checkout: ...
