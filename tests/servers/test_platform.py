"""The platform as a process: how it starts and how it ends."""

import signal

import httpx2
import pytest

from tests.servers.platform import platform
from tests.servers.process import STOP_SECONDS, ServerFailed, listens

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_end_ends_well_and_leaves_its_port(told: signal.Signals) -> None:
    with platform() as running:
        running.process.send_signal(told)
        assert running.process.wait(STOP_SECONDS) == 0
        assert not listens(int(running.url.rpartition(":")[2]))


def test_a_second_server_on_the_same_data_is_refused() -> None:
    with (
        platform() as first,
        pytest.raises(ServerFailed, match="Another server"),
        platform({"DATA_DIR": str(first.data)}),
    ):
        pytest.fail("both serve the same data")


def test_a_new_installation_tells_its_address_and_its_administrator() -> None:
    with platform() as running:
        said = running.log.read_text()
        assert running.url in said
        assert "admin" in said
        assert httpx2.get(running.url, follow_redirects=True, trust_env=False).is_success
