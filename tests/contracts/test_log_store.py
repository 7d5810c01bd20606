from pathlib import Path

import pytest
from typing_extensions import override

from pipelines.logs.base import LogStore
from pipelines.logs.files import FileLogStore
from tests.contracts.log_store import LogStoreContract


class TestFiles(LogStoreContract):
    @pytest.fixture
    @override
    def store(self, tmp_path: Path) -> LogStore:
        return FileLogStore(tmp_path / "logs")

    @pytest.fixture
    @override
    def down(self, tmp_path: Path) -> LogStore:
        store = FileLogStore(tmp_path / "gone")
        store.root.rmdir()
        store.root.write_text("in the way")
        return store
