"""How everything that a step started is found again and ended: the best way that this machine and user allow."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PROBE_SECONDS = 5


class Kind(StrEnum):
    """From best to worst; the value is what a step's directory records."""

    NAMESPACE = "namespace"  # a pid namespace of its own: the kernel ends all of it with its first process
    USER_NAMESPACE = "user-namespace"  # the same for an ordinary user; one uid only, so no sudo inside
    CGROUP = "cgroup"  # a cgroup v2 of its own with cgroup.kill
    MARKER = "marker"  # found by environment and open log; who drops both escapes
    CONTAINER = "container"  # the container is the fence, ended by its name


REASONS = {
    Kind.NAMESPACE: "IsolatedByNamespace",
    Kind.USER_NAMESPACE: "IsolatedByUserNamespace",
    Kind.CGROUP: "IsolatedByCgroup",
    Kind.MARKER: "IsolatedByMarker",
    Kind.CONTAINER: "IsolatedByContainer",
}


@dataclass(frozen=True, slots=True)
class Isolation:
    """``prefix`` is put before a command; ``cgroups`` is where the cgroup of a step is made."""

    kind: Kind
    prefix: tuple[str, ...] = ()
    cgroups: Path | None = None


MARKER = Isolation(Kind.MARKER)
CONTAINER = Isolation(Kind.CONTAINER)


def best() -> Isolation:
    """The best isolation that works here, found by trying."""
    for candidate in candidates(os.geteuid(), shutil.which("unshare", path=os.defpath + ":/usr/sbin:/sbin")):
        if works(candidate):
            return candidate
    cgroups = _delegated_cgroup()
    return Isolation(Kind.CGROUP, cgroups=cgroups) if cgroups else MARKER


def candidates(uid: int, unshare: str | None) -> tuple[Isolation, ...]:
    """Namespaces worth trying. The superuser needs no user namespace, in which only one uid would exist."""
    if unshare is None:
        return ()
    common = ("--pid", "--mount-proc", "--fork", "--kill-child", "--")
    plain = Isolation(Kind.NAMESPACE, (unshare, *common))
    mapped = Isolation(Kind.USER_NAMESPACE, (unshare, "--user", "--map-current-user", *common))
    return (plain, mapped) if uid == 0 else (mapped,)


def works(isolation: Isolation) -> bool:
    try:
        tried = subprocess.run(
            [*isolation.prefix, "/bin/sh", "-c", "exit 7"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 7


def _delegated_cgroup() -> Path | None:
    """This process's own cgroup v2 when its user may make cgroups in it and end them at once."""
    try:
        mounts = Path("/proc/self/mounts").read_text()
        memberships = Path("/proc/self/cgroup").read_text()
    except OSError:
        return None
    roots = [line.split()[1] for line in mounts.splitlines() if line.split()[2] == "cgroup2"]
    places = [line.removeprefix("0::/") for line in memberships.splitlines() if line.startswith("0::/")]
    if not roots or not places:
        return None
    own = Path(roots[0]) / places[0]
    trial = own / f"trial-{os.getpid()}"
    try:
        trial.mkdir()
    except OSError:
        return None
    try:
        usable = os.access(own / "cgroup.procs", os.W_OK) and os.access(trial / "cgroup.kill", os.W_OK)
    finally:
        trial.rmdir()
    return own if usable else None
