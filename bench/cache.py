"""How much faster real builds are with their cache: cold against warm, with one line of source changed in between.

python -m bench.cache [npm] [python]

Runs on the local engine; clone, restore and publish are counted in. The warm build's output must equal that of a cold
build of the same commit. Packages come from the registries that this machine is set up for.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from time import monotonic

from pipelines.definition.runplan import CachePlan, RunPlan, StagePlan, StepId, StepKind, StepPlan
from pipelines.engines.base import Build, CacheAccess, CacheFacts, Source
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.files import FileLogStore

PACKAGES = 40
BUILD = StepId(1, 0)
ACCESS = CacheAccess(PurePosixPath("p-bench/build"), ("protected",), "protected", 10 * 1024**3)
PINNED = Path(__file__).parent.parent / "requirements.txt"
NPM_ROOT = Path(__file__).parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Project:
    """``changed`` is the file of which one line changes; ``output`` what the build makes."""

    files: Mapping[str, str]
    changed: str
    script: str
    cache: CachePlan
    output: str


@dataclass(frozen=True, slots=True)
class Checkout:
    argv: tuple[str, ...]
    env: Mapping[str, str]


def python_project() -> Project:
    lines = (line.split(";")[0].rstrip(" \\") for line in PINNED.read_text().splitlines() if "==" in line)
    pinned = [line for line in lines if line[0].isalpha()][:PACKAGES]
    return Project(
        files={"requirements.txt": "\n".join(pinned) + "\n", "app.py": "print('hello 1')\n"},
        changed="app.py",
        script=(
            "[ -d .cache/site ] || "
            f"{sys.executable} -m pip install -q --no-deps --target .cache/site -r requirements.txt\n"
            f"PYTHONPATH=.cache/site {sys.executable} app.py > out\nls .cache/site | sort >> out\n"
        ),
        cache=CachePlan(enabled=True, key="site-{{ hash 'requirements.txt' }}", paths=(".cache/site",)),
        output="out",
    )


def npm_project() -> Project:
    known = json.loads((NPM_ROOT / "package.json").read_text())
    package = {"name": "bench", "private": True, "type": "module", "devDependencies": known["devDependencies"]}
    return Project(
        files={
            "package.json": json.dumps(package | {"dependencies": known.get("dependencies", {})}),
            "index.html": "<script type=module src=/main.js></script>\n",
            "main.js": "console.log('hello 1');\n",
        },
        changed="main.js",
        script=(
            "[ -d node_modules ] || npm install --no-audit --no-fund --ignore-scripts --cache .npm\n"
            "node_modules/.bin/vite build\n"
        ),
        cache=CachePlan(enabled=True, key="modules-{{ hash 'package.json' }}", paths=("node_modules",)),
        output="dist",
    )


PROJECTS = {"npm": npm_project, "python": python_project}


class Bench:
    def __init__(self, folder: Path, project: Project) -> None:
        self.folder = folder
        self.project = project
        self.repository = folder / "repository"
        self.ended = threading.Event()
        self.engine = LocalEngine(
            folder / "engine",
            FileLogStore(folder / "logs"),
            checkout=self._checkout,
            publish=lambda *_: None,
            nudge=lambda _: self.ended.set(),
            cache=folder / "cache",
        )
        self._git("init", "-q", str(self.repository), at=folder)
        for name, text in project.files.items():
            (self.repository / name).write_text(text)
        self.commit()

    def commit(self) -> None:
        self._git("add", "-A")
        self._git("-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-qm", "Change")

    def change(self) -> None:
        place = self.repository / self.project.changed
        place.write_text(place.read_text().replace("hello 1", "hello 2"))
        self.commit()

    def run(self, key: str, *, cached: bool = True) -> tuple[float, CacheFacts | None, str]:
        """Seconds, what the cache did, and a hash of the output."""
        clone = StepPlan(name="clone", kind=StepKind.SOURCE_CODE)
        cache = self.project.cache if cached else CachePlan()
        made = StepPlan(name="build", kind=StepKind.RUN_SCRIPT, script=self.project.script, cache=cache)
        plan = RunPlan(stages=(StagePlan(name="Clone", steps=(clone,)), StagePlan(name="Build", steps=(made,))))
        source = Source(str(self.repository), "HEAD", "refs/heads/main")
        build = Build(key=key, plan=plan, source=source, log_prefix=PurePosixPath("p/b", key), cache=ACCESS)
        started = monotonic()
        while not (seen := self.engine.advance(build)).finished:
            self.ended.wait(0.5)
            self.ended.clear()
        taken = monotonic() - started
        step = seen.steps[BUILD]
        if step.exit_code != 0:
            log = self.folder / "engine" / key / "steps" / f"{BUILD}.1" / "output"
            raise SystemExit(f"{key}: {step.reason}\n{log.read_text(errors='replace')[-2000:]}")
        return taken, step.cache, _hash(self.folder / "engine" / key / "workspace" / self.project.output)

    def _checkout(self, source: Source) -> Checkout:
        return Checkout(("git", "clone", "-q", source.url, "."), {})

    def _git(self, *words: str, at: Path | None = None) -> None:
        subprocess.run(["git", *words], cwd=at or self.repository, check=True)


def _hash(place: Path) -> str:
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    return sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()


def measured(project: Project, folder: Path) -> dict[str, object]:
    bench = Bench(folder, project)
    cold, missed, _ = bench.run("cold")
    bench.change()
    warm, hit, output = bench.run("warm")
    _, _, expected = bench.run("cold-again", cached=False)
    assert missed is not None
    assert hit is not None
    return {
        "cold_s": round(cold, 2),
        "warm_s": round(warm, 2),
        "ratio": round(cold / warm, 2),
        "publish_s": missed.publish_seconds,
        "restore_s": hit.restore_seconds,
        "entry_mb": round(hit.restored_bytes / 1e6, 1),
        "hit": hit.hit.value,
        "same_output": output == expected,
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devops_platform.settings")
    for name in sys.argv[1:] or PROJECTS:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({name: measured(PROJECTS[name](), Path(folder))}), flush=True)


if __name__ == "__main__":
    main()
