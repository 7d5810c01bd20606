"""An installation of the platform whose processes can be killed and started again, and a client of its API."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from tests.servers.platform import ROOT, UNSET
from tests.servers.process import LOOPBACK, START_SECONDS, free_port

ADMIN = "admin"
PASSWORD = "correct-horse-battery"
PROJECT = "Storefront"


class Installation:
    """Processes that share the folder ``home``; each leads a process group of its own."""

    def __init__(self, home: Path, env: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._log = (home / "log").open("ab")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.env = {
            **os.environ,
            **UNSET,
            "ADMIN_PASSWORD": PASSWORD,
            "DATA_DIR": str(home / "data"),
            "DJANGO_SETTINGS_MODULE": "devops_platform.settings",
            "LOCAL_REPOSITORIES": str(home),
            "PORT": str(self.port),
            **(env or {}),
        }

    def start(self, name: str, *command: str) -> None:
        """Start ``python <command>`` under a name to kill it by."""
        self._processes[name] = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """End the process at once, with no chance to tidy up."""
        process = self._processes.pop(name)
        os.killpg(process.pid, 9)
        process.wait()

    def serve(self) -> None:
        """Start the one command that is everything, and wait until it answers."""
        self.start("serve", "manage.py", "serve")
        self.wait_for_an_answer()

    def wait_for_an_answer(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.url}/readyz", timeout=START_SECONDS, trust_env=False).is_success:
                    return
            except httpx2.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"no answer\n{self.said}")

    @property
    def said(self) -> str:
        return (self.home / "log").read_text(errors="replace")[-4000:]

    def close(self) -> None:
        for name in tuple(self._processes):
            self.kill(name)
        self._log.close()


class Client:
    """The API as a program uses it, with a token of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = _new_token(url)
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's document. Raises when the status is not a success."""
        answer = self._send(method, path, body, headers)
        return answer.json()

    def bytes_of(self, path: str) -> bytes:
        content: bytes = self._send("GET", path, None, {}).content
        return content

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> httpx2.Response:
        answer = httpx2.request(
            method,
            f"{self.url}/api/v1/{path}",
            json=body,
            headers={**self.headers, **headers},
            timeout=START_SECONDS,
            trust_env=False,
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer


def _new_token(url: str) -> str:
    with httpx2.Client(base_url=url, timeout=START_SECONDS, trust_env=False, follow_redirects=True) as browser:
        browser.get("/login/")
        form = {"username": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/login/", data=form).raise_for_status()
        wanted = {"name": "resilience", "scopes": ["read", "run", "write", "admin"]}
        made = browser.post("/api/v1/tokens", json=wanted, headers={"X-CSRFToken": browser.cookies["csrftoken"]})
        token: str = made.raise_for_status().json()["token"]
        return token


def project_of(client: Client, *, quota: int) -> str:
    """A new project's id."""
    project: str = client.call("POST", "projects", {"name": PROJECT})["id"]
    client.call("PUT", f"projects/{project}/settings/executor-quota", {"value": str(quota)})
    return project


def pipeline_at(client: Client, project: str, repository: Path) -> str:
    """A new pipeline's path in the API."""
    spec = {"repositoryUrl": str(repository), "currentBranch": "main"}
    made = client.call("POST", f"projects/{project}/pipelines", {"name": "shop", "spec": spec})
    return f"projects/{project}/pipelines/{made['name']}"


def logs_of(execution: Mapping[str, Any]) -> list[str]:
    """``<attempt>/<stage>.<step>`` of every step of a run."""
    return [
        f"{step['attempt']}/{stage_index}.{step_index}"
        for stage_index, stage in enumerate(execution["status"]["stages"])
        for step_index, step in enumerate(stage["steps"])
    ]
