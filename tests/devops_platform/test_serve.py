"""The one command, as a process of its own on a fresh data directory."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.platform import UNSET

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30  # seconds


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, **UNSET, "DATA_DIR": str(data), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    environment |= {"DJANGO_SETTINGS_MODULE": "devops_platform.settings"}
    command = [sys.executable, "manage.py", "serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def status_of(port: int, path: str) -> int:
    """The status of a page; until the server listens, the question is asked again."""
    for _ in range(PATIENCE * 20):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError("nobody listens")


@pytest.mark.timeout(90)
def test_serve_starts_on_nothing_and_ends_soon_when_told_to(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path / "data", port) as server:
        assert status_of(port, "/admin/login/") == 200
        held = socket.create_connection(("127.0.0.1", port))  # a client that says nothing
        told = time.monotonic()
        server.send_signal(signal.SIGTERM)
        printed, _ = server.communicate(timeout=PATIENCE)
        held.close()
    assert server.returncode == 0
    assert time.monotonic() - told < 10
    assert f"http://127.0.0.1:{port}" in printed
    assert re.search(r"admin .*password \S{16,}", printed)


@pytest.mark.timeout(90)
def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(tmp_path, port) as server:
            printed, errors = server.communicate(timeout=PATIENCE)
    assert server.returncode == 1
    assert printed == ""
    assert str(port) in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.timeout(90)
def test_one_folder_of_data_has_one_server(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as first:
        assert status_of(port, "/admin/login/") == 200
        with serving(tmp_path, free_port()) as second:
            _, errors = second.communicate(timeout=PATIENCE)
        assert first.poll() is None
    assert second.returncode == 1
    assert str(tmp_path) in errors
    assert len(errors.splitlines()) == 1
