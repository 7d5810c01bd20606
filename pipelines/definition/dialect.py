"""Which file is a pipeline file, and how strictly its name asks to be read."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import PurePosixPath


class Dialect(StrEnum):
    """One grammar for both; what the ancestor ignored silently is refused in ours and a warning in its own files."""

    OURS = "cubepaas"
    ANCESTOR = "rancher"


# First found wins. ``.ymal`` is how the platform's own announcement spelled it, so files of that name exist.
DIALECTS: dict[str, Dialect] = {
    ".cubepaas-devops.yml": Dialect.OURS,
    ".cubepaas-devops.yaml": Dialect.OURS,
    ".cubepaas-devops.ymal": Dialect.OURS,
    ".cubepaas.devops.yml": Dialect.OURS,
    ".cubepaas.devops.yaml": Dialect.OURS,
    ".cubepaas.devops.ymal": Dialect.OURS,
    ".rancher-pipeline.yml": Dialect.ANCESTOR,
    ".rancher-pipeline.yaml": Dialect.ANCESTOR,
}
FILE_NAMES = tuple(DIALECTS)


def dialect_of(path: str) -> Dialect:
    """The dialect that the name of the file at ``path`` means; any other name means ours."""
    return DIALECTS.get(PurePosixPath(path).name, Dialect.OURS)


def first_of(names: Iterable[str]) -> str | None:
    """The name among ``names`` that is read as the pipeline file; None when there is none."""
    found = set(names)
    return next((name for name in FILE_NAMES if name in found), None)
