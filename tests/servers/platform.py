import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import process

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Platform:
    """A served installation of its own: where it answers and where its data is."""

    url: str
    data: Path


@contextmanager
def platform(env: Mapping[str, str] | None = None) -> Iterator[Platform]:
    """The platform as ``make run`` starts it, on a free port and with an empty data directory."""
    port = process.free_port()
    # What surrounds the tests must not choose the mode of the platform under test.
    inherited = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "SEAL_KEYS"), "")
    with process.folder("platform") as home:
        settings = {**inherited, "DATA_DIR": str(home / "data"), "PORT": str(port), **(env or {})}
        settings["DJANGO_SETTINGS_MODULE"] = "devops_platform.settings"
        command = [sys.executable, str(ROOT / "manage.py"), "serve"]
        with process.running(command, port=port, log=home / "log", env={**os.environ, **settings}):
            yield Platform(f"http://{process.LOOPBACK}:{port}", home / "data")
