from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from pytest_django.fixtures import Settings

from devops_platform.asgi import application
from devops_platform.lockfile import held

NOWHERE = "/ws/nowhere"


def conversation(scope: dict[str, Any]) -> Any:
    return ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]  # asgiref's has no types


async def answer_to(path: str, headers: list[tuple[bytes, bytes]]) -> str:
    """The first thing that the server is told about a socket that asks to be opened."""
    scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b"", "subprotocols": []}
    socket = conversation(scope)
    await socket.send_input({"type": "websocket.connect"})
    told: dict[str, Any] = await socket.receive_output(timeout=10)
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(timeout=10)
    return str(told["type"])


@pytest.mark.django_db(transaction=True)  # the session's middleware looks after its connection
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"origin", b"http://localhost")], id="from this site"),
        pytest.param([(b"origin", b"http://evil.example")], id="from another site"),
        pytest.param([], id="from no site"),
        pytest.param([(b"authorization", b"Bearer x")], id="with a token"),
    ],
)
async def test_a_socket_to_nowhere_is_refused_and_is_no_error(headers: list[tuple[bytes, bytes]]) -> None:
    assert await answer_to(NOWHERE, headers) == "websocket.close"


async def lived_through() -> list[str]:
    """What the server is told while it starts and ends."""
    server = conversation({"type": "lifespan", "asgi": {}})
    told: list[dict[str, Any]] = []
    for event in ("startup", "shutdown"):
        await server.send_input({"type": f"lifespan.{event}"})
        told.append(await server.receive_output(timeout=20))
    await server.wait(timeout=10)
    return [message["type"] for message in told]


@pytest.mark.django_db(transaction=True)
async def test_the_server_starts_and_ends_with_its_tasks(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert await lived_through() == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    with held(tmp_path / "celery.lock"):
        pass


async def test_a_second_server_process_leaves_the_tasks_to_the_first(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    with held(tmp_path / "celery.lock"):
        assert await lived_through() == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
