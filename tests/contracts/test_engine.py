from pathlib import Path
from typing import NoReturn

import pytest
from typing_extensions import override

from devops_platform.errors import Missing
from pipelines.engines.base import Engine, Source
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.files import FileLogStore
from tests.contracts.engine import EngineContract, Wire, World


def no_sources(source: Source) -> NoReturn:
    raise Missing("there are no sources")


class TestLocal(EngineContract):
    @pytest.fixture
    @override
    def world(self, tmp_path: Path) -> World:
        store = FileLogStore(tmp_path / "logs")

        def start(wire: Wire) -> Engine:
            return LocalEngine(tmp_path / "engine", store, checkout=no_sources, publish=wire.publish, nudge=wire.nudge)

        return World(start=start, store=store, scratch=tmp_path)
