import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx2

from tests.servers import process

ROOT = Path(__file__).resolve().parent.parent.parent
# What surrounds the tests must not choose the mode of the platform under test.
UNSET = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "SEAL_KEYS"), "")


@dataclass(frozen=True, slots=True)
class Platform:
    """A served installation of its own: where it answers, where its data and what it prints are."""

    url: str
    data: Path
    log: Path
    process: Popen[bytes]


@contextmanager
def platform(env: Mapping[str, str] | None = None) -> Iterator[Platform]:
    """The platform as ``make run`` starts it, on a free port and with an empty data directory."""
    port = process.free_port()
    url = f"http://{process.LOOPBACK}:{port}"
    with process.folder("platform") as home:
        log = home / "log"
        own = {"DATA_DIR": str(home / "data"), "PORT": str(port), "DJANGO_SETTINGS_MODULE": "devops_platform.settings"}
        command = [sys.executable, str(ROOT / "manage.py"), "serve"]
        with process.running(command, port=port, log=log, env={**UNSET, **own, **(env or {})}) as server:
            _wait_for_an_answer(url, log)
            yield Platform(url, home / "data", log, server)


def _wait_for_an_answer(url: str, log: Path) -> None:
    """The platform listens before it is ready, and answers once it is."""
    try:
        httpx2.get(url, timeout=process.START_SECONDS, follow_redirects=True, trust_env=False).raise_for_status()
    except httpx2.HTTPError as error:
        raise process.ServerFailed(f"{error}\n{log.read_text()}") from error
