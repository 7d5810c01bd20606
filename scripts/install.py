"""Makes everything that the platform needs inside this folder: packages, the console's islands, translations.

Usage: ``python3 -m scripts.install [--dev]``. Uses only the standard library, since it runs before anything is
installed. ``--dev`` adds the tools of the tests and gates.
"""

import argparse
import fcntl
import importlib.util
import os
import sys
from pathlib import Path

from scripts import node
from scripts.steps import SetupFailed, Step, command, fail, perform

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
STATIC = ROOT / "static"
LOCALE = ROOT / "locale"
NO_ISLANDS = (
    "The visual editor, graph and live log were not built, so the console shows its plain forms instead.\n"
    "Everything else works. Start again to try again."
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make install", description="Set up everything inside this folder.")
    parser.add_argument("--dev", action="store_true", help="also the tools of the tests and gates")
    dev = parser.parse_args().dev
    # Two starts at once would write the same files.
    fcntl.flock(os.open(ROOT, os.O_RDONLY), fcntl.LOCK_EX)
    try:
        set_up(dev=dev)
    except SetupFailed as error:
        fail(str(error))
        return 1
    return 0


def set_up(*, dev: bool) -> None:
    for step in (environment(), packages(dev=dev), *translations()):
        perform(step, STAMPS)
    try:
        for step in islands():
            perform(step, STAMPS)
    except SetupFailed as error:
        fail(f"{error}\n\n{NO_ISLANDS}")


def environment() -> Step:
    return Step("Making the virtual environment", make_environment, products=[PYTHON, VENV / "bin" / "pip"])


def make_environment() -> None:
    if works(PYTHON):
        return
    # Debian ships Python without it; `python3 -m venv` would leave half an environment behind.
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupFailed("Python's venv module is incomplete here. On Debian and Ubuntu: apt install python3-venv")
    command(sys.executable, "-m", "venv", "--clear", VENV, cwd=ROOT)


def works(python: Path) -> bool:
    """Whether ``python`` starts and has pip: an environment that is in use is never made anew."""
    try:
        command(python, "-m", "pip", "--version", cwd=ROOT)
    except SetupFailed:
        return False
    return True


def packages(*, dev: bool) -> Step:
    lock = ROOT / ("requirements-dev.txt" if dev else "requirements.txt")
    setup_lock = ROOT / "requirements-setup.txt"

    def install() -> None:
        pip_install(setup_lock)
        uv_install(lock)

    title = "Installing the tools of the tests" if dev else "Installing the packages"
    return Step(title, install, [setup_lock, lock], [VENV / "bin" / "uvicorn"], [sys.version])


def pip_install(lock: Path) -> None:
    command(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock, cwd=ROOT)


def uv_install(lock: Path) -> None:
    env = {"UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    command(VENV / "bin" / "uv", "pip", "install", "--quiet", "--require-hashes", "-r", lock, cwd=ROOT, env=env)


def translations() -> tuple[Step, ...]:
    sources = list(LOCALE.rglob("*.po"))
    if not sources:
        return ()

    def compile_catalogs() -> None:
        command(PYTHON, "-m", "scripts.translations", LOCALE, cwd=ROOT)

    products = [path.with_suffix(".mo") for path in sources]
    return (Step("Compiling translations", compile_catalogs, sources, products),)


def islands() -> tuple[Step, ...]:
    """What makes ``static/dist``; nothing when this copy has no front end."""
    manifest = STATIC / "package.json"
    if not manifest.is_file():
        return ()
    lock = STATIC / "package-lock.json"
    modules = STATIC / "node_modules"
    settings = [manifest, lock, STATIC / "tsconfig.json", STATIC / "vite.config.ts"]
    sources = [path for path in (STATIC / "src").rglob("*") if path.is_file()]
    # npm writes this file last, so that it proves a complete installation.
    installed = modules / ".package-lock.json"
    return (
        Step("Installing the packages of the console", install_modules, [manifest, lock], [installed]),
        Step("Building the console", build_islands, [*settings, *sources], [STATIC / "dist"]),
    )


def install_modules() -> None:
    if node.find(VENV) is None:
        uv_install(ROOT / "requirements-node.txt")
    npm("ci", "--no-progress", "--loglevel=error", "--fetch-retries=0")


def build_islands() -> None:
    npm("run", "build", "--silent")


def npm(*arguments: str) -> None:
    found = node.find(VENV)
    if found is None:
        raise SetupFailed("No Node.js that is new enough was found (20.19, 22.12 or later).")
    env = {"NO_COLOR": "1", "PATH": f"{found}{os.pathsep}{os.environ.get('PATH', '')}"}
    command(found / "npm", *arguments, cwd=STATIC, env=env)


if __name__ == "__main__":
    sys.exit(main())
