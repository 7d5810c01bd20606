"""An engine whose steps end when the test says so. Order and skipping are the local engine's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from devops_platform.errors import Unavailable
from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepId
from pipelines.engines.base import Build, Observation, StepStatus
from pipelines.engines.local import sequence
from pipelines.states import State


@dataclass
class ScriptedEngine:
    """Builds in memory; ``reachable`` can be switched off, as a network does."""

    builds: dict[str, Build] = field(default_factory=dict)
    steps: dict[str, dict[StepId, StepStatus]] = field(default_factory=dict)
    starts: list[tuple[str, StepId]] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    reachable: bool = True
    stubborn: bool = False  # steps that do not end when they are asked to

    def advance(self, build: Build) -> Observation:
        self._answer()
        self.builds[build.key] = build
        found = self.steps.setdefault(build.key, {})
        while True:
            decided = sequence.decide(
                build.plan,
                found,
                carried=frozenset(build.carried),
                approvals=build.approvals,
                held=build.held,
                stopping=build.key in self.stopped,
            )
            if not decided.start:
                return Observation(decided.statuses)
            for where in decided.start:
                self.starts.append((build.key, where))
                found[where] = StepStatus(State.BUILDING, started=datetime.now(UTC))

    def stop(self, key: str, *, grace: timedelta) -> bool:
        self._answer()
        self.stopped.add(key)
        if self.stubborn:
            return False
        for where in self.running(key):
            self.end(key, where, State.ABORTED)
        return True

    def forget(self, key: str) -> None:
        self.builds.pop(key, None)
        self.steps.pop(key, None)

    def kept(self) -> Mapping[str, datetime]:
        return dict.fromkeys(self.builds, datetime.now(UTC))

    def running(self, key: str) -> Sequence[StepId]:
        """The steps of a build that are under way, in order."""
        return sorted(where for where, step in self.steps.get(key, {}).items() if not step.state.finished)

    def end(self, key: str, where: StepId, state: State) -> None:
        step = self.steps[key][where]
        why = reason("ExitCode", code=1) if state is State.FAILED else None
        self.steps[key][where] = StepStatus(state, step.started, datetime.now(UTC), why)

    def _answer(self) -> None:
        if not self.reachable:
            raise Unavailable("The engine does not answer")
