import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import process, programs

# Durability is not what the tests test, and syncing is most of what they would wait for.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@contextmanager
def postgresql() -> Iterator[str]:
    """A new PostgreSQL server; gives the URL of its empty database ``platform``."""
    initdb = programs.find("initdb", package="postgresql")
    server = programs.find("postgres", package="postgresql")
    user = programs.unprivileged()
    port = process.free_port()
    with process.folder("postgresql", owner=user) as home:
        data = str(home / "data")
        subprocess.run(
            programs.as_user(user, initdb, "-D", data, "-U", "platform", "-A", "trust", "-E", "UTF8", "--no-sync"),
            cwd=home,
            check=True,
            capture_output=True,
        )
        options = [word for setting in FAST for word in ("-c", setting)]
        command = [server, "-D", data, "-h", process.LOOPBACK, "-p", str(port), "-k", str(home), *options]
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for clients.
        with process.running(programs.as_user(user, *command), port=port, log=home / "log", stop=signal.SIGINT):
            yield _database(port)


def _database(port: int) -> str:
    createdb = programs.find("createdb", package="postgresql")
    address = ["-h", process.LOOPBACK, "-p", str(port), "-U", "platform"]
    subprocess.run([createdb, *address, "platform"], check=True, capture_output=True)
    return f"postgres://platform@{process.LOOPBACK}:{port}/platform"
