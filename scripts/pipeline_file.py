"""Checks pipeline files with the platform's own parser: ``python -m scripts.pipeline_file FILE…``."""

import sys
from pathlib import Path

from pipelines.definition.dialect import dialect_of
from pipelines.definition.parse import parse
from pipelines.definition.problems import DefinitionError, Problem


def problems(path: Path) -> tuple[Problem, ...]:
    """Everything that the parser says about the file, warnings included."""
    try:
        return parse(path.read_bytes(), dialect=dialect_of(path.name)).problems
    except DefinitionError as error:
        return tuple(error.problems)


def main(names: list[str]) -> int:
    found = [f"{name}:{it.line}:{it.column}: {it.text}" for name in names for it in problems(Path(name))]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
