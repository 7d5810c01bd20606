"""Buildbot as a peer: one master on SQLite and two workers, over loopback, as its manual sets them up.

Its programs are looked for in ``$BUILDBOT`` (a virtual environment) and ``build/bench-venv``, where they are
installed on demand when a package index can be reached.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from string import Template
from subprocess import Popen
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from bench.peer import BIGLOG, HELLO, MARK, STAGES, WIDTH, end, free_port, spawn

OWN_VENV = Path(__file__).resolve().parent.parent / "build" / "bench-venv"
PACKAGES = ("buildbot==4.3.*", "buildbot-worker==4.3.*", "buildbot-www==4.3.*")
INSTALL_SECONDS = 240
START_SECONDS = 60
WORKERS = ("one", "two")
STREAMS = ("builds/*/*", "steps/*/*", "logs/*/*")

# A worker takes one build of a builder at a time, so that two workers are a limit of two.
MASTER = Template(
    """
from buildbot.plugins import schedulers, steps, util, worker
workers = $workers
def command(*argv):
    return steps.ShellCommand(name="run", command=list(argv), logEnviron=False)
def builder(name, *made):
    return util.BuilderConfig(name=name, workernames=workers, factory=util.BuildFactory(made))
cells = ["true%d" % number for number in range($width)]
stages = [
    steps.Trigger(name="stage%d" % number, schedulerNames=["stage"], waitForFinish=True) for number in range($stages)
]
BuildmasterConfig = {
    "buildbotNetUsageData": None,
    "collapseRequests": False,
    "title": "bench",
    "titleURL": "http://127.0.0.1:$port/",
    "buildbotURL": "http://127.0.0.1:$port/",
    "db": {"db_url": "sqlite:///state.sqlite"},
    "protocols": {"pb": {"port": "tcp:$pb:interface=127.0.0.1"}},
    "www": {"port": "tcp:$port:interface=127.0.0.1", "plugins": {}},
    "workers": [worker.Worker(name, "bench", max_builds=8) for name in workers],
    "builders": [
        builder("hello", command("/bin/sh", "-c", $hello)),
        builder("biglog", command("/bin/sh", "-c", $biglog)),
        builder("grid", *stages),
        *(builder(name, command("true")) for name in cells),
    ],
    "schedulers": [
        schedulers.Triggerable(name="stage", builderNames=cells),
        *(schedulers.ForceScheduler(name="force-" + name, builderNames=[name]) for name in ("hello", "biglog", "grid")),
    ],
}
"""
)


def venv() -> Path | None:
    """Where Buildbot is, after an attempt to install it; None without it."""
    named = os.environ.get("BUILDBOT")
    for place in (Path(named) if named else OWN_VENV, OWN_VENV):
        if (place / "bin" / "buildbot").exists():
            return place
    try:
        subprocess.run([sys.executable, "-m", "venv", OWN_VENV], check=True, timeout=60)
        pip = [str(OWN_VENV / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        subprocess.run(pip, check=True, timeout=INSTALL_SECONDS, stdout=sys.stderr)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"Buildbot is left out: {error}", file=sys.stderr)
        return None
    return OWN_VENV


class Events:
    """What the master's event streams have told so far, and a wait for more."""

    def __init__(self) -> None:
        self.build_of: dict[int, int] = {}  # by build request
        self.results: dict[int, int] = {}  # by build, once it is complete
        self.log_of: dict[int, tuple[int, int]] = {}  # by build: its log and how many lines it has
        self._build_of_step: dict[int, int] = {}
        self._changed = asyncio.Condition()

    async def take(self, frame: str) -> None:
        event = json.loads(frame)
        if "k" not in event:
            return
        kind, *_ = event["k"].split("/")
        async with self._changed:
            self._note(kind, event["m"])
            self._changed.notify_all()

    def _note(self, kind: str, told: dict[str, Any]) -> None:
        match kind:
            case "builds":
                self.build_of[told["buildrequestid"]] = told["buildid"]
                if told["complete"]:
                    self.results[told["buildid"]] = told["results"]
            case "steps" if told["name"] == "run":
                self._build_of_step[told["stepid"]] = told["buildid"]
            case "logs" if told["stepid"] in self._build_of_step:
                self.log_of[self._build_of_step[told["stepid"]]] = told["logid"], told["num_lines"]

    async def until(self, known: Callable[[], Any]) -> Any:
        async with self._changed:
            await self._changed.wait_for(lambda: known() is not None)
            return known()


class Buildbot:
    name = "buildbot"

    def __init__(self, programs: Path, folder: Path) -> None:
        self._bin = programs / "bin"
        self._folder = folder / "buildbot"
        self._processes: list[Popen[bytes]] = []

    @property
    def pids(self) -> Sequence[int]:
        return [process.pid for process in self._processes]

    async def start(self) -> float:
        """Seconds from the command until both workers are ready to work."""
        port, pb = free_port(), free_port()
        await asyncio.to_thread(self._make, port, pb)
        self._http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v2", timeout=120, trust_env=False)
        begin = time.monotonic()
        programs = [("buildbot", "master"), *(("buildbot-worker", name) for name in WORKERS)]
        for program, place in programs:
            command = [str(self._bin / program), "start", "--nodaemon", str(self._folder / place)]
            self._processes.append(spawn(command, log=self._folder / f"{place}.log"))
        while time.monotonic() - begin < START_SECONDS:
            with suppress(httpx2.HTTPError):
                found = (await self._http.get("/workers")).json()["workers"]
                if sum(bool(worker["connected_to"]) for worker in found) == len(WORKERS):
                    break
            await asyncio.sleep(0.02)
        taken = time.monotonic() - begin
        builders = (await self._http.get("/builders")).json()["builders"]
        self._builders = {builder["name"]: builder["builderid"] for builder in builders}
        await self._listen(port)
        return taken

    def _make(self, port: int, pb: int) -> None:
        """Lay out the folders of the master and of the workers."""
        self._folder.mkdir(parents=True)
        steps = [["buildbot", "create-master", "--relocatable", str(self._folder / "master")]]
        steps += [
            ["buildbot-worker", "create-worker", str(self._folder / name), f"127.0.0.1:{pb}", name, "bench"]
            for name in WORKERS
        ]
        for program, *arguments in steps:
            subprocess.run([str(self._bin / program), *arguments], check=True, stdout=subprocess.DEVNULL)
        values = {"port": port, "pb": pb, "workers": list(WORKERS), "width": WIDTH, "stages": STAGES}
        text = MASTER.substitute(values, hello=repr(HELLO), biglog=repr(BIGLOG))
        (self._folder / "master" / "master.cfg").write_text(text)

    async def _listen(self, port: int) -> None:
        self._events = Events()
        self._socket = await connect(f"ws://127.0.0.1:{port}/ws", max_size=None, compression=None, proxy=None)
        for number, path in enumerate(STREAMS, 1):
            await self._socket.send(json.dumps({"cmd": "startConsuming", "path": path, "_id": number}))
        self._hearing = asyncio.create_task(_hear(self._socket, self._events))

    async def stop(self) -> None:
        if hasattr(self, "_socket"):
            self._hearing.cancel()
            await self._socket.close()
        if hasattr(self, "_http"):
            await self._http.aclose()
        for process in reversed(self._processes):
            await asyncio.to_thread(end, process)

    async def trigger(self, job: str) -> str:
        body = {"id": 1, "jsonrpc": "2.0", "method": "force", "params": {"builderid": self._builders[job]}}
        answer = (await self._http.post(f"/forceschedulers/force-{job}", json=body)).json()
        (request,) = answer["result"][1].values()
        return str(request)

    async def first_output(self, run: str) -> None:
        build = await self._build(run)
        seen = 0
        while True:
            log, seen = await self._events.until(partial(self._longer, build, seen))
            found = (await self._http.get(f"/logs/{log}/contents", params={"offset": 0, "limit": 50})).json()
            if MARK in found["logchunks"][0]["content"]:
                return

    def _longer(self, build: int, seen: int) -> tuple[int, int] | None:
        log, lines = self._events.log_of.get(build, (0, 0))
        return (log, lines) if lines > seen else None

    async def finished(self, run: str) -> None:
        build = await self._build(run)
        if await self._events.until(lambda: self._events.results.get(build)):
            raise RuntimeError(f"build {build} ended {self._events.results[build]}")

    async def _build(self, run: str) -> int:
        return int(await self._events.until(lambda: self._events.build_of.get(int(run))))

    async def log(self, run: str) -> bytes:
        log, _ = await self._events.until(lambda: self._longer(self._events.build_of[int(run)], 0))
        return (await self._http.get(f"/logs/{log}/raw")).content

    def follow(self, run: str) -> AsyncIterator[bytes]:
        """Left out: its workers hold back live lines for seconds, which compares nothing."""
        raise NotImplementedError


async def _hear(socket: ClientConnection, events: Events) -> None:
    async for frame in socket:
        await events.take(str(frame))
