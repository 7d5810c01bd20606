"""A bare mirror on disk for each remote, and the git processes that work on it. Locked against other writers."""

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from devops_platform.errors import Missing, Unavailable
from repositories.forges.git.remotes import Remote, failure

CONFIG = Path(__file__).with_name("platform.gitconfig")
ASK_SECONDS = 30
FETCH_SECONDS = 900
REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def environment(protocols: str) -> dict[str, str]:
    """Variables under which git asks nobody, reads no configuration but ours and speaks only ``protocols``."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(CONFIG),
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=10",
        "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
        "GIT_HTTP_LOW_SPEED_TIME": "30",
    }


class Mirror:
    """The mirror of one remote below ``root``; it may not exist yet."""

    def __init__(self, root: Path, remote: Remote) -> None:
        self.remote = remote
        self.path = root / f"{sha256(remote.url.encode()).hexdigest()[:32]}.git"

    def git(self, *arguments: str, seconds: float = ASK_SECONDS) -> bytes:
        """Run git in the mirror. Raises what ``failure`` makes of its complaint."""
        return self._run(f"--git-dir={self.path}", *arguments, seconds=seconds)

    def remote_refs(self, *patterns: str) -> bytes:
        """What ``git ls-remote --symref`` prints of HEAD and ``patterns``, as it is now."""
        return self._run("ls-remote", "--symref", "--", self.remote.url, "HEAD", *patterns, seconds=ASK_SECONDS)

    def read(self, commit: str, *arguments: str) -> bytes:
        """Run git on something of ``commit``, which is fetched if it is not there. Raises Missing."""
        with suppress(Missing):
            return self.git(*arguments)
        self.ensure(commit)
        return self.git(*arguments)

    def ensure(self, commit: str) -> None:
        """Have ``commit`` in the mirror, fetching only if it is not there. Raises Missing."""
        if self._has(commit):
            return
        self.fetch()
        if not self._has(commit):
            # No branch holds it (any more); many hosts still hand it out by name.
            self.fetch(commit)

    def fetch(self, *more: str) -> None:
        """Bring branches and tags up to date, and fetch ``more`` (full refs or commits)."""
        with self._locked():
            if not self.path.exists():
                self._create()
            self.git(
                *("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--"),
                *(self.remote.url, *REFSPECS, *more),
                seconds=FETCH_SECONDS,
            )

    def _has(self, commit: str) -> bool:
        try:
            self.git("cat-file", "-e", f"{commit}^{{commit}}")
        except Missing:
            return False
        return True

    def _create(self) -> None:
        """Made beside its place and moved there, so that a crash leaves no half of one."""
        draft = self.path.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        self._run("init", "--quiet", "--bare", "--", str(draft), seconds=ASK_SECONDS)
        draft.rename(self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, *arguments: str, seconds: float) -> bytes:
        process = subprocess.Popen(
            ["git", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(self.remote.protocols),
            cwd="/",
            start_new_session=True,
        )
        try:
            out, complaint = process.communicate(timeout=seconds)
        except BaseException as error:
            # git's own children (ssh, https, index-pack) would hold the pipes open.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise Unavailable(f"{self.remote.shown} did not answer within {seconds:.0f} s") from error
            raise
        if process.returncode:
            raise failure(self.remote.shown, complaint.decode("utf-8", "replace"))
        return out
