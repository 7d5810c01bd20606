"""What is executed for a step: argument list and environment. User text is a file or a variable, never an argument."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepId, StepKind, StepPlan
from pipelines.engines.base import Build, Source
from pipelines.engines.local import containers
from pipelines.engines.local.files import BuildFiles, StepFiles
from pipelines.engines.local.isolation import CONTAINER, Isolation
from pipelines.engines.local.kinds import maven, publish_catalog, publish_image
from pipelines.engines.local.refusal import Refused

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INHERITED = (
    *("HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"),
    *("NODE_EXTRA_CA_CERTS", "PIP_CERT", "NPM_CONFIG_CAFILE", "npm_config_cafile"),
)
DEADLINE_GRACE = 10  # seconds between asking and killing when a step has used up its time


class Program(Protocol):
    """A command and the variables it needs."""

    @property
    def argv(self) -> tuple[str, ...]: ...

    @property
    def env(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Command:
    argv: tuple[str, ...]
    env: Mapping[str, str]
    isolation: Isolation


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine offers to steps. ``container_tool`` is podman or docker, where one works.

    ``env`` is what every step outside a container finds in its environment: the home of the platform's user, so that
    tools find the configuration and caches of this trusted machine, and how the outside is reached.
    """

    isolation: Isolation
    container_tool: str | None = None
    container_env: Mapping[str, str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    path: str = PATH


def command(
    build: Build,
    files: BuildFiles,
    where: StepId,
    *,
    machine: Machine,
    checkout: Callable[[Source], Program],
    number: int = 1,
) -> Command:
    """The command of a step's try; writes its script down. Raises Refused, OSError, and what ``checkout`` raises."""
    plan = build.plan.step(where)
    base = {**machine.env, "PATH": machine.path, "LANG": "C.UTF-8", "CI": "true", **build.plan.variables}
    match plan.kind:
        case StepKind.SOURCE_CODE:
            program = checkout(build.source)
            return Command(limited(program.argv, plan, machine.path), {**base, **program.env}, machine.isolation)
        case StepKind.RUN_SCRIPT:
            own = {**maven.environment(plan.env, files.home), **plan.env, **_secrets(build, plan)}
            step = files.step(where, number)
            script = written(step, plan.script)
            if machine.container_tool and plan.image:
                own = {**build.plan.variables, **own}
                return _contained(machine, files, step, plan=plan, script=script, own=own)
            return Command(limited(script, plan, machine.path), {**base, **own}, machine.isolation)
        case StepKind.PUBLISH_IMAGE | StepKind.PUBLISH_CATALOG:
            made = _platforms_own(build, files, files.step(where, number), plan=plan, path=machine.path)
            return Command(limited(made.argv, plan, machine.path), {**base, **made.env}, machine.isolation)
        case other:
            raise Refused(reason("NotUnderstood", kind=other.value))


def _platforms_own(build: Build, files: BuildFiles, step: StepFiles, *, plan: StepPlan, path: str) -> Program:
    """The program of a kind that has no script of the user's."""
    secrets = _secrets(build, plan)
    if plan.kind is StepKind.PUBLISH_CATALOG:
        return publish_catalog.program(plan, step, secrets=secrets, variables=build.plan.variables, path=path)
    return publish_image.program(plan, step, secrets=secrets, storage=files.shared("images"), path=path)


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """What steps take over from the platform's own environment; secrets of the platform are not among it."""
    return {name: environment[name] for name in INHERITED if name in environment}


def written(step: StepFiles, script: str) -> tuple[str, ...]:
    """Write ``script`` down and tell how it is run: by its own first line if that names an interpreter, else by sh -e.

    Not with ``-x``: a trace shows the values of secrets before the commands do.
    """
    step.write_script(script)
    return (str(step.script),) if script.startswith("#!") else ("/bin/sh", "-e", str(step.script))


def limited(argv: tuple[str, ...], plan: StepPlan, path: str) -> tuple[str, ...]:
    """``argv`` under the step's time limit, which holds while the platform is down, too."""
    if not plan.timeout:
        return argv
    timeout = shutil.which("timeout", path=path)
    if timeout is None:
        raise Refused(reason("CannotStart", error="a time limit needs the program timeout, which is not installed"))
    return (timeout, "-k", str(DEADLINE_GRACE), str(plan.timeout * 60), *argv)


def _contained(
    machine: Machine,
    files: BuildFiles,
    step: StepFiles,
    *,
    plan: StepPlan,
    script: tuple[str, ...],
    own: Mapping[str, str],
) -> Command:
    assert machine.container_tool is not None
    env = {"HOME": str(files.home), "LANG": "C.UTF-8", "CI": "true", **own}
    container = containers.Container(
        name=containers.container_name(step.name),
        image=plan.image,
        mounts=(files.workspace, files.home, step.script),
        workdir=files.workspace,
    )
    argv = containers.run_command(machine.container_tool, container, env=env, command=script)
    return Command(
        limited(argv, plan, machine.path), {"PATH": machine.path, **(machine.container_env or {}), **env}, CONTAINER
    )


def _secrets(build: Build, plan: StepPlan) -> dict[str, str]:
    missing = next((ref for ref in plan.secrets if ref not in build.secrets), None)
    if missing:
        raise Refused(reason("SecretMissing", name=missing.source, key=missing.key))
    return {ref.target: build.secrets[ref] for ref in plan.secrets}
