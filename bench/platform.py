"""This platform as a peer: ``manage.py serve`` with a data folder of its own, driven as a browser or script would."""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from bench.peer import BIGLOG, HELLO, MARK, STAGES, TICKER, WIDTH, end, free_port, spawn

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
# What surrounds the measurement must not choose the mode that is measured.
UNSET = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "SEAL_KEYS", "ALLOWED_HOSTS"), "")
PIPELINE = "/api/v1/projects/demo/pipelines/tally/executions"
RUN = "projects/demo/executions"
JOBS = {
    "hello": [[HELLO]],
    "grid": [["true"] * WIDTH] * STAGES,
    "biglog": [[BIGLOG]],
    "ticker": [[TICKER]],
}


def pipeline_file(stages: Sequence[Sequence[str]]) -> str:
    """A pipeline file of scripts, as JSON, which is YAML. The platform puts its checkout stage before them."""
    return json.dumps(
        {
            "stages": [
                {
                    "name": f"stage {number}",
                    "steps": [{"runScriptConfig": {"image": "alpine", "shellScript": script}} for script in scripts],
                }
                for number, scripts in enumerate(stages)
            ]
        }
    )


class Platform:
    """``data`` may be kept from an earlier start; the first one takes longer."""

    name = "platform"

    def __init__(self, data: Path) -> None:
        self._data = data
        self._log = data.with_name("platform.log")
        self._process: Popen[bytes] | None = None

    @property
    def pids(self) -> Sequence[int]:
        return (self._process.pid,) if self._process else ()

    async def start(self) -> float:
        """Seconds from the command to the first page."""
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._sockets = f"ws://127.0.0.1:{port}/ws"
        own = {"DATA_DIR": str(self._data), "PORT": str(port), "HOST": "127.0.0.1", "LOG_LEVEL": "WARNING"}
        self._http = httpx2.AsyncClient(base_url=self._url, timeout=120, trust_env=False)
        begin = time.monotonic()
        command = [sys.executable, str(ROOT / "manage.py"), "serve"]
        self._process = spawn(command, log=self._log, env={**UNSET, **own})
        while time.monotonic() - begin < START_SECONDS and self._process.poll() is None:
            try:
                (await self._http.get("/login/")).raise_for_status()
            except httpx2.ConnectError:
                await asyncio.sleep(0.02)
            else:
                return time.monotonic() - begin
        raise RuntimeError(f"the platform did not start:\n{self._log.read_text()[-2000:]}")

    async def stop(self) -> None:
        await self._http.aclose()
        if self._process:
            await asyncio.to_thread(end, self._process)
            self._process = None

    async def log_in(self) -> None:
        """Get a token of the administrator, whose password the first start has printed."""
        found = re.search(r"Sign in as (\S+) with the password (\S+)", self._log.read_text())
        assert found, "the first start prints the password"
        await self._http.get("/login/")
        form = {"username": found[1], "password": found[2], "csrfmiddlewaretoken": self._http.cookies["csrftoken"]}
        origin = {"Origin": self._url, "Referer": self._url}
        (await self._http.post("/login/", data=form, headers=origin, follow_redirects=True)).raise_for_status()
        made = await self._http.post(
            "/api/v1/tokens",
            json={"name": "bench", "scopes": ["read", "run"]},
            headers={**origin, "X-CSRFToken": self._http.cookies["csrftoken"]},
        )
        made.raise_for_status()
        self._bearer = {"Authorization": f"Bearer {made.json()['token']}"}
        self._http.cookies.clear()
        self._http.headers.update(self._bearer)

    async def trigger(self, job: str) -> str:
        answer = await self._http.post(PIPELINE, json={"file": pipeline_file(JOBS[job])})
        answer.raise_for_status()
        return str(answer.json()["name"])

    async def first_output(self, run: str) -> None:
        async with self._socket(run) as socket:
            await socket.send(_follow("1/1.0"))
            async for frame in socket:
                if isinstance(frame, bytes) and MARK.encode() in frame:
                    return

    async def finished(self, run: str) -> None:
        async with self._socket(run) as socket:
            async for frame in socket:
                if isinstance(frame, str) and (state := _end(json.loads(frame))):
                    if state != "Success":
                        raise RuntimeError(f"{run} ended {state}")
                    return

    async def log(self, run: str) -> bytes:
        answer = await self._http.get(f"/api/v1/{RUN}/{run}/logs/1/1.0")
        answer.raise_for_status()
        return answer.content

    async def follow(self, run: str) -> AsyncIterator[bytes]:
        async with self._socket(run) as socket:
            await socket.send(_follow("1/1.0"))
            async for frame in socket:
                if not isinstance(frame, bytes):
                    continue
                header, _, data = frame.partition(b"\n")
                if json.loads(header).get("sealed"):
                    return
                yield data

    def _socket(self, run: str) -> connect:
        return connect(
            f"{self._sockets}/{RUN}/{run}/",
            additional_headers=self._bearer,
            max_size=None,
            compression=None,
            proxy=None,
        )


def _follow(log: str) -> str:
    return json.dumps({"type": "follow", "log": log, "offset": 0})


def _end(frame: dict[str, Any]) -> str:
    """The final state in a state frame; empty while the run goes on."""
    execution = frame["execution"]
    return str(execution["status"]["executionState"]) if execution["ended"] else ""
