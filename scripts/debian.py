"""Installs Debian packages that are missing: ``python3 -m scripts.debian PACKAGE…``; says so when it may not."""

import os
import shutil
import subprocess
import sys

from scripts.steps import SetupFailed

# Without an init system that is ready, and with RUNLEVEL=1, a package does not start its server when it is installed.
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}


def installed(package: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def ensure(*packages: str) -> None:
    """Install what is missing; without apt nothing is done, and the programs are looked for when they are needed."""
    if shutil.which("apt-get") is None:
        return
    missing = [package for package in packages if not installed(package)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise SetupFailed(f"Missing: apt install {' '.join(missing)}")
    print(f"Installing {', '.join(missing)}", flush=True)
    install = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *missing]
    if _apt(*install) == 0:
        return
    # The lists of packages may be old or empty.
    _apt("apt-get", "update", "--quiet=2")
    if _apt(*install) != 0:
        raise SetupFailed(f"apt-get could not install {' '.join(missing)}")


def _apt(*command: str) -> int:
    return subprocess.run(command, env={**os.environ, **QUIET}, stdout=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    try:
        ensure(*sys.argv[1:])
    except SetupFailed as error:
        sys.exit(str(error))
