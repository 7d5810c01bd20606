"""What holds for processes: nothing outlives its step, by any way that this machine knows to end it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import NoReturn

import pytest

from devops_platform.errors import Denied, Unavailable
from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepId, StepKind, StepPlan
from pipelines.engines.base import Source
from pipelines.engines.local import isolation
from pipelines.engines.local.commands import Machine
from pipelines.engines.local.engine import LocalEngine
from pipelines.engines.local.files import BuildFiles
from pipelines.engines.local.isolation import Isolation, Kind
from pipelines.logs.files import FileLogStore
from tests.contracts.engine import LOGS, NOW, Wire, build, finish, script, states, until

FIRST = StepId(0, 0)
# Ways out of a process group, a session and a parent; MARK makes the processes findable.
ESCAPES = {
    "in the background": "sleep {mark} &",
    "deaf to hang-ups": "nohup sleep {mark} >/dev/null 2>&1 &",
    "in a session of its own": "setsid sleep {mark} >/dev/null 2>&1 </dev/null &",
    "orphaned twice": "(setsid sh -c 'sleep {mark} & sleep {mark} &' >/dev/null 2>&1 &)",
    "without environment": "env -i setsid sleep {mark} >/dev/null 2>&1 &",
}
HIDING = {"without environment"}  # drops both things by which a marked process is found
UNIFIED = Path("/sys/fs/cgroup/unified")


def fences() -> Iterator[object]:
    found = {candidate.kind: candidate for candidate in isolation.candidates(os.geteuid(), "/usr/bin/unshare")}
    for kind in (Kind.NAMESPACE, Kind.USER_NAMESPACE):
        fence = found.get(kind)
        usable = fence is not None and isolation.works(fence)
        yield pytest.param(fence, id=kind.value, marks=pytest.mark.skipif(not usable, reason=f"no {kind.value} here"))
    cgroups = os.access(UNIFIED / "cgroup.procs", os.W_OK)
    missing = pytest.mark.skipif(not cgroups, reason=f"{UNIFIED} is not this user's to divide")
    yield pytest.param(Isolation(Kind.CGROUP, cgroups=UNIFIED), id=Kind.CGROUP.value, marks=missing)
    yield pytest.param(isolation.MARKER, id=Kind.MARKER.value)


def no_sources(source: Source) -> NoReturn:
    raise Denied("nobody may clone this")


def engine_with(
    tmp_path: Path, wire: Wire, fence: Isolation | None = None, *, machine: Machine | None = None
) -> LocalEngine:
    return LocalEngine(
        tmp_path / "engine",
        FileLogStore(tmp_path / "logs"),
        checkout=no_sources,
        publish=wire.publish,
        nudge=wire.nudge,
        machine=Machine(fence) if fence else machine,
    )


def living(mark: str) -> list[str]:
    """Command lines of processes that hold ``mark``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and entry.name != str(os.getpid()):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if mark in line.split():
                found.append(line)
    return found


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def mark() -> str:
    return f"1{int(token_hex(5), 16)}"


@pytest.mark.parametrize("fence", list(fences()))
@pytest.mark.parametrize("escape", list(ESCAPES))
@pytest.mark.parametrize("ending", ["ends well", "fails", "is stopped"])
def test_nothing_outlives_a_step(
    tmp_path: Path, wire: Wire, mark: str, *, fence: Isolation, escape: str, ending: str
) -> None:
    if fence.kind is Kind.MARKER and escape in HIDING:
        pytest.skip("a marked step cannot find what hides on purpose; the build says so")
    tail = {"ends well": "exit 0", "fails": "exit 1", "is stopped": "sleep 600"}[ending]
    engine = engine_with(tmp_path, wire, fence)
    ready = tmp_path / "ready"
    wanted = build((script(f"{ESCAPES[escape].format(mark=mark)}\ntouch {ready}\n{tail}"),))
    engine.advance(wanted)
    if ending == "is stopped":
        until(ready.exists)
        until(lambda: engine.stop(wanted.key, grace=NOW))
        assert living(mark) == []
    expected = {"ends well": "Success", "fails": "Failed", "is stopped": "Aborted"}[ending]
    assert states(finish(engine, wire, wanted)) == [expected]
    assert living(mark) == []


@pytest.mark.parametrize("fence", list(fences()))
def test_who_is_deaf_to_a_stop_is_killed_when_its_grace_is_over(tmp_path: Path, wire: Wire, fence: Isolation) -> None:
    engine = engine_with(tmp_path, wire, fence)
    wanted = build((script("trap '' TERM; echo deaf; while :; do sleep 600; done"),))
    engine.advance(wanted)
    until(lambda: LOGS / "0.0" in wire.frames)
    assert not engine.stop(wanted.key, grace=timedelta(minutes=5))
    assert not engine.stop(wanted.key, grace=timedelta(minutes=9))
    until(lambda: engine.stop(wanted.key, grace=NOW))
    assert states(finish(engine, wire, wanted)) == ["Aborted"]


@pytest.mark.parametrize("fence", list(fences()))
def test_every_process_of_a_step_is_asked_to_end(tmp_path: Path, wire: Wire, fence: Isolation) -> None:
    engine = engine_with(tmp_path, wire, fence)
    child = "trap 'echo child; exit' TERM; echo up; while :; do read line <>never || :; done"
    wanted = build(
        (script(f"mkfifo never; trap 'wait; exit' TERM; sh -c \"{child}\" & while :; do read x <>never || :; done"),)
    )
    engine.advance(wanted)
    until(lambda: LOGS / "0.0" in wire.frames)
    until(lambda: engine.stop(wanted.key, grace=timedelta(seconds=30)))
    finish(engine, wire, wanted)
    log = FileLogStore(tmp_path / "logs").read(LOGS / "0.0", limit=1000)
    assert b"child\n" in log


@pytest.mark.parametrize("fence", list(fences()))
def test_a_step_hears_every_signal(tmp_path: Path, wire: Wire, fence: Isolation) -> None:
    """A shell that starts something in the background would make it deaf to SIGINT."""
    code = (
        "import signal as s; print([n.name for n in (s.SIGINT, s.SIGQUIT, s.SIGTERM) if s.getsignal(n) == s.SIG_IGN])"
    )
    engine = engine_with(tmp_path, wire, fence)
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        finish(engine, wire, build((script(f'{sys.executable} -c "{code}"'),)))
    finally:
        signal.signal(signal.SIGINT, old)
    assert FileLogStore(tmp_path / "logs").read(LOGS / "0.0", limit=100) == b"[]\n"


def test_a_step_inherits_nothing_but_its_log(tmp_path: Path, wire: Wire) -> None:
    finish(
        engine_with(tmp_path, wire),
        wire,
        build((script("ls -l /proc/self/fd | grep -c /engine/; readlink /proc/self/fd/0"),)),
    )
    assert FileLogStore(tmp_path / "logs").read(LOGS / "0.0", limit=100) == b"1\n/dev/null\n"


def test_a_step_whose_supervisor_was_killed_is_lost_and_not_run_again(tmp_path: Path, wire: Wire) -> None:
    engine = engine_with(tmp_path, wire, isolation.MARKER)
    wanted = build((script(f"echo once >>{tmp_path}/count; echo up; sleep 600"),))
    engine.advance(wanted)
    until(lambda: LOGS / "0.0" in wire.frames)
    kill_supervisor(tmp_path)
    steps = finish(engine, wire, wanted)
    assert steps[FIRST].reason == reason("StepLost")
    assert (tmp_path / "count").read_text() == "once\n"


def kill_supervisor(tmp_path: Path) -> None:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):  # others come and go
            line = (entry / "cmdline").read_bytes()
            if b"init.sh" in line and str(tmp_path).encode() in line:
                os.kill(int(entry.name), signal.SIGKILL)


def test_the_machine_says_how_it_ends_things(tmp_path: Path, wire: Wire) -> None:
    seen = engine_with(tmp_path, wire, isolation.MARKER).advance(build((script("true"),)))
    assert seen.notes == (reason("IsolatedByMarker"),)


def test_an_image_that_is_not_used_is_told(tmp_path: Path, wire: Wire) -> None:
    steps = finish(engine_with(tmp_path, wire, isolation.MARKER), wire, build((script("true", image="python:3.12"),)))
    assert states(steps) == ["Success"]
    assert steps[FIRST].note == reason("ImageIgnored", image="python:3.12")


@pytest.mark.parametrize(
    ("step", "why"),
    [
        pytest.param(
            StepPlan(name="Clone", kind=StepKind.SOURCE_CODE),
            reason("CannotStart", error="nobody may clone this"),
            id="sources that are refused",
        ),
        pytest.param(
            script("true", env={"BIG": "x" * 200_000}),
            reason("CannotStart", error="Argument list too long"),
            id="too much",
        ),
        pytest.param(
            StepPlan(name="x", kind=StepKind.APPLY_APP), reason("NotUnderstood", kind="applyAppConfig"), id="not yet"
        ),
    ],
)
def test_what_cannot_be_started_fails_with_the_reason(tmp_path: Path, wire: Wire, step: StepPlan, why: object) -> None:
    steps = finish(engine_with(tmp_path, wire), wire, build((step,)))
    assert states(steps) == ["Failed"]
    assert steps[FIRST].reason == why


def test_a_disk_that_cannot_be_written_is_no_failure_of_the_run(tmp_path: Path, wire: Wire) -> None:
    (tmp_path / "engine").write_text("in the way")
    engine = engine_with(tmp_path, wire)
    wanted = build((script("true"),))
    with pytest.raises(Unavailable):
        engine.advance(wanted)


def test_the_limit_of_a_step_is_kept_by_its_supervisor(tmp_path: Path, wire: Wire) -> None:
    """The plan counts in minutes, so a program of the same name stands before timeout(1) and shortens them."""
    real = shutil.which("timeout")
    (tmp_path / "timeout").write_text(f'#!/bin/sh\nshift 3\nexec {real} -k 10 0.2 "$@"\n')
    (tmp_path / "timeout").chmod(0o755)
    machine = Machine(isolation.MARKER, path=f"{tmp_path}:/usr/bin:/bin")
    engine = engine_with(tmp_path, wire, machine=machine)
    steps = finish(engine, wire, build((script("exec sleep 600", timeout=1),)))
    assert (states(steps), steps[FIRST].exit_code) == (["Failed"], 124)


BYSTANDER = """
import os, sys
for number, (name, how) in enumerate((("lock", os.O_RDWR), ("output", os.O_RDONLY))):
    file = os.open(f"{sys.argv[1]}/{name}", how)
    for place in ((0, 9), (1, 2))[number]:
        os.dup2(file, place)
os.read(int(sys.argv[2]), 1)
"""


@pytest.mark.parametrize("fence", list(fences()))
def test_another_platform_process_that_looks_on_is_left_alone(tmp_path: Path, wire: Wire, fence: Isolation) -> None:
    """It has the very files open, under the very numbers, by which processes of a step are found."""
    engine = engine_with(tmp_path, wire, fence)
    wanted = build((script("echo up; exec sleep 600"),))
    engine.advance(wanted)
    until(lambda: LOGS / "0.0" in wire.frames)
    directory = BuildFiles(tmp_path / "engine", wanted.key).step(FIRST).directory
    reading, writing = os.pipe()
    argv = [sys.executable, "-c", BYSTANDER, str(directory), str(reading)]
    with subprocess.Popen(argv, pass_fds=[reading]) as bystander:
        os.close(reading)
        until(lambda: Path(f"/proc/{bystander.pid}/fd/2").stat().st_ino == (directory / "output").stat().st_ino)
        until(lambda: engine.stop(wanted.key, grace=NOW))
        assert states(finish(engine, wire, wanted)) == ["Aborted"]
        assert bystander.poll() is None
        os.close(writing)
    assert bystander.returncode == 0
