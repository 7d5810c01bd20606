"""The demo project: a repository made on the spot, and the platform's own checkout, each with a pipeline."""

import os
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import transaction

from devops_platform.projects.models import Project, User
from devops_platform.projects.services import create_project
from pipelines.kinds import PipelineSpec
from pipelines.models import NOTE, Pipeline
from pipelines.services import create_pipeline

PROJECT_ID = "demo"
CONTENT = Path(__file__).parent / "repository"
AUTHOR = {
    "GIT_AUTHOR_NAME": "Demo",
    "GIT_AUTHOR_EMAIL": "demo@localhost",
    "GIT_COMMITTER_NAME": "Demo",
    "GIT_COMMITTER_EMAIL": "demo@localhost",
}


def ensure_demo(user: User) -> None:
    """Make the demo project once, and keep its note on the platform's own checkout true. Deleted, it stays deleted."""
    mark = settings.DATA_DIR / "demo" / "made"
    if not mark.exists():
        _make(user)
        mark.touch()
    _note_own_checkout()


@transaction.atomic
def _make(user: User) -> None:
    if Project.objects.filter(pk=PROJECT_ID).exists():
        return
    project = create_project(name="Demo", by=user, project_id=PROJECT_ID)
    tally = PipelineSpec(display_name="tally", repository_url=str(demo_repository()), current_branch="main")
    create_pipeline(project, by=user, spec=tally, name="tally")
    if (settings.BASE_DIR / ".git").exists():
        platform = PipelineSpec(
            display_name="This platform", repository_url=str(settings.BASE_DIR), current_branch="HEAD"
        )
        create_pipeline(project, by=user, spec=platform, name="platform")


def demo_repository() -> Path:
    """The demo's git repository, made of the files beside this module if it is not there yet."""
    place = Path(settings.DATA_DIR) / "demo" / "tally"
    if (place / ".git").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(CONTENT, place, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "gitignore").rename(place / ".gitignore")
    _git(place, "init", "--quiet", "--initial-branch=main")
    _git(place, "add", "--all")
    _git(place, "commit", "--quiet", "--message=Count words")
    return place


def _note_own_checkout() -> None:
    """Say on the platform's own pipeline when the checkout has changes that its runs do not see."""
    pipeline = Pipeline.objects.filter(namespace=PROJECT_ID, name="platform").first()
    if pipeline is None:
        return
    dirty = bool(_git(settings.BASE_DIR, "status", "--porcelain", "--untracked-files=no"))
    if bool(pipeline.annotations.get(NOTE)) == dirty:
        return
    kept = {key: value for key, value in pipeline.annotations.items() if key != NOTE}
    pipeline.write(annotations={**kept, NOTE: "DirtyCheckout"} if dirty else kept)


def _git(place: Path, *arguments: str) -> str:
    """Run git in ``place`` without the user's own configuration; its output. Raises CalledProcessError."""
    environment = {**os.environ, **AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    argv = ["git", "-c", "safe.directory=*", "-C", str(place), *arguments]
    done = subprocess.run(argv, env=environment, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout
