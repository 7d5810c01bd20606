"""Start a step's supervisor; find, ask and end what belongs to a step: by what processes hold, never by stored pids."""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from pipelines.engines.local.commands import Command
from pipelines.engines.local.files import StepFiles
from pipelines.engines.local.isolation import Isolation, Kind

INIT = Path(__file__).with_name("init.sh")
MARKER = "PIPELINE_STEP_MARK"
SWEEP_SECONDS = 1.0
QUIET_LOOKS = 4
HANDLED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ)
LOCK_DESCRIPTORS = ("0", "9")  # where the supervisor's programs hold the lock


def start(step: StepFiles, command: Command, *, lock: int, workspace: Path) -> int:
    """Start ``command`` as the step, under a supervisor that holds ``lock`` and outlives this process.

    Returns a descriptor that becomes readable when all of it has ended; ``bury`` must follow.
    """
    cgroup = _make_cgroup(step, command.isolation)
    argv = [
        *command.isolation.prefix,
        *("/bin/sh", str(INIT), str(step.directory), str(workspace), cgroup),
        *command.argv,
    ]
    output = os.open(step.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        pid = os.posix_spawn(
            argv[0],
            argv,
            {**command.env, MARKER: str(step.directory)},
            # What unshare itself has to say does not belong into the step's log.
            file_actions=[
                (os.POSIX_SPAWN_DUP2, lock, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setsid=True,
            # What the platform ignores or blocks, steps shall not.
            setsigmask=(),
            setsigdef=HANDLED,
        )
    finally:
        os.close(output)
    return os.pidfd_open(pid)


def bury(end: int) -> None:
    """Take the exit status of what ``start`` started, so that no zombie stays, and close its descriptor."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PIDFD, end, os.WEXITED | os.WNOHANG)
    os.close(end)


def ask_to_end(step: StepFiles) -> None:
    _signal(lambda: _members(step), signal.SIGTERM)


def end(step: StepFiles) -> None:
    """Kill everything of the step. The supervisor of a cgroup or marked step stays, to write down the end."""
    match step.isolation:
        case Kind.NAMESPACE | Kind.USER_NAMESPACE | Kind.CONTAINER:
            _signal(lambda: _first_processes(step), signal.SIGKILL)
        case Kind.CGROUP:
            with suppress(OSError):
                (_cgroup(step) / "cgroup.kill").write_text("1")
        case Kind.MARKER:
            sweep(step)


def sweep(step: StepFiles) -> bool:
    """End what a marked step left behind; whether nothing of it is left."""
    deadline = time.monotonic() + SWEEP_SECONDS
    quiet = 0
    while quiet < QUIET_LOOKS:
        found = _signal(lambda: _members(step), signal.SIGKILL)
        if time.monotonic() > deadline:
            return False
        # A process shows no environment while it turns into another program, so one look is not enough.
        quiet = 0 if found else quiet + 1
        time.sleep(0.003)
    return True


def remove_cgroup(step: StepFiles) -> None:
    """Remove the cgroup of a step that has ended; one that is still in use stays."""
    with suppress(OSError):
        _cgroup(step).resolve(strict=True).rmdir()


def _signal(select: Callable[[], set[int]], number: signal.Signals) -> set[int]:
    """Signal the selected processes, each held while it is looked at again, since a pid may have changed hands."""
    held: dict[int, int] = {}
    try:
        for pid in select():
            with suppress(ProcessLookupError):
                held[pid] = os.pidfd_open(pid)
        still = select() & held.keys()
        for pid in still:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(held[pid], number)
        return still
    finally:
        for descriptor in held.values():
            os.close(descriptor)


def _members(step: StepFiles) -> set[int]:
    """The step's processes without its supervisor."""
    match step.isolation:
        case Kind.NAMESPACE | Kind.USER_NAMESPACE:
            supervisors = _supervisors(step)
            spaces = {_namespace(pid) for pid in supervisors} - {_namespace(os.getpid()), None}
            return {pid for pid in _pids() if _namespace(pid) in spaces} - supervisors if spaces else set()
        case Kind.CGROUP:
            with suppress(OSError):
                return {int(pid) for pid in (_cgroup(step) / "cgroup.procs").read_text().split()}
            return set()
        case Kind.CONTAINER | Kind.MARKER:
            return _marked(step) - _supervisors(step)


def _first_processes(step: StepFiles) -> set[int]:
    """Of the supervisors the innermost: who started it keeps the lock until its namespace is empty."""
    supervisors = _supervisors(step)
    own = _namespace(os.getpid())
    return {pid for pid in supervisors if _namespace(pid) != own} or supervisors


def _supervisors(step: StepFiles) -> set[int]:
    """Who holds the step's lock. To have the file open is not enough: every platform process looks at it."""
    with suppress(FileNotFoundError):
        lock = _identity(step.lock)
        return {pid for pid in _pids() if any(_locks(pid, number) for number in _opened(pid, LOCK_DESCRIPTORS, lock))}
    return set()


def _marked(step: StepFiles) -> set[int]:
    marker = os.fsencode(f"{MARKER}={step.directory}")
    with suppress(FileNotFoundError):
        output = _identity(step.output)
        return {pid for pid in _pids() if _has_marker(pid, marker) or _writes(pid, output)}
    return set()


def _has_marker(pid: int, marker: bytes) -> bool:
    with suppress(OSError):
        return marker in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def _writes(pid: int, output: tuple[int, int]) -> bool:
    return any(_access(pid, number) != os.O_RDONLY for number in _opened(pid, ("1", "2"), output))


def _locks(pid: int, number: str) -> bool:
    # Source: proc(5), /proc/pid/fdinfo: locks are listed with the open file that holds them.
    return any("FLOCK" in line and "WRITE" in line for line in _about(pid, number) if line.startswith("lock:"))


def _access(pid: int, number: str) -> int:
    flags = next((line.split()[1] for line in _about(pid, number) if line.startswith("flags:")), "0")
    return int(flags, 8) & os.O_ACCMODE


def _about(pid: int, number: str) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/fdinfo/{number}").read_text().splitlines()
    return []


def _opened(pid: int, numbers: Iterable[str], identity: tuple[int, int]) -> Iterator[str]:
    """Those of the descriptors ``numbers`` that are open on the file ``identity``."""
    for number in numbers:
        with suppress(OSError):
            if _identity(Path(f"/proc/{pid}/fd/{number}")) == identity:
                yield number


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _namespace(pid: int) -> int | None:
    with suppress(OSError):
        return Path(f"/proc/{pid}/ns/pid").stat().st_ino
    return None


def _pids() -> list[int]:
    """Every process but this one, which is never part of a step."""
    own = os.getpid()
    return [int(name) for name in os.listdir("/proc") if name.isdecimal() and int(name) != own]  # noqa: PTH208  # names are all that is needed


def _make_cgroup(step: StepFiles, isolation: Isolation) -> str:
    if isolation.cgroups is None:
        return ""
    cgroup = isolation.cgroups / f"step-{sha256(os.fsencode(step.directory)).hexdigest()[:32]}"
    cgroup.mkdir(exist_ok=True)
    (step.directory / "cgroup").symlink_to(cgroup)
    return str(cgroup)


def _cgroup(step: StepFiles) -> Path:
    return step.directory / "cgroup"
