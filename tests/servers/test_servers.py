"""The launchers give working servers and leave nothing behind."""

from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis

from tests.servers.postgresql import postgresql
from tests.servers.process import ServerFailed, folder, free_port, listens, running
from tests.servers.redis import redis

pytestmark = pytest.mark.servers


def test_postgresql_answers_and_is_gone_afterwards() -> None:
    with postgresql() as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("platform",)
        port = urlsplit(url).port
    assert port
    assert not listens(port)


def test_redis_answers_and_is_gone_afterwards() -> None:
    with redis() as url, Redis.from_url(url) as client:
        assert client.ping()
        port = urlsplit(url).port
    assert port
    assert not listens(port)


def test_a_program_that_ends_at_once_is_quoted() -> None:
    command = ["sh", "-c", "echo bad option; exit 1"]
    with (
        folder("broken") as home,
        pytest.raises(ServerFailed, match="bad option"),
        running(command, port=free_port(), log=home / "log"),
    ):
        pytest.fail("it never listened")
