"""Runs the tests in cluster mode, on real PostgreSQL and Redis: ``python -m tests.servers [pytest options]``."""

import base64
import os
import secrets
import subprocess
import sys

from scripts import debian
from scripts.steps import SetupFailed
from tests.servers.postgresql import postgresql
from tests.servers.process import ServerFailed
from tests.servers.programs import ProgramMissing
from tests.servers.redis import redis


def main(arguments: list[str]) -> int:
    debian.ensure("postgresql", "redis-server")
    with postgresql() as database, redis() as queue:
        env = {
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": queue,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SEAL_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        command = [sys.executable, "-m", "pytest", "-m", "not browser and not smoke", *arguments]
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (SetupFailed, ProgramMissing, ServerFailed) as error:
        sys.exit(str(error))
