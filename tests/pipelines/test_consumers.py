"""The live view of a run, frame by frame (docs/live.md)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.test import Client
from django.urls import path
from django.utils import timezone

from devops_platform import asgi, live
from devops_platform.projects import services as tenancy
from devops_platform.projects.models import ApiToken, Member, User
from devops_platform.projects.roles import Scope
from pipelines import events
from pipelines.consumers import MOST_FOLLOWED, ExecutionConsumer
from pipelines.logs.registry import log_store
from pipelines.models import Execution
from tests.sockets import Socket
from tests.worlds import finished, log_of

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/ws/projects/p-demo/executions/checkout-api-1/"
UID = "5f0c2c8e-6b1d-4d0e-9a57-3f1f4c7d2b11"
LOGS = PurePosixPath("p-demo", UID)
in_thread: Callable[..., Any] = sync_to_async


@pytest.fixture(autouse=True)
async def publisher() -> AsyncIterator[None]:
    """What is published in this process arrives in this test's loop."""
    live.attach(asyncio.get_running_loop())
    yield
    live.detach()


@pytest.fixture
def run(run: Execution) -> Execution:
    """With a uid that tests know."""
    Execution.objects.filter(pk=run.pk).update(uid=UID)
    return Execution.objects.get(pk=run.pk)


class Watchful(ExecutionConsumer):
    """Looks at the viewer's right before every byte."""

    trust = 0.0


WATCHFUL = AuthMiddlewareStack(
    URLRouter([path("ws/projects/<str:project>/executions/<str:name>/", Watchful.as_asgi())])
)


def token_of(user: User) -> tuple[ApiToken, dict[bytes, bytes]]:
    token, clear = tenancy.create_token(user=user, name="viewer", scopes=[Scope.READ])
    return token, {b"authorization": f"Bearer {clear}".encode()}


def cookie_of(user: User) -> dict[bytes, bytes]:
    client = Client()
    client.force_login(user)
    return {b"cookie": f"sessionid={client.cookies['sessionid'].value}".encode(), b"origin": b"http://localhost"}


@asynccontextmanager
async def viewer(headers: dict[bytes, bytes], *, app: Any = asgi.websocket) -> AsyncIterator[Socket]:
    """An open socket past its first frame; at the end nothing is left unread."""
    opened = Socket(app, ADDRESS, headers)
    assert await opened.accepted()
    assert (await opened.text())["type"] == "execution"
    yield opened
    await opened.leave()


async def follow(opened: Socket, log: str = "1/0.0", offset: int = 0) -> None:
    await opened.send({"type": "follow", "log": log, "offset": offset})


async def answered(opened: Socket) -> None:
    """Wait until everything sent before has been dealt with, and nothing came of it."""
    await opened.send("?")
    assert (await opened.text())["type"] == "error"


async def append(run: Execution, text: bytes, *, hint: bool = True, sealed: bool = False) -> None:
    place = await in_thread(log_of)(run, text, sealed=sealed)
    if hint:
        await announce(place, log_store().info(place).size - len(text), text, sealed=sealed)


async def announce(place: PurePosixPath, offset: int, data: bytes, *, sealed: bool = False) -> None:
    message = {"type": "log.appended", "path": str(place), "offset": offset, "data": data, "sealed": sealed}
    await get_channel_layer().group_send(events.run_group(LOGS), message)


async def change() -> None:
    message = {"type": "execution.changed", "name": "checkout-api-1", "version": 2}
    await get_channel_layer().group_send(events.run_group(LOGS), message)


# Who gets in


@pytest.mark.parametrize("who", ["alice", "bob", "rita"])
async def test_members_see_the_run(who: str, run: Execution, alice: User, bob: User, rita: User) -> None:
    user = {"alice": alice, "bob": bob, "rita": rita}[who]
    opened = Socket(asgi.websocket, ADDRESS, await in_thread(cookie_of)(user))
    assert await opened.accepted()
    frame = await opened.text()
    assert (frame["type"], frame["version"]) == ("execution", frame["execution"]["version"])
    assert frame["execution"]["may"]["stop"] is (who != "rita")
    await opened.leave()


async def refused(headers: dict[bytes, bytes], address: str = ADDRESS) -> bool:
    return not await Socket(asgi.websocket, address, headers).accepted()


async def test_a_stranger_is_refused_before_the_handshake(run: Execution, charlie: User) -> None:
    assert await refused(await in_thread(cookie_of)(charlie))
    assert await refused((await in_thread(token_of)(charlie))[1])


async def test_nobody_is_refused_before_the_handshake(run: Execution) -> None:
    assert await refused({b"origin": b"http://localhost"})
    assert await refused({b"authorization": b"Bearer cpd_nonsense"})


async def test_a_page_of_another_site_is_refused(run: Execution, alice: User) -> None:
    assert await refused({**await in_thread(cookie_of)(alice), b"origin": b"http://evil.example"})
    assert await refused({b"cookie": (await in_thread(cookie_of)(alice))[b"cookie"]})


async def test_an_expired_token_is_refused(run: Execution, alice: User) -> None:
    token, headers = await in_thread(token_of)(alice)
    await ApiToken.objects.filter(pk=token.pk).aupdate(expires=timezone.now() - timedelta(seconds=1))
    assert await refused(headers)


async def test_a_run_that_is_not_there_is_refused(run: Execution, alice: User) -> None:
    headers = await in_thread(cookie_of)(alice)
    assert await refused(headers, ADDRESS.replace("-1/", "-2/"))
    assert await refused(headers, "/ws/projects/none/executions/none-1/")


# Whose right ends


async def test_who_leaves_the_project_is_shut_out_at_the_next_change(run: Execution, bob: User) -> None:
    async with viewer(await in_thread(cookie_of)(bob)) as opened:
        await Member.objects.filter(user=bob).adelete()
        await change()
        assert await opened.closed() == 4403


async def test_who_leaves_the_project_sees_no_further_byte(run: Execution, bob: User) -> None:
    async with viewer(await in_thread(cookie_of)(bob), app=WATCHFUL) as opened:
        await follow(opened)
        await answered(opened)
        await Member.objects.filter(user=bob).adelete()
        await append(run, b"secret\n")
        assert await opened.closed() == 4403


async def test_who_leaves_the_project_can_ask_for_no_log(run: Execution, bob: User) -> None:
    await in_thread(log_of)(run, b"secret\n")
    async with viewer(await in_thread(cookie_of)(bob), app=WATCHFUL) as opened:
        await Member.objects.filter(user=bob).adelete()
        await follow(opened)
        assert await opened.closed() == 4403


async def test_a_token_that_is_revoked_ends_the_view(run: Execution, alice: User) -> None:
    token, headers = await in_thread(token_of)(alice)
    async with viewer(headers) as opened:
        await ApiToken.objects.filter(pk=token.pk).aupdate(expires=timezone.now() - timedelta(seconds=1))
        await change()
        assert await opened.closed() == 4401


async def test_who_logs_out_is_shut_out(run: Execution, alice: User) -> None:
    client = Client()
    await in_thread(client.force_login)(alice)
    cookie = {b"cookie": f"sessionid={client.cookies['sessionid'].value}".encode(), b"origin": b"http://localhost"}
    async with viewer(cookie) as opened:
        await in_thread(client.logout)()
        await change()
        assert await opened.closed() == 4401


async def test_a_run_that_is_deleted_ends_the_view(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await Execution.objects.filter(pk=run.pk).adelete()
        await change()
        assert await opened.closed() == 4403


# What is seen


async def test_every_change_of_state_is_sent(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        done = await in_thread(finished)(run)
        frames = [await opened.text()]
        while frames[-1]["version"] < done.version:
            frames.append(await opened.text())
        assert frames[-1]["execution"]["status"]["executionState"] == "Success"
        assert frames[-1]["execution"]["may"].items() >= {"stop": False, "rerun": True}.items()


@pytest.mark.parametrize(("offset", "expected"), [(0, b"one\ntwo\n"), (4, b"two\n"), (6, b"o\n")])
async def test_a_log_is_replayed_from_where_the_viewer_asks(
    run: Execution, alice: User, offset: int, expected: bytes
) -> None:
    await in_thread(log_of)(run, b"one\ntwo\n")
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await follow(opened, offset=offset)
        assert await opened.binary() == ({"log": "1/0.0", "offset": offset}, expected)


async def test_a_log_that_does_not_exist_yet_is_waited_for(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await follow(opened)
        await answered(opened)
        await append(run, b"first\n")
        assert await opened.binary() == ({"log": "1/0.0", "offset": 0}, b"first\n")


async def test_the_end_of_a_log_is_told_once(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await follow(opened)
        await answered(opened)
        await append(run, b"all\n", sealed=True)
        assert await opened.binary() == ({"log": "1/0.0", "offset": 0}, b"all\n")
        assert await opened.binary() == ({"log": "1/0.0", "offset": 4, "sealed": True}, b"")
        await announce(LOGS / "1" / "0.0", 0, b"all\n", sealed=True)
        await change()
        assert (await opened.text())["type"] == "execution"


async def test_whoever_asks_past_the_end_learns_where_it_is(run: Execution, alice: User) -> None:
    await in_thread(log_of)(run, b"all\n", sealed=True)
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await follow(opened, offset=1000)
        assert await opened.binary() == ({"log": "1/0.0", "offset": 4, "sealed": True}, b"")


async def test_a_seal_whose_hint_was_lost_is_found_at_the_next_change(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await follow(opened)
        await answered(opened)
        await append(run, b"all\n", hint=False, sealed=True)
        await change()
        assert (await opened.text())["type"] == "execution"
        assert (await opened.binary())[1] == b"all\n"
        assert (await opened.binary())[0] == {"log": "1/0.0", "offset": 4, "sealed": True}


async def test_what_is_followed_no_more_is_not_sent(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await follow(opened)
        await opened.send({"type": "unfollow", "log": "1/0.0"})
        await answered(opened)
        await append(run, b"unseen\n")
        await change()
        assert (await opened.text())["type"] == "execution"


async def test_to_follow_again_moves_the_position(run: Execution, alice: User) -> None:
    await in_thread(log_of)(run, b"one\ntwo\n")
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        for offset, expected in ((0, b"one\ntwo\n"), (4, b"two\n")):
            await follow(opened, offset=offset)
            assert await opened.binary() == ({"log": "1/0.0", "offset": offset}, expected)


async def test_a_long_log_comes_in_parts_that_join(run: Execution, alice: User) -> None:
    text = b"0123456789abcde\n" * 40_000
    await in_thread(log_of)(run, text, sealed=True)
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await follow(opened)
        seen = b""
        while True:
            header, data = await opened.binary()
            assert header["offset"] == len(seen)
            if header.get("sealed"):
                break
            seen += data
        assert seen == text


# What is not understood

NONSENSE = {
    "no JSON": "{",
    "no object": "[]",
    "a number": "7",
    "no type": '{"log": "1/0.0"}',
    "no log": '{"type": "follow", "offset": 0}',
    "an unknown type": '{"type": "follwo", "log": "1/0.0", "offset": 0}',
    "no offset": '{"type": "follow", "log": "1/0.0"}',
    "a negative offset": '{"type": "follow", "log": "1/0.0", "offset": -1}',
    "a huge offset": '{"type": "follow", "log": "1/0.0", "offset": 1e400}',
    "an endless number": '{"type": "follow", "log": "1/0.0", "offset": ' + "9" * 5000 + "}",
    "a flag for an offset": '{"type": "follow", "log": "1/0.0", "offset": true}',
    "a log of another run": '{"type": "follow", "log": "../2/1/0.0", "offset": 0}',
    "a path for a log": '{"type": "follow", "log": "1/0.0/../../..", "offset": 0}',
    "a list for a log": '{"type": "follow", "log": ["1/0.0"], "offset": 0}',
    "NUL in a log": '{"type": "follow", "log": "1/0\\u00000", "offset": 0}',
    "endless nesting": "[" * 100_000,
}


@pytest.mark.parametrize("frame", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_answered_and_the_socket_stays_open(frame: str, run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await opened.send(frame)
        answer = await opened.text()
        assert (answer["type"], len(answer["detail"]) <= 200) == ("error", True)
        await answered(opened)


async def test_bytes_are_not_understood(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        await opened.send(b"\xff\x00")
        assert (await opened.text())["type"] == "error"


async def test_nobody_follows_everything(run: Execution, alice: User) -> None:
    async with viewer(await in_thread(cookie_of)(alice)) as opened:
        for number in range(MOST_FOLLOWED):
            await follow(opened, log=f"1/0.{number}")
        await answered(opened)
        await follow(opened, log="2/0.0")
        assert (await opened.text())["detail"] == "too many logs followed"
