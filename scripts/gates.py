"""Runs the checks that a change must pass; every one of a set runs, so that one look shows all that is wrong.

python -m scripts.gates lint|test|test-browser|test-servers
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts import node
from scripts.install import ROOT, STATIC, VENV

PYTHON = str(VENV / "bin" / "python")
NO_TESTS = 5  # pytest: nothing was collected
SPREAD = ("-n", os.environ.get("TEST_PROCESSES", "2"), "--dist", "worksteal")
PYTEST = (PYTHON, "-m", "pytest", "-q", *SPREAD)


@dataclass(frozen=True, slots=True)
class Gate:
    name: str
    command: tuple[str, ...]
    cwd: Path = ROOT


@dataclass(frozen=True, slots=True)
class Outcome:
    gate: Gate
    code: int
    seconds: float
    output: str = ""

    @property
    def passed(self) -> bool:
        return self.code == 0

    @property
    def line(self) -> str:
        return f"{'ok    ' if self.passed else 'FAILED'} {self.seconds:6.1f} s  {self.gate.name}"


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(VENV / "bin" / name), *arguments)


def manage(*arguments: str) -> tuple[str, ...]:
    return (PYTHON, "manage.py", *arguments)


def lint_gates() -> tuple[Gate, ...]:
    gates = [
        Gate("types: mypy", tool("mypy")),
        Gate("style: ruff check", tool("ruff", "check", "--output-format", "concise", ".")),
        Gate("format: ruff format", tool("ruff", "format", "--check", ".")),
        Gate("layers: import-linter", tool("lint-imports", "--no-logo")),
        Gate("migrations are current", manage("makemigrations", "--check", "--dry-run")),
        Gate("settings: manage.py check --deploy", manage("check", "--deploy", "--fail-level", "ERROR")),
        Gate("templates: djlint", tool("djlint", "--lint", "--quiet", "templates")),
        Gate("requirements are locked", (PYTHON, "-m", "scripts.locks")),
        Gate("the repository's own pipeline file", manage("lint_pipeline", ".cubepaas-devops.yml")),
    ]
    if (STATIC / "package.json").is_file():
        gates.append(Gate("types: tsc", ("npm", "run", "--silent", "check"), STATIC))
        gates.append(Gate("the console builds: vite", ("npm", "run", "--silent", "build"), STATIC))
    return tuple(gates)


def test_gates() -> tuple[Gate, ...]:
    gates = [Gate("tests: Python and the browser's smoke test", PYTEST)]
    if (STATIC / "package.json").is_file():
        gates.append(Gate("tests: front end", ("npm", "test", "--silent"), STATIC))
    return tuple(gates)


def browser_gates() -> tuple[Gate, ...]:
    return (Gate("tests: browser", (*PYTEST, "-m", "browser")),)


def server_gates() -> tuple[Gate, ...]:
    return (Gate("tests: real servers", (PYTHON, "-m", "tests.servers", "-q", *SPREAD)),)


SETS = {"lint": lint_gates, "test": test_gates, "test-browser": browser_gates, "test-servers": server_gates}
SHOWN_AS_THEY_RUN = frozenset({"test", "test-browser", "test-servers"})


def run(gate: Gate, *, shown: bool, env: dict[str, str]) -> Outcome:
    begin = time.monotonic()
    done = subprocess.run(
        gate.command,
        cwd=gate.cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    code = 0 if done.returncode == NO_TESTS and "pytest" in gate.command else done.returncode
    return Outcome(gate, code, time.monotonic() - begin, done.stdout or "")


def run_all(gates: tuple[Gate, ...], *, shown: bool, env: dict[str, str]) -> list[Outcome]:
    """Outcomes in the order of ``gates``; those whose output is not shown run side by side."""
    if shown:
        return [run(gate, shown=True, env=env) for gate in gates]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda gate: run(gate, shown=False, env=env), gates))


def environment(data: str) -> dict[str, str]:
    """The caller's environment with the right Node.js first in PATH and a data directory that is thrown away."""
    found = node.find(VENV)
    path = [str(found)] if found else []
    return {**os.environ, "DATA_DIR": data, "PATH": os.pathsep.join([*path, os.environ["PATH"]])}


def main(name: str) -> int:
    with tempfile.TemporaryDirectory(prefix="devops-platform-gates-") as data:
        outcomes = run_all(SETS[name](), shown=name in SHOWN_AS_THEY_RUN, env=environment(data))
    for outcome in outcomes:
        if not outcome.passed and outcome.output:
            print(f"--- {outcome.gate.name}\n{outcome.output}")
    print(*(outcome.line for outcome in outcomes), sep="\n")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
