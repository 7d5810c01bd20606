"""Start a step's supervisor; find, ask and end what belongs to a step: by what processes hold, never by stored pids."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pipelines.engines.local.files import StepFiles
from pipelines.engines.local.isolation import Isolation, Kind

INIT = Path(__file__).with_name("init.sh")
MARKER = "PIPELINE_STEP_MARK"
SWEEP_SECONDS = 1.0
LOCK_DESCRIPTORS = ("0", "9")  # where the supervisor's programs hold the lock


class Supervisors:
    """The supervisors that this process started; they outlive it, and are buried by it while it lives."""

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def start(
        self,
        step: StepFiles,
        command: Sequence[str],
        *,
        lock: int,
        isolation: Isolation,
        env: Mapping[str, str],
        cwd: Path,
    ) -> int:
        """Start ``command`` as the step; returns a descriptor that becomes readable at its end."""
        cgroup = _make_cgroup(step, isolation)
        argv = [*isolation.prefix, "/bin/sh", str(INIT), str(step.directory), cgroup, *command]
        output = os.open(step.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            child = subprocess.Popen(
                argv,
                stdin=lock,
                stdout=output,
                stderr=output,
                env={**env, MARKER: step.name},
                cwd=cwd,
                start_new_session=True,
            )
        finally:
            os.close(output)
        with self._lock:
            self._children.append(child)
        return os.pidfd_open(child.pid)

    def reap(self) -> None:
        with self._lock:
            self._children = [child for child in self._children if child.poll() is None]


def ask_to_end(step: StepFiles) -> None:
    _signal(lambda: _members(step), signal.SIGTERM)


def end(step: StepFiles) -> None:
    """Kill everything of the step. The supervisor of a cgroup or marked step stays, to write down the end."""
    match step.isolation:
        case Kind.NAMESPACE | Kind.USER_NAMESPACE | Kind.CONTAINER:
            _signal(lambda: _supervisors(step), signal.SIGKILL)
        case Kind.CGROUP:
            with suppress(OSError):
                (_cgroup(step) / "cgroup.kill").write_text("1")
        case Kind.MARKER:
            sweep(step)


def sweep(step: StepFiles) -> bool:
    """End what a marked step left behind; whether nothing of it is left."""
    deadline = time.monotonic() + SWEEP_SECONDS
    while _signal(lambda: _members(step), signal.SIGKILL):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


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


def _supervisors(step: StepFiles) -> set[int]:
    with suppress(FileNotFoundError):
        lock = _identity(step.lock)
        return {pid for pid in _pids() if lock in _opened(pid, LOCK_DESCRIPTORS)}
    return set()


def _marked(step: StepFiles) -> set[int]:
    marker = f"{MARKER}={step.name}".encode()
    with suppress(FileNotFoundError):
        output = _identity(step.output)
        return {pid for pid in _pids() if pid != os.getpid() and (_has_marker(pid, marker) or _writes(pid, output))}
    return set()


def _has_marker(pid: int, marker: bytes) -> bool:
    with suppress(OSError):
        return marker in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def _writes(pid: int, output: tuple[int, int]) -> bool:
    return output in _opened(pid, ("1", "2"))


def _opened(pid: int, descriptors: Iterable[str]) -> Iterator[tuple[int, int]]:
    for descriptor in descriptors:
        with suppress(OSError):
            yield _identity(Path(f"/proc/{pid}/fd/{descriptor}"))


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _namespace(pid: int) -> int | None:
    with suppress(OSError):
        return Path(f"/proc/{pid}/ns/pid").stat().st_ino
    return None


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208  # names are all that is needed


def _make_cgroup(step: StepFiles, isolation: Isolation) -> str:
    if isolation.cgroups is None:
        return ""
    cgroup = isolation.cgroups / f"step-{step.name.replace('/', '-')}"
    cgroup.mkdir(exist_ok=True)
    (step.directory / "cgroup").symlink_to(cgroup)
    return str(cgroup)


def _cgroup(step: StepFiles) -> Path:
    return step.directory / "cgroup"
