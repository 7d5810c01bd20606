"""Programs of this machine that step kinds need."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.definition.messages import reason
from pipelines.engines.local.refusal import Refused

HERE = Path(__file__).parent
# Debian's packages, by program.
PACKAGES = {"buildah": "buildah", "git": "git", "ssh": "openssh-client"}


@dataclass(frozen=True, slots=True)
class Made:
    """What is executed for a step."""

    argv: tuple[str, ...]
    env: Mapping[str, str]


def shell(program: str) -> tuple[str, ...]:
    """The command of one of the constant programs beside this module."""
    return ("/bin/sh", str(HERE / program))


def needs(*tools: str, path: str) -> None:
    """Raises Refused when one of ``tools`` is not on ``path``."""
    missing = next((tool for tool in tools if shutil.which(tool, path=path) is None), None)
    if missing:
        raise Refused(reason("ToolMissing", tool=missing, how=f"apt install {PACKAGES[missing]}"))


def write_private(path: Path, text: str) -> None:
    """A file that only the platform's user reads, from its first byte on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")
