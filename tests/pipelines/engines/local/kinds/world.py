"""A local engine for steps of the platform's own kinds, and what they find in the workspace."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NoReturn

from devops_platform.errors import Missing
from pipelines.definition.runplan import SecretRef, StepId, StepPlan
from pipelines.engines.base import Source, StepStatus
from pipelines.engines.local import isolation
from pipelines.engines.local.commands import PATH, Machine
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.files import FileLogStore
from tests.contracts.engine import LOGS, Wire, build, finish, script

SECOND = StepId(1, 0)


class House:
    """Runs one step after another has put ``files`` into the workspace."""

    def __init__(self, directory: Path, *, path: str = PATH) -> None:
        home = directory / "home"
        home.mkdir(exist_ok=True)
        self.root = directory / "engine"
        self.store = FileLogStore(directory / "logs")
        self.wire = Wire()
        machine = Machine(isolation.best(), env={"HOME": str(home)}, path=path)
        self.engine = LocalEngine(
            self.root, self.store, checkout=_none, publish=self.wire.publish, nudge=self.wire.nudge, machine=machine
        )

    def run(
        self,
        step: StepPlan,
        files: Mapping[str, str],
        *,
        secrets: Mapping[SecretRef, str] | None = None,
        variables: Mapping[str, str] | None = None,
        key: str = "run-1",
    ) -> StepStatus:
        made = build((script(writing(files)),), (step,), key=key, secrets=secrets or {})
        wanted = replace(made, plan=made.plan.model_copy(update={"variables": variables or {}}))
        return finish(self.engine, self.wire, wanted)[SECOND]

    def log(self) -> str:
        return self.store.read(LOGS / str(SECOND), limit=100_000).decode()

    def kept(self) -> str:
        """Everything that the engine has on disk beside the workspaces, as far as it is text."""
        found = (path for path in self.root.rglob("steps/*/*") if path.is_file())
        return "\n".join(path.read_text(errors="replace") for path in found)


def writing(files: Mapping[str, str]) -> str:
    lines = [
        f"mkdir -p {shlex.quote(str(PurePosixPath(name).parent))}; printf %s {shlex.quote(text)} >{shlex.quote(name)}"
        for name, text in files.items()
    ]
    return "\n".join(lines)


def secret(**values: str) -> dict[SecretRef, str]:
    return {SecretRef(source="login", key=name.lower(), target=name): value for name, value in values.items()}


def _none(source: Source) -> NoReturn:
    raise Missing(source.url)
