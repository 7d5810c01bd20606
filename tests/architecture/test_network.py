"""The tests themselves stay on this machine."""

import socket

import pytest

from tests.conftest import on_this_machine


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", True),
        ("10.0.0.1", False),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("example.org", False),
    ],
)
def test_only_this_machine_counts_as_this_machine(host: str, expected: bool) -> None:
    assert on_this_machine(host) is expected


def test_a_call_that_leaves_the_machine_fails_the_test() -> None:
    with socket.socket() as client, pytest.raises(RuntimeError):
        client.connect(("192.0.2.1", 80))
