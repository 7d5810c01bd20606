"""Finds server programs that Debian installs outside PATH, and who may run them."""

import os
import pwd
import shutil
from pathlib import Path


class ProgramMissing(Exception):
    """The program is not installed; the message names the Debian package that has it."""


def find(name: str, *, package: str) -> str:
    folders = [os.environ.get("PATH", ""), "/usr/sbin", *map(str, reversed(postgres_folders()))]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise ProgramMissing(f"{name} is not installed. On Debian and Ubuntu: apt install {package}")
    return found


def postgres_folders() -> list[Path]:
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def unprivileged() -> str | None:
    """The user for programs that refuse to run as root; None when this process is not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def as_user(user: str | None, *command: str) -> list[str]:
    if user is None:
        return [*command]
    entry = pwd.getpwnam(user)
    # setpriv replaces itself with the program, so that the pid is the program's.
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--", *command]
