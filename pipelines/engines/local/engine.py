"""The local engine: steps as processes of this machine, held by supervisors that outlive the platform.

Meant for one trusted machine: steps run as the platform's own user.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from devops_platform.errors import PlatformError, Unavailable
from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import StepId, StepKind, StepPlan
from pipelines.engines.base import Build, Observation, Source, StepStatus
from pipelines.engines.local import containers, isolation, outcome, processes, sequence
from pipelines.engines.local.cache import steps as caching
from pipelines.engines.local.commands import PATH, Command, Machine, Program, command, inherited
from pipelines.engines.local.files import BuildFiles, StepFiles, builds_below
from pipelines.engines.local.follow import Follower, Publish
from pipelines.engines.local.isolation import Kind
from pipelines.engines.local.kinds import publish_image
from pipelines.engines.local.outcome import Standing
from pipelines.engines.local.refusal import Refused
from pipelines.logs.base import LogStore
from pipelines.states import State

VANISH_SECONDS = 1.0  # that killed processes get to be gone before the caller is told to ask again


class LocalEngine:
    """``checkout`` tells how sources are fetched; ``publish`` and ``nudge`` are called from the follower's thread.

    ``machine`` overrides what this machine is found to offer; ``cache`` is where builds keep what later ones find.
    """

    def __init__(  # noqa: PLR0913  # what the engine needs of its surroundings
        self,
        root: Path | str,
        store: LogStore,
        *,
        checkout: Callable[[Source], Program],
        publish: Publish,
        nudge: Callable[[str], None],
        machine: Machine | None = None,
        cache: Path | None = None,
    ) -> None:
        self._root = Path(root).absolute()
        self._checkout = checkout
        self._given_machine = machine
        self._cache = cache
        self._follower = Follower(store, publish, nudge)

    def advance(self, build: Build) -> Observation:
        files = BuildFiles(self._root, build.key)
        try:
            files.prepare()
            with files.locked():
                files.furnish(BuildFiles(self._root, build.continues) if build.continues else None)
                statuses = self._pass(build, files)
        except OSError as error:
            raise Unavailable(f"The engine cannot use {files.directory}: {error.strerror}") from error
        return Observation(statuses, notes=(reason(isolation.REASONS[self._machine.isolation.kind]),))

    def stop(self, key: str, *, grace: timedelta) -> bool:
        files = BuildFiles(self._root, key)
        try:
            files.prepare()  # of the unknown, too: it must not start after this
            with files.locked():
                kill = self._stop_by(files, grace) <= datetime.now(UTC)
                alive = [step for step in files.steps() if not self._stopped(step, kill=kill)]
        except OSError as error:
            raise Unavailable(f"The engine cannot use {files.directory}: {error.strerror}") from error
        return not alive

    def forget(self, key: str) -> None:
        files = BuildFiles(self._root, key)
        if not files.exists:
            return
        self.stop(key, grace=timedelta())
        self._follower.leave(key)
        try:
            files.remove()
        except OSError as error:
            raise Unavailable(f"{files.directory} cannot be removed: {error.strerror}") from error

    def kept(self) -> Mapping[str, datetime]:
        return builds_below(self._root)

    @cached_property
    def _machine(self) -> Machine:
        return self._given_machine or Machine(
            isolation=isolation.best(),
            container_tool=containers.usable(PATH),
            container_env=containers.tool_environment(os.environ),
            env=inherited(os.environ),
        )

    def _pass(self, build: Build, files: BuildFiles) -> Mapping[StepId, StepStatus]:
        carried = frozenset(build.carried)
        own = sequence.own_steps(build.plan, carried)
        while True:
            stopping = files.stop_by() is not None
            found = {where: now for where in own if (now := self._standing(build, files, where, stopping=stopping))}
            decision = sequence.decide(
                build.plan,
                {where: standing.status for where, standing in found.items()},
                carried=carried,
                approvals=build.approvals,
                held=build.held,
                stopping=stopping,
            )
            start = dict.fromkeys(decision.start, 1) | {where: now.start for where, now in found.items() if now.start}
            for where, number in start.items():
                self._start(build, files, where, number)
            self._follow(build, files, (*found, *decision.start))
            if not start:
                self._remind(build.key, [standing.due for standing in found.values() if standing.due])
                return decision.statuses

    def _standing(self, build: Build, files: BuildFiles, where: StepId, *, stopping: bool) -> Standing | None:
        plan, tries = build.plan.step(where), []
        limit = timedelta(minutes=plan.timeout) if plan.timeout else None
        for step in files.tries(where):
            facts = step.facts()
            status = outcome.status(facts, limit=limit, note=_note(step, plan) if facts.begun else None)
            if status is not None:
                tries.append((step, facts, status))
        if not tries:
            return None
        last, facts, status = tries[-1]
        standing = outcome.tried(
            [status for *_, status in tries],
            plan.retry,
            refused=facts.refused is not None,
            stopping=stopping,
            now=datetime.now(UTC),
        )
        if not status.state.finished:
            if plan.retry.max:
                self._follower.watch(build.key, last)
            return standing
        if standing.over:
            last.mark("over")
        # Its last lines first: who reads "finished" must find the whole log.
        if (last.settled or not standing.over) and self._cleared(last):
            return standing
        return Standing(StepStatus(State.BUILDING, started=standing.status.started, tries=standing.status.tries))

    def _start(self, build: Build, files: BuildFiles, where: StepId, number: int) -> None:
        step = files.step(where, number)
        try:
            with step.taken() as lock:
                if lock is not None:
                    if build.plan.step(where).retry.max:
                        step.mark("retries")
                    made = self._command(build, files, where, number)
                    self._spawn(made, step, lock=lock, workspace=files.workspace)
        except Refused as refusal:
            step.refuse(refusal.reason)
        except PlatformError as error:
            step.refuse(reason("CannotStart", error=str(error)))
        except (OSError, ValueError) as error:
            step.refuse(reason("CannotStart", error=getattr(error, "strerror", None) or str(error)))

    def _command(self, build: Build, files: BuildFiles, where: StepId, number: int) -> Command:
        made = command(build, files, where, machine=self._machine, checkout=self._checkout, number=number)
        if self._cache is None:
            return made
        tar = caching.find_tar(self._machine.path)
        wanted = caching.order(build, where, root=self._cache, workspace=files.workspace, tar=tar)
        if wanted is None:
            return made
        return replace(made, argv=caching.around(made.argv, wanted, files.step(where, number).directory))

    def _spawn(self, made: Command, step: StepFiles, *, lock: int, workspace: Path) -> None:
        step.write_isolation(made.isolation.kind)
        self._follower.expect(processes.start(step, made, lock=lock, workspace=workspace))

    def _follow(self, build: Build, files: BuildFiles, steps: Iterable[StepId]) -> None:
        logs = {build.log_prefix / str(where): files.step(where) for where in steps}
        begun = {path: step for path, step in logs.items() if step.output.exists()}
        self._follower.follow(files, begun, build.secrets.values())

    def _remind(self, key: str, dues: Sequence[datetime]) -> None:
        if dues:
            self._follower.remind(key, min(dues) - datetime.now(UTC))

    def _stop_by(self, files: BuildFiles, grace: timedelta) -> datetime:
        """When patience ends: by the first call, or sooner if a later one is less patient."""
        asked = datetime.now(UTC) + grace
        known = files.stop_by()
        if known is not None and known <= asked:
            return known
        files.write_stop(asked)
        return asked

    def _stopped(self, step: StepFiles, *, kill: bool) -> bool:
        """Ask or force the step to end; whether nothing of it is alive."""
        if not step.alive():
            return self._cleared(step)
        step.mark("stopped")
        asked_before = step.has("asked")
        if not asked_before:
            processes.ask_to_end(step)
            step.mark("asked")  # only now: a crash in between must not cost the step its chance to end by itself
        if not kill:
            return False
        if asked_before:
            step.mark("killed")
        self._cleared(step)
        processes.end(step)
        deadline = time.monotonic() + VANISH_SECONDS
        while step.alive() and time.monotonic() < deadline:
            time.sleep(0.002)
        return not step.alive() and self._cleared(step)

    def _cleared(self, step: StepFiles) -> bool:
        """Whether nothing survives the step's supervisor, where the kernel does not see to that by itself."""
        match step.isolation:
            case Kind.NAMESPACE | Kind.USER_NAMESPACE:
                return True
            case Kind.CGROUP:
                processes.remove_cgroup(step)
                return True
            case Kind.MARKER:
                return step.has("cleared") or (processes.sweep(step) and step.mark("cleared"))
            case Kind.CONTAINER:
                return step.has("cleared") or (self._container_gone(step) and step.mark("cleared"))

    def _container_gone(self, step: StepFiles) -> bool:
        tool = self._machine.container_tool
        return tool is not None and containers.remove(tool, containers.container_name(step.name))


def _note(step: StepFiles, plan: StepPlan) -> Reason | None:
    if plan.kind is StepKind.PUBLISH_IMAGE:
        return publish_image.note(plan, step)
    if not plan.image or step.isolation == Kind.CONTAINER:
        return None
    return reason("ImageIgnored", image=plan.image)
