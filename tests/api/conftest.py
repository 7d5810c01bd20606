"""The world behind every address."""

from pathlib import Path

import pytest

from devops_platform.projects.models import Project, User
from tests.api.url_table import World


@pytest.fixture
def cast(alice: User, bob: User, rita: User, charlie: User) -> dict[str, User]:
    return {"owner": alice, "member": bob, "readonly": rita, "stranger": charlie}


@pytest.fixture
def world(project: Project, cast: dict[str, User], repository: Path) -> World:
    return World(project, cast, repository)
