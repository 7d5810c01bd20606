"""Logs over HTTP: any range of a step's log, or everything of an attempt."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from devops_platform.projects.models import User
from pipelines.api.logs import CHUNK, byte_range
from pipelines.models import Execution
from tests.worlds import log_of

ATTEMPT = "/api/v1/projects/p-demo/executions/checkout-api-1/logs/1"
LOG = f"{ATTEMPT}/0.0"
TEXT = b"0123456789"


@pytest.fixture
def alices(alice: User, run: Execution, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("bytes=0-", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 5)),
        ("Bytes=2-4", (2, 5)),
        ("bytes=5-999", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-999", (0, 10)),
        ("bytes=-0", (10, 10)),
        ("bytes=10-", (10, 10)),
        ("bytes=99-", (99, 10)),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 99 + "-", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str, expected: tuple[int, int] | None) -> None:
    assert byte_range(header, 10) == expected


def body_of(answer: Any) -> bytes:
    async def parts() -> list[bytes]:
        return [part async for part in answer.streaming_content]

    return b"".join(async_to_sync(parts)())


def test_a_log_is_plain_text(alices: Client, run: Execution) -> None:
    log_of(run, b"<script>\xff\n", sealed=True)
    answer = alices.get(LOG)
    assert body_of(answer) == b"<script>\xff\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert (answer["Content-Length"], answer["Log-Sealed"]) == ("10", "true")


@pytest.mark.parametrize(
    ("header", "data", "place"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
    ids=["from and to", "from", "the end", "past the end"],
)
def test_a_part_is_answered_with_its_place(
    alices: Client, run: Execution, header: str, data: bytes, place: str
) -> None:
    log_of(run, TEXT)
    answer = alices.get(LOG, headers={"Range": header})
    assert (answer.status_code, answer["Content-Range"]) == (206, place)
    assert body_of(answer) == data
    assert answer["Content-Length"] == str(len(data))


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-", "bytes=-0"])
def test_a_range_past_the_end_tells_the_size(alices: Client, run: Execution, header: str) -> None:
    log_of(run, TEXT)
    answer = alices.get(LOG, headers={"Range": header})
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */10")


def test_a_reader_follows_a_log_that_grows(alices: Client, run: Execution) -> None:
    seen = b""
    for line in (b"one\n", b"two\n"):
        log_of(run, line)
        answer = alices.get(LOG, headers={"Range": f"bytes={len(seen)}-"})
        assert (answer.status_code, answer["Log-Sealed"]) == (206, "false")
        seen += body_of(answer)
    assert seen == b"one\ntwo\n"
    log_of(run, b"", sealed=True)
    answer = alices.get(LOG, headers={"Range": f"bytes={len(seen)}-"})
    assert (answer.status_code, answer["Log-Sealed"]) == (416, "true")


def test_a_long_log_arrives_whole(alices: Client, run: Execution) -> None:
    text = b"x" * (2 * CHUNK + 1)
    log_of(run, text)
    assert body_of(alices.get(LOG)) == text


@pytest.mark.parametrize(
    "path",
    [f"{ATTEMPT}/0.9", f"{ATTEMPT}/9.0", f"{ATTEMPT}/nonsense", ATTEMPT[:-1] + "2/0.0", ATTEMPT[:-1] + "9" * 50, LOG],
    ids=["no such step", "no such stage", "no step", "no such attempt", "a huge attempt", "nothing logged"],
)
def test_a_log_that_is_not_there_is_missing(alices: Client, path: str) -> None:
    answer = alices.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_an_attempt_is_one_text_in_the_order_of_its_steps(alices: Client, run: Execution) -> None:
    for step, text in (("1.1", b"tested"), ("0.0", b"cloned"), ("2.0", b"built")):
        log_of(run, text, step=step)
    answer = alices.get(ATTEMPT)
    assert 'filename="checkout-api-1-1.log"' in answer["Content-Disposition"]
    parts = (body_of(answer)).decode().split("==> ")[1:]
    assert [part.partition("\n")[2].strip() for part in parts] == ["cloned", "tested", "built"]
    assert parts[1].startswith("Check / test\n")
