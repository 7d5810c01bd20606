"""The server is killed again and again while it builds, and nobody can tell from the runs."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.resilience.installation import Client, Installation, logs_of, pipeline_at, project_of
from tests.resilience.viewer import Viewer
from tests.resilience.work import Work, endless
from tests.worlds import repository_at

SEED = 20261122
KILLS = 10
MOST_PIECES = 25  # of log between two kills: less than a stage's


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    found = Installation(tmp_path)
    yield found
    found.close()


async def restart(installation: Installation, viewer: Viewer) -> None:
    viewer.served.clear()
    installation.kill("serve")
    await asyncio.to_thread(installation.serve)
    viewer.served.set()


def start(client: Client, pipeline: str, *, key: str, file: str | None = None) -> tuple[str, Any]:
    """The path and the document of the run that ``key`` stands for."""
    run = client.call("POST", f"{pipeline}/executions", {"file": file}, **{"Idempotency-Key": key})
    return f"{pipeline.rpartition('/pipelines/')[0]}/executions/{run['name']}", run


def check_account(client: Client, run: str, work: Work, viewer: Viewer) -> None:
    """Everybody who reads the log of a step reads what it printed."""
    document = client.call("GET", run)
    assert document["status"]["executionState"] == "Success"
    logs = logs_of(document)
    assert viewer.logs == {log: client.bytes_of(f"{run}/logs/{log}") for log in logs}
    counting = logs[-len(work.steps) :]  # after the sources
    assert [viewer.logs[log] for log in counting] == [work.printed(step) for step in work.steps]


@pytest.mark.timeout(240)
async def test_ten_kills_cost_no_byte_and_start_nothing_twice(installation: Installation, tmp_path: Path) -> None:
    moments = random.Random(SEED)
    work = Work(tmp_path / "outside", stages=KILLS + 3)
    repository = repository_at(tmp_path / "repository", file=work.file())
    await asyncio.to_thread(installation.serve)
    client = Client(installation.url)
    pipeline = pipeline_at(client, project_of(client, quota=1), repository)

    run, document = start(client, pipeline, key="counting")
    viewer = Viewer(client.url, run, client.headers, logs_of(document))
    await restart(installation, viewer)  # between queued and started
    assert start(client, pipeline, key="counting")[0] == run
    second, waits = start(client, pipeline, key="endless", file=endless(work.outside))
    assert waits["status"]["executionState"] == "Queueing"
    async with asyncio.TaskGroup() as watching:
        watching.create_task(viewer.watch())
        for _ in range(KILLS - 1):
            await viewer.more(moments.randint(1, MOST_PIECES))
            await restart(installation, viewer)
    assert viewer.connections == KILLS
    check_account(client, run, work, viewer)
    await check_a_stop(installation, client, second, logs_of(waits))
    assert sorted(work.started()) == sorted([*work.steps, "endless"])


async def check_a_stop(installation: Installation, client: Client, run: str, logs: list[str]) -> None:
    """The run that waited through all of it has begun; what asked it to end is killed before it has."""
    viewer = Viewer(client.url, run, client.headers, logs)
    viewer.served.set()
    async with asyncio.TaskGroup() as watching:
        watching.create_task(viewer.watch())
        await viewer.until(lambda: viewer.logs[logs[-1]] == b"begun\n")
        client.call("POST", f"{run}/stop")
        await restart(installation, viewer)
    status = client.call("GET", run)["status"]
    assert (status["executionState"], status["reason"]["code"]) == ("Aborted", "StoppedBy")
    assert viewer.logs[logs[-1]].endswith(b"asked to end\n")
