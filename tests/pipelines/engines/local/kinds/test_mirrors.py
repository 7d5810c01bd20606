"""Package managers in a step really ask the mirrors of the project's settings. Each mirror knows no package at all."""

import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from pipelines.engines.local.kinds import maven
from pipelines.planning import network_environment
from pipelines.preferences import effective
from tests.contracts.engine import script
from tests.pipelines.engines.local.kinds.world import House

PIP = "python3 -m pip download --disable-pip-version-check --no-deps --no-cache-dir nothing-such==1"
NPM = "npm view nothing-such"
GO = "go mod download example.com/nothing/such@v1.0.0"
MAVEN = 'mvn -B -q $MAVEN_ARGS "-Dmaven.repo.local=$HOME/m2" com.example:nothing-such:1:go'


class Mirror(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Nothing)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Nothing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Mirror)
        self.server.asked.append(self.path)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("tool", "setting", "place", "command"),
    [
        pytest.param("pip3", "pip-mirror", "/simple", PIP, id="pip"),
        pytest.param("npm", "npm-mirror", "/npm", NPM, id="npm"),
        pytest.param("go", "go-proxy", "/go", GO, id="Go"),
        pytest.param("mvn", "maven-mirror", "/maven2", MAVEN, id="Maven"),
    ],
)
def test_a_step_asks_the_mirror(
    tmp_path: Path, mirror: Mirror, tool: str, setting: str, place: str, command: str
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    env = network_environment(effective({setting: mirror.url + place}))
    house = House(tmp_path, path=os.environ["PATH"])
    house.run(script(command, env=env), {})
    assert [path for path in mirror.asked if path.startswith(f"{place}/") and "such" in path], house.log()


def test_without_a_mirror_maven_is_left_alone(tmp_path: Path) -> None:
    assert maven.environment({}, tmp_path) == {}
    assert not list(tmp_path.iterdir())


def test_an_address_is_text_in_the_settings_of_maven(tmp_path: Path) -> None:
    url = "https://mirror.example.com/?a=1&b=<x>"
    maven.environment({"MAVEN_MIRROR_URL": url}, tmp_path)
    assert "<url>https://mirror.example.com/?a=1&amp;b=&lt;x&gt;</url>" in (tmp_path / "maven-settings.xml").read_text()


def test_only_a_mirror_without_tls_is_trusted_without_it() -> None:
    plain = network_environment(effective({"pip-mirror": "http://mirror.example.com:8081/simple"}))
    safe = network_environment(effective({"pip-mirror": "https://mirror.example.com/simple"}))
    assert plain["PIP_TRUSTED_HOST"] == "mirror.example.com:8081"
    assert "PIP_TRUSTED_HOST" not in safe
