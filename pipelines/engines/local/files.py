"""Where a build lives on disk. The files are the whole truth: any process can take a build up from them.

::

    <root>/.<name>/                  what builds share, such as layers of images
    <root>/<key>/lock                held during a pass
                 follower            held by the process that carries the logs over
                 stop                asked to stop; until when steps may end by themselves
                 workspace/  home/   what steps see
                 steps/<stage>.<step>.<try>/
                     lock            held by the supervisor: the step is alive
                     isolation  script
                     started  exit   made by the supervisor; their times are those of the step
                     stopped         is to end: whatever it does now, it was stopped
                     asked           was sent the signal to end
                     killed          did not do so in time
                     refused         why it could not be started
                     cleared         nothing survived its supervisor
                     cache  cached   what the step's cache is to do, and what it did
                 steps/<stage>.<step>.1/     also has what all tries of the step share:
                     output          raw log, to which every try appends
                     retries         more tries may follow
                     over            none does
                     sealed          the log is complete in the log store
                     released        reported as ended although the log is not complete yet
"""

import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote, unquote

from pipelines.definition.messages import Reason
from pipelines.definition.runplan import StepId
from pipelines.engines.local.cache import steps as caching
from pipelines.engines.local.isolation import Kind
from pipelines.engines.local.outcome import Facts

PRIVATE = 0o700
SHARED = frozenset({"retries", "over", "sealed", "released"})  # marks of a step rather than of a try


class StepFiles:
    """The directory of one try of one step."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.first = directory.with_suffix(".1")  # that of the step's first try
        self.lock = directory / "lock"
        self.output = self.first / "output"
        self.script = directory / "script"

    @property
    def name(self) -> str:
        return f"{self.directory.parent.parent.name}/{self.directory.name}"

    @contextmanager
    def taken(self) -> Iterator[int | None]:
        """The lock to hand over to a supervisor; None while one holds it."""
        self.directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        with _locked(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB) as lock:
            yield lock

    def alive(self) -> bool:
        lock = self.open_lock()
        if lock is None:
            return False
        try:
            return is_held(lock)
        finally:
            os.close(lock)

    def open_lock(self) -> int | None:
        """A descriptor for ``is_held``; None when the step was never begun."""
        with suppress(FileNotFoundError):
            return os.open(self.lock, os.O_RDWR | os.O_CLOEXEC)
        return None

    def facts(self) -> Facts:
        alive = self.alive()
        refused = self._read("refused")
        code = self._read("exit")
        complete = code.endswith("\n")
        return Facts(
            alive=alive,
            started=self._time("started"),
            ended=self._time("exit") if complete else self._last_sign(),
            exit_code=int(code) if complete else None,
            stopped=self.has("stopped"),
            killed=self.has("killed"),
            refused=Reason.model_validate_json(refused) if refused else None,
            refused_at=self._time("refused"),
            cache=caching.facts(self.directory),
        )

    @property
    def isolation(self) -> Kind:
        return Kind(self._read("isolation") or Kind.MARKER)

    @property
    def settled(self) -> bool:
        """Whether the step's end may be told: its log is complete, or waiting for that took too long."""
        return self.has("sealed") or self.has("released") or (self.first / "refused").exists()

    @property
    def sealed(self) -> bool:
        return self.has("sealed")

    def mark(self, name: str) -> bool:
        """Make the empty file ``name``; whether it was this call that made it."""
        try:
            self._mark(name).touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return False
        return True

    def refuse(self, why: Reason) -> None:
        self.directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        replace_file(self.directory / "refused", why.model_dump_json())

    def write_isolation(self, kind: Kind) -> None:
        replace_file(self.directory / "isolation", kind)

    def write_script(self, text: str) -> None:
        replace_file(self.script, text, mode=PRIVATE)

    def _last_sign(self) -> datetime | None:
        return max(filter(None, map(self._time, ("started", "output", "stopped"))), default=None)

    def has(self, name: str) -> bool:
        return self._mark(name).exists()

    def _mark(self, name: str) -> Path:
        return (self.first if name in SHARED else self.directory) / name

    def _read(self, name: str) -> str:
        try:
            return (self.directory / name).read_text()
        except FileNotFoundError:
            return ""

    def _time(self, name: str) -> datetime | None:
        try:
            found = (self.directory / name).stat()
        except FileNotFoundError:
            return None
        return datetime.fromtimestamp(found.st_mtime_ns / 1e9, UTC)


class BuildFiles:
    """The directory of one build. ``key`` may hold any character: it is quoted into one safe name."""

    def __init__(self, root: Path, key: str) -> None:
        self.key = key
        self.directory = root / quote(key, safe="").replace(".", "%2E")
        self.workspace = self.directory / "workspace"
        self.home = self.directory / "home"

    def shared(self, name: str) -> Path:
        """A place that all builds share; no build's directory begins with a dot."""
        return self.directory.parent / f".{name}"

    @property
    def exists(self) -> bool:
        return self.directory.is_dir()

    def prepare(self) -> None:
        for directory in (self.directory, self.directory / "steps"):
            directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)

    def furnish(self, earlier: "BuildFiles | None") -> None:
        """Make what steps see, once: the workspace and home of ``earlier``, or empty ones where it has none."""
        taken_over = (earlier.workspace, earlier.home) if earlier else (None, None)
        for own, theirs in zip((self.workspace, self.home), taken_over, strict=True):
            if own.is_dir():
                continue
            if theirs and theirs.is_dir():
                theirs.rename(own)
            else:
                own.mkdir(mode=PRIVATE)

    def step(self, where: StepId, number: int = 1) -> StepFiles:
        return StepFiles(self.directory / "steps" / f"{where}.{number}")

    def tries(self, where: StepId) -> Iterator[StepFiles]:
        """The step's tries whose turn has come, in order."""
        for number in count(1):
            step = self.step(where, number)
            if not step.directory.exists():
                return
            yield step

    def steps(self) -> list[StepFiles]:
        """Those whose turn has come."""
        with suppress(FileNotFoundError):
            return [StepFiles(path) for path in sorted((self.directory / "steps").iterdir())]
        return []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One pass at a time, over all processes."""
        with _locked(self.directory / "lock", fcntl.LOCK_EX):
            yield

    def take_follower(self) -> int | None:
        """The descriptor whose closing ends the right to carry logs over; None when another process has it."""
        return _lock(self.directory / "follower", fcntl.LOCK_EX | fcntl.LOCK_NB)

    def stop_by(self) -> datetime | None:
        """Until when steps may end by themselves; None when nobody asked to stop."""
        with suppress(FileNotFoundError, ValueError):
            return datetime.fromisoformat((self.directory / "stop").read_text())
        return None

    def write_stop(self, deadline: datetime) -> None:
        replace_file(self.directory / "stop", deadline.isoformat())

    def remove(self) -> None:
        shutil.rmtree(self.directory, onerror=_insist)


def builds_below(root: Path) -> dict[str, datetime]:
    """The keys of the builds that live below ``root``, each with the time of its last change."""
    found: dict[str, datetime] = {}
    with suppress(FileNotFoundError):
        for directory in root.glob("[!.]*"):
            with suppress(FileNotFoundError):  # removed meanwhile
                found[unquote(directory.name)] = datetime.fromtimestamp(directory.stat().st_mtime, UTC)
    return found


def is_held(lock: int) -> bool:
    """Whether a supervisor holds the lock file that ``lock`` is open on."""
    try:
        # Shared, so that two who look at once do not take each other for a supervisor.
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(lock, fcntl.LOCK_UN)
    return False


def replace_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace ``path`` by ``text`` in one step."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=mode, exist_ok=False)
    with draft.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        stream.write(text)
    draft.rename(path)


def _lock(path: Path, how: int) -> int | None:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        os.close(file)
        return None
    except BaseException:
        os.close(file)
        raise
    return file


@contextmanager
def _locked(path: Path, how: int) -> Iterator[int | None]:
    file = _lock(path, how)
    try:
        yield file
    finally:
        if file is not None:
            os.close(file)


def _insist(remove: Callable[[str], object], path: str, error: tuple[object, BaseException, object]) -> None:
    """Tools such as Go's module cache leave directories read-only: open the way and try once more."""
    if isinstance(error[1], FileNotFoundError):
        return
    place = Path(path)
    for directory in (place.parent, place):
        if directory.is_dir() and not directory.is_symlink():
            directory.chmod(stat.S_IRWXU)
    if remove in {os.rmdir, os.unlink}:
        remove(path)
        return
    shutil.rmtree(place)
