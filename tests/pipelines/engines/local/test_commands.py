from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from pipelines.definition.messages import reason
from pipelines.definition.runplan import RunPlan, SecretRef, StagePlan, StepId, StepKind, StepPlan
from pipelines.engines.base import Build, Source
from pipelines.engines.local.commands import Command, Machine, command, inherited
from pipelines.engines.local.containers import Container, container_name, run_command
from pipelines.engines.local.files import BuildFiles
from pipelines.engines.local.isolation import CONTAINER, MARKER, Kind, candidates
from pipelines.engines.local.refusal import Refused

FIRST = StepId(0, 0)
SECRET = SecretRef(source="api", key="token", target="API_TOKEN")


@dataclass(frozen=True)
class Cloning:
    argv: tuple[str, ...]
    env: Mapping[str, str]


def made(tmp_path: Path, step: StepPlan, *, machine: Machine | None = None, secret: str = "s3cret") -> Command:
    plan = RunPlan(stages=(StagePlan(name="A", steps=(step,)),), variables={"CICD_RUN": "7", "SAME": "plan"})
    values = {SECRET: secret} if secret else {}
    build = Build("key", plan, Source("url", "sha", "ref"), PurePosixPath("logs"), secrets=values)
    files = BuildFiles(tmp_path, "key")
    files.prepare()
    files.step(FIRST).directory.mkdir()
    return command(
        build,
        files,
        FIRST,
        machine=machine or Machine(MARKER),
        checkout=lambda source: Cloning(("clone",), vars_of(source)),
    )


def vars_of(source: Source) -> dict[str, str]:
    return {"COMMIT": source.commit}


def script(text: str = "make", **more: object) -> StepPlan:
    return StepPlan.model_validate({"name": "x", "kind": StepKind.RUN_SCRIPT, "script": text, **more})


def test_a_script_is_a_file_that_sh_runs_until_the_first_failure(tmp_path: Path) -> None:
    argv = made(tmp_path, script("echo '; rm -rf /'")).argv
    assert argv[:2] == ("/bin/sh", "-e")
    assert Path(argv[2]).read_text() == "echo '; rm -rf /'"


def test_a_script_that_names_its_interpreter_is_run_by_it(tmp_path: Path) -> None:
    (program,) = made(tmp_path, script("#!/usr/bin/env python3\nprint()")).argv
    assert Path(program).stat().st_mode & 0o777 == 0o700


def test_the_environment_is_clean_and_the_step_has_the_last_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the platform")
    env = made(tmp_path, script(env={"SAME": "step"}, secrets=(SECRET,))).env
    assert {name: env[name] for name in ("CICD_RUN", "SAME", "API_TOKEN", "CI")} == {
        "CICD_RUN": "7",
        "SAME": "step",
        "API_TOKEN": "s3cret",
        "CI": "true",
    }
    assert "SECRET_KEY" not in env


def test_of_the_platforms_environment_steps_get_only_how_the_outside_is_reached() -> None:
    own = {"HOME": "/home/ci", "HTTPS_PROXY": "http://proxy:3128", "SECRET_KEY": "x", "DATABASE_URL": "y"}
    assert inherited(own) == {"HOME": "/home/ci", "HTTPS_PROXY": "http://proxy:3128"}


def test_a_secret_without_a_value_refuses_the_step(tmp_path: Path) -> None:
    step = script(secrets=(SECRET,))
    with pytest.raises(Refused) as caught:
        made(tmp_path, step, secret="")
    assert caught.value.reason == reason("SecretMissing", name="api", key="token")


def test_a_limit_in_minutes_is_kept_by_a_program(tmp_path: Path) -> None:
    argv = made(tmp_path, script(timeout=2)).argv
    assert (Path(argv[0]).name, *argv[1:4]) == ("timeout", "-k", "10", "120")


def test_sources_come_as_the_code_host_says(tmp_path: Path) -> None:
    found = made(tmp_path, StepPlan(name="Clone", kind=StepKind.SOURCE_CODE))
    assert (found.argv, found.env["COMMIT"]) == (("clone",), "sha")


@pytest.mark.parametrize("kind", sorted({StepKind.APPLY_YAML, StepKind.APPLY_APP, StepKind.APPROVAL}))
def test_another_kind_is_refused_in_one_sentence(tmp_path: Path, kind: StepKind) -> None:
    step = StepPlan(name="x", kind=kind)
    with pytest.raises(Refused) as caught:
        made(tmp_path, step)
    assert caught.value.reason == reason("NotUnderstood", kind=kind.value)


def test_a_container_gets_names_of_variables_and_never_values(tmp_path: Path) -> None:
    machine = Machine(MARKER, container_tool="/usr/bin/podman", container_env={"XDG_RUNTIME_DIR": "/run/1"})
    found = made(tmp_path, script(image="python:3.12", secrets=(SECRET,)), machine=machine)
    assert found.isolation == CONTAINER
    assert found.argv[:2] == ("/usr/bin/podman", "run")
    assert "--env=API_TOKEN" in found.argv
    assert "s3cret" not in " ".join(found.argv)
    assert (found.env["API_TOKEN"], found.env["XDG_RUNTIME_DIR"]) == ("s3cret", "/run/1")


def test_a_step_without_image_needs_no_container(tmp_path: Path) -> None:
    assert made(tmp_path, script(), machine=Machine(MARKER, container_tool="podman")).isolation == MARKER


def test_the_command_line_of_a_container_is_constant_but_for_its_data() -> None:
    container = Container("b-0-0-1", "--evil", (Path("/w"), Path("/s")), Path("/w"))
    assert run_command("docker", container, env={"B": "", "A": ""}, command=("/bin/sh", "-e", "/s")) == (
        *("docker", "run", "--rm", "--init", "--name=b-0-0-1", "--workdir=/w", "--volume=/w:/w", "--volume=/s:/s"),
        *("--env=A", "--env=B", "--entrypoint=", "--", "--evil", "/bin/sh", "-e", "/s"),
    )


def test_the_name_of_a_container_is_one_for_each_try() -> None:
    assert container_name("run%3A12/0.1.1").startswith("run-3a12-0-1-1-")
    assert container_name("a-b/0.1.1") != container_name("a.b/0.1.1")


@pytest.mark.parametrize(
    ("uid", "unshare", "kinds"),
    [
        pytest.param(0, "/bin/unshare", [Kind.NAMESPACE, Kind.USER_NAMESPACE], id="the superuser keeps all its users"),
        pytest.param(1000, "/bin/unshare", [Kind.USER_NAMESPACE], id="an ordinary user needs a user namespace"),
        pytest.param(0, None, [], id="without unshare there are none"),
    ],
)
def test_namespaces_are_tried_by_user(uid: int, unshare: str | None, kinds: list[Kind]) -> None:
    assert [candidate.kind for candidate in candidates(uid, unshare)] == kinds
