"""Small worlds for tests: a repository, a pipeline, a run. Only what reads a repository needs a real one."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from devops_platform.errors import Missing
from devops_platform.projects.models import Project, User
from pipelines import gates, services, transitions
from pipelines.definition.parse import parse
from pipelines.definition.runplan import Event
from pipelines.engines.base import StepStatus
from pipelines.kinds import PipelineSpec
from pipelines.logs.registry import log_store
from pipelines.models import Execution, Pipeline
from pipelines.services import Cause
from pipelines.sources import Sources
from pipelines.states import State
from pipelines.status import observed
from repositories.forges.base import Commit

COMMIT = Commit(
    sha="8f3c2ad" + "0" * 33,
    message="Retry when the gateway answers 409\n\nIt does so under load.",
    author="Lin Wei",
    email="lin@example.org",
    at=datetime(2026, 11, 22, tzinfo=UTC),
)
TWO_STAGES = """
stages:
  - name: Check
    steps:
      - {name: lint, runScriptConfig: {image: alpine, shellScript: "true"}}
      - {name: test, runScriptConfig: {image: alpine, shellScript: "true"}}
  - name: Build
    steps:
      - {name: package, runScriptConfig: {image: alpine, shellScript: "true"}}
"""
WITH_APPROVAL = """
stages:
  - name: Release
    steps:
      - {name: sign-off, approvalConfig: {message: Release it?}}
  - name: Deploy
    steps:
      - {name: production, runScriptConfig: {image: alpine, shellScript: "true"}}
"""
AUTHOR = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{role}_{fact}": "lin@example.org" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")},
}


def git(where: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=where, env={**os.environ, **AUTHOR}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit_file(repository: Path, content: str, *, path: str = ".cubepaas-devops.yml") -> str:
    """Commit one file; returns the commit's id."""
    (repository / path).write_text(content)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", f"Change {path}")
    return git(repository, "rev-parse", "HEAD")


def repository_at(place: Path, *, file: str = TWO_STAGES) -> Path:
    """A git repository whose branch main has one commit with a pipeline file."""
    place.mkdir()
    git(place, "init", "--quiet", "--initial-branch=main")
    commit_file(place, file)
    return place


def pipeline_of(
    project: Project,
    by: User,
    *,
    name: str = "checkout-api",
    url: str = "https://example.org/acme/checkout-api.git",
) -> Pipeline:
    spec = PipelineSpec(repository_url=url, current_branch="main")
    return services.create_pipeline(project, by=by, spec=spec, name=name)


def sources_of(file: str = TWO_STAGES) -> Sources:
    """What a code host would have answered."""
    return Sources(
        commit=COMMIT, ref="refs/heads/main", path=".cubepaas-devops.yml", content=file, parsed=parse(file), draft=False
    )


def run_of(pipeline: Pipeline, by: User, *, file: str = TWO_STAGES, key: str | None = None) -> Execution:
    """A run as a person starts it."""
    return services.start_run(pipeline, sources_of(file), cause=Cause(event=Event.MANUAL, user=by, key=key))


def log_of(run: Execution, text: bytes, *, step: str = "0.0", sealed: bool = False) -> PurePosixPath:
    """Append to the log of a step, as the engine does; returns its place in the store."""
    path = run.log_root / str(run.attempt) / step
    log_store().append(path, text, at=_size(path))
    if sealed:
        log_store().seal(path)
    return path


def _size(path: PurePosixPath) -> int:
    try:
        return log_store().info(path).size
    except Missing:
        return 0


def waits_for_people(run: Execution, *, now: datetime | None = None) -> Execution:
    """``run`` once everything before its first approval step has succeeded, and that step asks."""
    now = now or datetime.now(UTC)
    execution = Execution.objects.get(pk=run.pk)
    approvals = gates.approvals(execution.plan, execution.status, {}, stop=None, now=now)
    first = min(approvals)
    before = {where: StepStatus(State.SUCCESS, now, now) for where, _ in execution.plan.steps() if where < first}
    seen = {**before, first: approvals[first]}
    return transitions.record(execution, observed(execution.status, execution.plan, seen, attempt=execution.attempt))


def finished(run: Execution, **ends: State) -> Execution:
    """``run`` after its end; ``ends`` names how steps went, as in ``s0_1=State.FAILED``; others succeeded."""
    now = datetime.now(UTC)
    how = {where: ends.get(f"s{where.stage}_{where.step}", State.SUCCESS) for where, _ in run.plan.steps()}
    seen = {where: StepStatus(state, now, now) for where, state in how.items() if state is not State.WAITING}
    status = observed(run.status, run.plan, seen, attempt=run.attempt)
    whole = State.FAILED if State.FAILED in how.values() else State.SUCCESS
    return transitions.finish(Execution.objects.get(pk=run.pk), status, state=whole, why=None, now=now)
