"""Steps with an image, against a program that understands the four commands the engine gives to podman or docker."""

from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from devops_platform.errors import Missing
from pipelines.engines.base import Source
from pipelines.engines.local import isolation
from pipelines.engines.local.commands import Machine
from pipelines.engines.local.containers import usable
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.files import FileLogStore
from tests.contracts.engine import LOGS, NOW, Wire, build, finish, script, states, until

# "Containers" are files named like them; ``run`` makes one, ``rm`` removes it, ``ps`` lists what is left.
TOOL = """#!/bin/sh
cd "${0%/*}"
command=$1
shift
case $command in
info) ;;
ps) for last; do :; done; name=${last#--filter=name=^}; name=${name%\\$}; [ ! -e "box-$name" ] || echo "$name" ;;
rm) rm -f "box-$2"; echo "removed" >>history ;;
run)
    while [ "$1" != -- ]; do
        case $1 in --name=*) touch "box-${1#--name=}"; box=box-${1#--name=} ;; --workdir=*) workdir=${1#*=} ;; esac
        shift
    done
    echo "image $2"
    shift 2
    (cd "$workdir" && exec "$@")
    code=$?
    rm -f "$box"
    exit $code
    ;;
esac
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    found = tmp_path / "bin" / "docker"
    found.parent.mkdir()
    found.write_text(TOOL)
    found.chmod(0o755)
    return found


def no_sources(source: Source) -> NoReturn:
    raise Missing(source.url)


def engine(tmp_path: Path, wire: Wire, tool: Path) -> LocalEngine:
    machine = Machine(isolation.MARKER, container_tool=str(tool))
    store = FileLogStore(tmp_path / "logs")
    return LocalEngine(
        tmp_path / "engine", store, checkout=no_sources, publish=wire.publish, nudge=wire.nudge, machine=machine
    )


def test_a_tool_counts_when_it_answers(tool: Path) -> None:
    assert usable(str(tool.parent)) == str(tool)
    tool.write_text("#!/bin/sh\nexit 1\n")
    assert usable(str(tool.parent)) is None


def test_a_step_runs_in_its_image_in_the_workspace(tmp_path: Path, tool: Path) -> None:
    wire = Wire()
    stages = (script("echo made >file"),), (script("cat file; exit 4", image="python:3.12"),)
    steps = finish(engine(tmp_path, wire, tool), wire, build(*stages))
    assert states(steps) == ["Success", "Failed"]
    assert FileLogStore(tmp_path / "logs").read(LOGS / "1.0", limit=100) == b"image python:3.12\nmade\n"


@pytest.mark.parametrize("grace", [NOW, timedelta(seconds=1)])
def test_a_stop_leaves_no_container(tmp_path: Path, tool: Path, grace: timedelta) -> None:
    wire = Wire()
    wanted = build((script("sleep 600", image="python:3.12"),))
    local = engine(tmp_path, wire, tool)
    local.advance(wanted)
    until(lambda: LOGS / "0.0" in wire.frames)
    assert list(tool.parent.glob("box-*"))
    until(lambda: local.stop(wanted.key, grace=grace))
    assert states(finish(local, wire, wanted)) == ["Aborted"]
    assert not list(tool.parent.glob("box-*"))
