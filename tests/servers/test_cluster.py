"""Web, worker and timer as processes of their own, on real PostgreSQL and Redis, through their failures."""

import asyncio
import base64
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from tests.resilience.installation import ADMIN, PASSWORD, Client, Installation, logs_of, pipeline_at, project_of
from tests.resilience.test_kills import check_account, start
from tests.resilience.viewer import Viewer
from tests.resilience.work import Work
from tests.servers.platform import ROOT
from tests.servers.postgresql import postgresql
from tests.servers.process import LOOPBACK
from tests.servers.redis import redis
from tests.worlds import repository_at

pytestmark = pytest.mark.servers

WORKER = ("-m", "celery", "-A", "devops_platform", "worker", "--concurrency", "2")
BEAT = ("-m", "celery", "-A", "devops_platform", "beat")
WEB = ("-m", "uvicorn", "devops_platform.asgi:application", "--ws", "websockets-sansio", "--host", LOOPBACK)


@dataclass(frozen=True, slots=True)
class Cluster:
    installation: Installation
    redis: str


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with postgresql() as database, redis() as queue, installed(tmp_path, database, queue) as installation:
        yield Cluster(installation, queue)


@contextmanager
def installed(home: Path, database: str, queue: str) -> Iterator[Installation]:
    env = {
        "DATABASE_URL": database,
        "REDIS_URL": queue,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SEAL_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    installation = Installation(home, env)
    try:
        for command in (["migrate"], ["createsuperuser", "--noinput", "--username", ADMIN, "--email", ""]):
            subprocess.run(
                [sys.executable, "manage.py", *command], cwd=ROOT, env=installation.env, check=True, capture_output=True
            )
        installation.start("web", *WEB, "--port", str(installation.port))
        installation.start("worker", *WORKER)
        installation.start("beat", *BEAT)
        installation.wait_for_an_answer()
        yield installation
    finally:
        installation.close()


@pytest.mark.timeout(300)
async def test_neither_a_worker_nor_the_queue_nor_the_timer_is_needed_for_good(
    cluster: Cluster, tmp_path: Path
) -> None:
    work = Work(tmp_path / "outside", stages=8)
    repository = repository_at(tmp_path / "repository", file=work.file())
    client = Client(cluster.installation.url)
    pipeline = pipeline_at(client, project_of(client, quota=1), repository)
    run, document = start(client, pipeline, key="counting")
    viewer = Viewer(client.url, run, client.headers, logs_of(document))
    viewer.served.set()
    async with asyncio.TaskGroup() as watching:
        watching.create_task(viewer.watch())
        await viewer.more(10)
        await asyncio.to_thread(Redis.from_url(cluster.redis).flushall)
        await viewer.more(100)
        cluster.installation.kill("worker")
        cluster.installation.start("worker", *WORKER)
        await viewer.more(100)
        cluster.installation.kill("beat")
        await asyncio.to_thread(Redis.from_url(cluster.redis).flushall)
        cluster.installation.kill("worker")
        cluster.installation.start("worker", *WORKER)
        cluster.installation.start("beat", *BEAT)
    check_account(client, run, work, viewer)
    assert sorted(work.started()) == sorted(work.steps)
