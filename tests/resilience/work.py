"""Work that accounts for itself: every step notes that it starts, and keeps what it prints in a file of its own."""

import json
import shlex
from pathlib import Path
from typing import Any

LINES = 40
PAUSE = 0.02  # seconds between two lines


class Work:
    """Stages of two steps that count side by side. ``outside`` is a folder that no workspace holds."""

    def __init__(self, outside: Path, *, stages: int) -> None:
        self.outside = outside
        self._stages = stages
        outside.mkdir()

    @property
    def steps(self) -> list[str]:
        """Names, in the order of the stages."""
        return [f"{stage}-{step}" for stage in range(self._stages) for step in ("even", "odd")]

    def file(self) -> str:
        """The pipeline file; JSON is YAML."""
        stages = [
            {"name": f"Stage {stage}", "steps": [self._step(f"{stage}-{step}") for step in ("even", "odd")]}
            for stage in range(self._stages)
        ]
        return json.dumps({"stages": stages}, indent=1)

    def _step(self, name: str) -> dict[str, Any]:
        outside = shlex.quote(str(self.outside))
        script = (
            f"echo {name} >>{outside}/started\n"
            f"i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo {name} $i; sleep {PAUSE}; done"
            f" | tee {outside}/{name}\n"
        )
        return {"name": name, "runScriptConfig": {"image": "alpine", "shellScript": script}}

    def started(self) -> list[str]:
        """The steps in the order in which they started, each as often as it did, those of other files included."""
        return (self.outside / "started").read_text().split()

    def printed(self, step: str) -> bytes:
        return (self.outside / step).read_bytes()


def endless(outside: Path) -> str:
    """A file whose one step takes its time, and some more when it is asked to end."""
    script = (
        f"echo endless >>{shlex.quote(str(outside))}/started\n"
        "trap 'echo asked to end; sleep 1; exit 1' TERM\n"
        "echo begun; i=0; while [ $i -lt 600 ]; do i=$((i+1)); sleep 0.1; done\n"
    )
    step = {"name": "endless", "runScriptConfig": {"image": "alpine", "shellScript": script}}
    return json.dumps({"stages": [{"name": "Endless", "steps": [step]}]})
