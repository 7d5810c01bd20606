"""A platform for the tests to kill: carries one build on and prints a line for each piece of log and at the end."""

import sys
from pathlib import Path

from devops_platform.errors import Missing
from pipelines.engines.base import Source
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.files import FileLogStore
from tests.contracts.engine import Wire, build, finish, script


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def no_sources(source: Source) -> None:
    raise Missing(source.url)


def main(root: Path) -> None:
    wire = Wire()
    engine = LocalEngine(
        root / "engine",
        FileLogStore(root / "logs"),
        checkout=no_sources,  # type: ignore[arg-type]  # there is no such step
        publish=lambda path, offset, data, sealed: say(path.name, offset, len(data)),
        nudge=wire.nudge,
    )
    steps = [tuple(script(text) for text in line.split("\t")) for line in (root / "stages").read_text().splitlines()]
    say(*(status.state for status in finish(engine, wire, build(*steps)).values()))


main(Path(sys.argv[1]))
