"""Steps of the set-up: each runs only when the content of its inputs changed since it last succeeded."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TAIL = 30  # lines of a failed program's output that are shown


class SetupFailed(Exception):
    """A step cannot be done; the message tells the person at the terminal what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to make, the files whose content decides how it comes out, and the paths that prove it is there."""

    title: str
    run: Callable[[], None]
    inputs: Iterable[Path] = ()
    products: Iterable[Path] = ()
    facts: Iterable[str] = field(default_factory=tuple)

    @property
    def fingerprint(self) -> str:
        """Hash of the facts and of every input's name and content; a missing input counts as such."""
        digest = hashlib.sha256("\0".join(self.facts).encode())
        for path in sorted(self.inputs):
            content = path.read_bytes() if path.is_file() else b""
            digest.update(f"\0{path.name}\0{path.exists()}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()


def perform(step: Step, stamps: Path) -> None:
    """Run ``step`` unless its stamp in the folder ``stamps`` says that nothing changed."""
    stamp = stamps / step.title.lower().replace(" ", "-")
    fingerprint = step.fingerprint
    if stamp.is_file() and stamp.read_text() == fingerprint and all(path.exists() for path in step.products):
        return
    print(f"{step.title} … ", end="", flush=True)
    begin = time.monotonic()
    try:
        step.run()
    except SetupFailed:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - begin:.1f} s", flush=True)
    stamps.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)


def command(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Run a program quietly; when it fails, raise SetupFailed with the end of what it said."""
    words = [str(argument) for argument in arguments]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError as error:
        raise SetupFailed(f"{words[0]}: {error.strerror}") from error
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-TAIL:])
        raise SetupFailed(f"{said}\n\n`{' '.join(words)}` ended with {done.returncode}.")


def fail(message: str) -> None:
    print(f"\n{message}", file=sys.stderr)
