"""Small worlds for tests: a plan, a pipeline, a run, without a repository behind them."""

from datetime import UTC, datetime

from devops_platform.projects.models import Project, User
from pipelines import services
from pipelines.definition.parse import parse
from pipelines.definition.runplan import Event
from pipelines.kinds import PipelineSpec
from pipelines.models import Execution, Pipeline
from pipelines.services import Cause
from pipelines.sources import Sources
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


def pipeline_of(project: Project, by: User, *, name: str = "checkout-api") -> Pipeline:
    spec = PipelineSpec(repository_url="https://example.org/acme/checkout-api.git", current_branch="main")
    return services.create_pipeline(project, by=by, spec=spec, name=name)


def sources_of(file: str = TWO_STAGES) -> Sources:
    """What a code host would have answered."""
    return Sources(
        commit=COMMIT, ref="refs/heads/main", path=".cubepaas-devops.yml", content=file, parsed=parse(file), draft=False
    )


def run_of(pipeline: Pipeline, by: User, *, file: str = TWO_STAGES, key: str | None = None) -> Execution:
    """A run as a person starts it."""
    return services.start_run(pipeline, sources_of(file), cause=Cause(event=Event.MANUAL, user=by, key=key))
