"""Run a step in a container of podman or docker. The command lines are pure; only ``usable`` and ``remove`` act."""

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from devops_platform.names import slug

TOOLS = ("podman", "docker")
SECONDS = 10
# What the tools themselves need from the platform's environment to find their daemon and their storage.
TOOL_ENV = ("HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "CONTAINER_HOST")


def usable(path: str) -> str | None:
    """The first tool on ``path`` that answers, as an absolute path; a client without its daemon does not count."""
    found = (shutil.which(tool, path=path) for tool in TOOLS)
    return next((tool for tool in found if tool and _run(tool, "info") is not None), None)


@dataclass(frozen=True, slots=True)
class Container:
    """``mounts`` are at the same place inside as outside."""

    name: str
    image: str
    mounts: tuple[Path, ...]
    workdir: Path


def run_command(tool: str, container: Container, *, env: Iterable[str], command: Iterable[str]) -> tuple[str, ...]:
    """Variables are named only: the tool takes their values from its own environment, so none is on a command line."""
    return (
        *(tool, "run", "--rm", "--init", f"--name={container.name}", f"--workdir={container.workdir}"),
        *(f"--volume={mount}:{mount}" for mount in container.mounts),
        *(f"--env={variable}" for variable in sorted(env)),
        *("--entrypoint=", "--", container.image),
        *command,
    )


def container_name(step: str) -> str:
    """The name of the container of ``step`` (``<key>/<stage>.<step>.<try>``)."""
    return f"{slug(step, fallback='step')}-{sha256(step.encode()).hexdigest()[:12]}"


def tool_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in TOOL_ENV if name in environ}


def remove(tool: str, name: str) -> bool:
    """End and remove the container if it is still there; whether it is gone."""
    if _gone(tool, name):
        return True
    _run(tool, "rm", "--force", name)
    return _gone(tool, name)


def _gone(tool: str, name: str) -> bool:
    listed = _run(tool, "ps", "--all", "--quiet", f"--filter=name=^{name}$")
    return listed is not None and not listed.strip()


def _run(tool: str, *arguments: str) -> bytes | None:
    """What the tool printed; None when it failed or did not answer."""
    try:
        done = subprocess.run([tool, *arguments], capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
