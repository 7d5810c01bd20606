import base64
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepKind, StepPlan
from pipelines.engines.local.files import BuildFiles, StepFiles
from pipelines.engines.local.kinds import publish_image
from pipelines.engines.local.refusal import Refused
from pipelines.states import State
from tests.contracts.engine import until
from tests.pipelines.engines.local.kinds.world import SECOND, House, secret

REAL = pytest.mark.skipif(
    shutil.which("buildah") is None or shutil.which("docker-registry") is None,
    reason="needs buildah and docker-registry",
)
SCRATCH = {"Dockerfile": "FROM scratch\nCOPY hello /hello\n", "hello": "hello"}
HTPASSWD = "alice:$2y$04$abcdefghijklmnopqrstuuzQDw2v3CQSMowG.sq3X.nH1lfmlmQMW\n"  # bcrypt of the password in LOGIN
LOGIN = secret(USERNAME="alice", PASSWORD="s3cret-word")


def publish(image: str, *, remote: bool = False, **more: object) -> StepPlan:
    config = {"dockerfilePath": "./Dockerfile", "buildContext": ".", "tag": "x", "pushRemote": remote, "image": image}
    return StepPlan.model_validate({"name": "publish", "kind": StepKind.PUBLISH_IMAGE, "config": config, **more})


@pytest.fixture
def step(tmp_path: Path) -> StepFiles:
    files = BuildFiles(tmp_path, "key")
    files.prepare()
    found = files.step(SECOND)
    found.directory.mkdir()
    return found


@pytest.fixture
def tools(tmp_path: Path) -> str:
    """A PATH on which buildah seems to be."""
    program = tmp_path / "bin" / "buildah"
    program.parent.mkdir()
    program.touch(mode=0o755)
    return str(program.parent)


@pytest.mark.parametrize(
    ("image", "remote", "full"),
    [
        pytest.param("127.0.0.1:5000/app:1", False, "127.0.0.1:5000/app:1", id="the project's own registry"),
        pytest.param("registry.example.com/app:1", True, "registry.example.com/app:1", id="another registry"),
        pytest.param("team/app:1", True, "docker.io/team/app:1", id="no host is Docker Hub"),
    ],
)
def test_where_an_image_goes(image: str, remote: bool, full: str) -> None:
    assert publish_image.full_reference(image, remote=remote) == full


def test_a_project_without_registry_is_told_so() -> None:
    with pytest.raises(Refused) as caught:
        publish_image.full_reference("app:1", remote=False)
    assert caught.value.reason == reason("RegistryMissing")


@pytest.mark.parametrize(
    ("host", "verify"),
    [
        ("127.0.0.1:5000", "false"),
        ("localhost:5000", "false"),
        ("[::1]:5000", "false"),
        ("registry.example.com", "true"),
        ("127.0.0.1.example.com", "true"),
    ],
)
def test_only_registries_of_this_machine_may_speak_plain_http(
    step: StepFiles, tools: str, host: str, verify: str
) -> None:
    made = publish_image.program(publish(f"{host}/app:1"), step, secrets={}, storage=Path("/s"), path=tools)
    assert made.env["PUBLISH_TLS_VERIFY"] == verify


def test_texts_of_the_file_are_variables_and_never_arguments(step: StepFiles, tools: str) -> None:
    evil = "registry.example.com/$(reboot):1"
    made = publish_image.program(publish(evil), step, secrets={}, storage=Path("/s"), path=tools)
    assert made.env["PUBLISH_IMAGE"] == evil
    assert evil not in " ".join(made.argv)


@pytest.mark.parametrize("names", publish_image.LOGINS)
def test_a_log_in_is_in_a_private_file_and_nowhere_else(step: StepFiles, tools: str, names: tuple[str, str]) -> None:
    secrets = dict(zip(names, ("alice", "s3cret"), strict=True))
    made = publish_image.program(publish("h.example/app:1"), step, secrets=secrets, storage=Path("/s"), path=tools)
    file = Path(made.env["REGISTRY_AUTH_FILE"])
    assert file.stat().st_mode & 0o777 == 0o600
    auth = json.loads(file.read_text())["auths"]["h.example"]["auth"]
    assert base64.b64decode(auth) == b"alice:s3cret"
    assert "s3cret" not in str(made)


def test_a_machine_without_buildah_says_how_to_get_it(tmp_path: Path) -> None:
    found = House(tmp_path, path="/nowhere").run(publish("127.0.0.1:1/app:1"), {})
    assert (found.state, found.reason) == (
        State.FAILED,
        reason("ToolMissing", tool="buildah", how="apt install buildah"),
    )


@dataclass(frozen=True)
class Registry:
    host: str
    login: str = ""

    def digest(self, image: str) -> str:
        """As the registry has it."""
        repository, _, tag = image.removeprefix(f"{self.host}/").partition(":")
        headers = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
        if self.login:
            headers["Authorization"] = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        with urlopen(Request(f"http://{self.host}/v2/{repository}/manifests/{tag}", headers=headers)) as answer:
            return str(answer.headers["Docker-Content-Digest"])


def serve(directory: Path, *, login: str = "") -> Iterator[Registry]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    directory.mkdir()
    config: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    if login:
        (directory / "htpasswd").write_text(HTPASSWD)
        config["auth"] = {"htpasswd": {"realm": "test", "path": str(directory / "htpasswd")}}
    (directory / "config.yml").write_text(json.dumps(config))
    process = subprocess.Popen(
        ["docker-registry", "serve", str(directory / "config.yml")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _listens(port))
        yield Registry(f"127.0.0.1:{port}", login)
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    yield from serve(tmp_path / "registry")


@pytest.fixture
def closed_registry(tmp_path: Path) -> Iterator[Registry]:
    yield from serve(tmp_path / "registry", login="alice:s3cret-word")


@REAL
def test_an_image_is_built_and_pushed_and_its_digest_known(tmp_path: Path, registry: Registry) -> None:
    image = f"{registry.host}/team/app:1"
    house = House(tmp_path)
    found = house.run(publish(image), SCRATCH)
    assert found.state is State.SUCCESS, house.log()
    assert found.note == reason("ImagePushed", image=image, digest=registry.digest(image))


@REAL
def test_a_failed_build_pushes_nothing(tmp_path: Path, registry: Registry) -> None:
    found = House(tmp_path).run(publish(f"{registry.host}/app:1"), {"Dockerfile": "FROM scratch\nCOPY gone /\n"})
    assert (found.state, found.note) == (State.FAILED, None)


@REAL
def test_a_log_in_comes_from_the_secrets_of_the_step_and_is_gone_afterwards(
    tmp_path: Path, closed_registry: Registry
) -> None:
    image = f"{closed_registry.host}/app:1"
    house = House(tmp_path)
    found = house.run(publish(image, secrets=tuple(LOGIN)), SCRATCH, secrets=LOGIN)
    assert found.state is State.SUCCESS, house.log()
    assert found.note == reason("ImagePushed", image=image, digest=closed_registry.digest(image))
    assert base64.b64encode(b"alice:s3cret-word").decode() not in house.kept()
    assert not list(house.root.rglob("auth.json"))


@REAL
def test_without_the_log_in_nothing_is_pushed(tmp_path: Path, closed_registry: Registry) -> None:
    found = House(tmp_path).run(publish(f"{closed_registry.host}/app:1"), SCRATCH)
    assert (found.state, found.note) == (State.FAILED, None)


@REAL
def test_a_push_that_fails_leaves_neither_image_nor_log_in(tmp_path: Path, closed_registry: Registry) -> None:
    wrong = secret(USERNAME="alice", PASSWORD="wrong-word")
    house = House(tmp_path)
    found = house.run(publish(f"{closed_registry.host}/app:1", secrets=tuple(wrong)), SCRATCH, secrets=wrong)
    assert found.state is State.FAILED
    assert not list(house.root.rglob("auth.json"))
    assert [json.loads(file.read_text()) for file in house.root.rglob("*-images/images.json")] == [[]]


@REAL
def test_two_images_of_one_machine_are_built_one_after_the_other_in_one_storage(
    tmp_path: Path, registry: Registry
) -> None:
    house = House(tmp_path)
    for number in ("1", "2"):
        found = house.run(publish(f"{registry.host}/app:{number}"), {**SCRATCH, "hello": number}, key=number)
        assert found.state is State.SUCCESS, house.log()
    assert set(house.engine.kept()) == {"1", "2"}
    assert [json.loads(file.read_text()) for file in house.root.rglob("*-images/images.json")] == [[]]
