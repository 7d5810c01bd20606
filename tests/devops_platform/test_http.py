"""Calls to other machines: where they may go, and how much they may take."""

import ipaddress
import logging
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import httpcore2
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from typing_extensions import override

from devops_platform import http
from devops_platform.errors import Denied, Misconfigured, Missing, PlatformError, Throttled, Unavailable
from devops_platform.http import GuardedNetwork, Limits, Rules
from tests.fakes.receivers import HttpReceiver, http_receiver

SECRET = "T0P-SECRET"  # in path, query and answers; never in an error


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.mark.parametrize(
    ("address", "public"),
    [
        pytest.param("93.184.216.34", True, id="a host on the Internet"),
        pytest.param("2606:2800:220:1::1", True, id="a host on the Internet, IPv6"),
        pytest.param("127.0.0.1", False, id="this machine"),
        pytest.param("127.8.8.8", False, id="this machine by another name"),
        pytest.param("0.0.0.0", False, id="any address"),
        pytest.param("10.1.2.3", False, id="private 10"),
        pytest.param("172.16.0.1", False, id="private 172.16"),
        pytest.param("172.32.0.1", True, id="just behind private 172.16"),
        pytest.param("192.168.1.1", False, id="private 192.168"),
        pytest.param("100.64.0.1", False, id="carrier NAT"),
        pytest.param("100.100.100.200", False, id="metadata of Alibaba"),
        pytest.param("169.254.169.254", False, id="metadata of most clouds"),
        pytest.param("168.63.129.16", False, id="host agent of Azure"),
        pytest.param("192.0.0.192", False, id="metadata of Oracle"),
        pytest.param("192.0.2.1", False, id="documentation"),
        pytest.param("198.18.0.1", False, id="benchmarks"),
        pytest.param("224.0.0.1", False, id="multicast"),
        pytest.param("239.1.1.1", False, id="multicast of an organisation"),
        pytest.param("240.0.0.1", False, id="reserved"),
        pytest.param("255.255.255.255", False, id="broadcast"),
        pytest.param("::", False, id="any address, IPv6"),
        pytest.param("::1", False, id="this machine, IPv6"),
        pytest.param("fe80::1", False, id="link-local, IPv6"),
        pytest.param("fec0::1", False, id="site-local, IPv6"),
        pytest.param("fd00:ec2::254", False, id="metadata of Amazon, IPv6"),
        pytest.param("ff02::1", False, id="multicast, IPv6"),
        pytest.param("2001:db8::1", False, id="documentation, IPv6"),
        pytest.param("::ffff:127.0.0.1", False, id="this machine, mapped"),
        pytest.param("::ffff:169.254.169.254", False, id="metadata, mapped"),
        pytest.param("::ffff:93.184.216.34", True, id="a host on the Internet, mapped"),
        pytest.param("::127.0.0.1", False, id="this machine, compatible form"),
        pytest.param("64:ff9b::7f00:1", False, id="this machine through NAT64"),
        pytest.param("64:ff9b::5db8:d822", True, id="a host on the Internet through NAT64"),
        pytest.param("64:ff9b:1::7f00:1", False, id="local NAT64"),
        pytest.param("2002:7f00:1::", False, id="this machine through 6to4"),
        pytest.param("2002:a9fe:a9fe::", False, id="metadata through 6to4"),
    ],
)
def test_an_address_is_public_or_not(address: str, public: bool) -> None:
    assert http.is_public(ipaddress.ip_address(address)) is public


@given(st.ip_addresses(v=4))
def test_no_spelling_makes_a_private_address_public(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)
    through = ipaddress.IPv6Address(int(http.NAT64.network_address) + int(address))
    assert {http.is_public(spelling) for spelling in (mapped, through)} == {http.is_public(address)}


@pytest.mark.parametrize(
    ("words", "host", "address", "allowed"),
    [
        pytest.param((), "hooks.example.org", "10.0.0.5", False, id="nothing is allowed by itself"),
        pytest.param(("jenkins.lan",), "jenkins.lan", "10.0.0.5", True, id="a host by name"),
        pytest.param(("jenkins.lan",), "JENKINS.lan.", "10.0.0.5", True, id="a name in another spelling"),
        pytest.param(("jenkins.lan",), "x.jenkins.lan", "10.0.0.5", False, id="not the hosts below a name"),
        pytest.param(("10.0.0.0/8",), "anything", "10.9.9.9", True, id="a network"),
        pytest.param(("10.0.0.0/8",), "anything", "192.168.0.1", False, id="not beside a network"),
        pytest.param(("10.0.0.5",), "anything", "::ffff:10.0.0.5", True, id="an address in another form"),
        pytest.param(("fd00::/8",), "anything", "fd00::7", True, id="a network, IPv6"),
    ],
)
def test_the_operator_allows_hosts_and_networks(words: Sequence[str], host: str, address: str, allowed: bool) -> None:
    assert Rules.of(words).allows(host, ipaddress.ip_address(address)) is allowed


def test_an_allow_list_with_a_slip_stops_the_start() -> None:
    with pytest.raises(Misconfigured):
        Rules.of(["10.0.0.0/33"])


class Recorder(httpcore2.MockBackend):
    """A network that keeps whom it was asked to connect to."""

    def __init__(self) -> None:
        super().__init__([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"])
        self.connected: list[str] = []

    @override
    def connect_tcp(self, host: str, *args: object, **more: object) -> httpcore2.NetworkStream:
        self.connected.append(host)
        return super().connect_tcp(host, *args, **more)  # type: ignore[arg-type]  # handed through


def test_a_name_that_changes_its_address_is_looked_up_once() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    network = Recorder()
    guard = GuardedNetwork(Rules(), resolve=lambda host, port: next(answers), network=network)
    guard.connect_tcp("rebinding.example.org", 443)
    assert network.connected == ["93.184.216.34"]
    with pytest.raises(Denied):
        guard.connect_tcp("rebinding.example.org", 443)
    assert network.connected == ["93.184.216.34"]


def test_of_several_addresses_only_the_public_ones_are_tried() -> None:
    network = Recorder()
    found = ["169.254.169.254", "10.0.0.1", "93.184.216.34"]
    GuardedNetwork(Rules(), resolve=lambda host, port: found, network=network).connect_tcp("mixed.example.org", 80)
    assert network.connected == ["93.184.216.34"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_this_machine_is_refused_however_it_is_spelled(host: str, receiver: HttpReceiver) -> None:
    with pytest.raises((Denied, Unavailable)):
        http.request("POST", f"http://{host}:{receiver.port}/{SECRET}")
    assert receiver.taken == []


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ftp://example.org/x", id="another protocol"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("https://user:hush@example.org/", id="a password"),
        pytest.param("https:///path", id="no host"),
        pytest.param("hooks.example.org/x", id="no protocol"),
        pytest.param("https://example.org/a\nb", id="a line end"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Denied) as caught:
        http.request("GET", url)
    assert "hush" not in str(caught.value)


@pytest.fixture
def open_to_this_machine(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = ("127.0.0.1",)


@pytest.mark.usefixtures("open_to_this_machine")
class TestAnswers:
    def test_status_headers_and_body_come_back(self, receiver: HttpReceiver) -> None:
        answer = http.request("POST", receiver.url, content=b"hello", headers={"X-Mark": "1"}).checked()
        assert (answer.status, answer.body) == (200, b"thanks")
        assert receiver.taken[0].body == b"hello"
        assert receiver.taken[0].headers["host"] == f"127.0.0.1:{receiver.port}"
        assert receiver.taken[0].headers["x-mark"] == "1"

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (301, Denied),
            (302, Denied),
            (400, Denied),
            (401, Denied),
            (403, Denied),
            (404, Missing),
            (408, Unavailable),
            (410, Missing),
            (422, Denied),
            (429, Throttled),
            (500, Unavailable),
            (503, Unavailable),
        ],
    )
    def test_a_refusal_says_who_must_act(
        self, receiver: HttpReceiver, status: int, expected: type[PlatformError]
    ) -> None:
        receiver.status, receiver.answer = status, SECRET.encode()
        receiver.headers = {"Location": "http://127.0.0.1:1/"} if status < 400 else {}
        with pytest.raises(expected) as caught:
            http.request("POST", f"{receiver.url}/{SECRET}?token={SECRET}").checked()
        assert type(caught.value) is expected
        assert SECRET not in str(caught.value)
        assert len(receiver.taken) == 1

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            ("7", timedelta(seconds=7)),
            ("999999999999999999999", http.LONGEST_WAIT),
            ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0)),
            ("soon", http.USUAL_WAIT),
            ("", http.USUAL_WAIT),
        ],
    )
    def test_how_long_to_wait_is_read_with_care(self, receiver: HttpReceiver, header: str, expected: timedelta) -> None:
        receiver.status, receiver.headers = 429, {"Retry-After": header}
        with pytest.raises(Throttled) as caught:
            http.request("POST", receiver.url).checked()
        assert caught.value.retry_after == expected

    def test_a_large_answer_is_cut_off(self, receiver: HttpReceiver) -> None:
        receiver.answer = b"x" * 5000
        with pytest.raises(Unavailable):
            http.request("POST", receiver.url, limits=Limits(largest=4999))
        assert len(http.request("POST", receiver.url, limits=Limits(largest=5000)).body) == 5000

    def test_an_answer_that_never_comes_is_not_waited_for(self, receiver: HttpReceiver) -> None:
        receiver.hang = True
        with pytest.raises(Unavailable):
            http.request("POST", f"{receiver.url}/{SECRET}", limits=Limits(read=0.1))

    def test_an_answer_that_drips_ends_by_the_total_time(self) -> None:
        with dripping() as port:
            begun = time.monotonic()
            with pytest.raises(Unavailable):
                http.request("GET", f"http://127.0.0.1:{port}/", limits=Limits(read=5, total=0.3))
            assert time.monotonic() - begun < 3

    def test_nobody_there_is_unavailable(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            with pytest.raises(Unavailable) as caught:
                http.request("GET", f"http://127.0.0.1:{taken.getsockname()[1]}/{SECRET}")
        assert SECRET not in str(caught.value)

    def test_no_log_line_holds_the_path(self, receiver: HttpReceiver, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        http.request("POST", f"{receiver.url}/{SECRET}")
        assert SECRET not in caplog.text

    def test_a_proxy_of_the_environment_is_not_used(
        self, receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        assert http.request("POST", receiver.url).status == 200


def test_a_body_that_is_no_json_is_unavailable() -> None:
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=b"<html>"))
    with pytest.raises(Unavailable):
        http.request("GET", "https://example.org/", transport=transport).json()


def test_a_compressed_answer_is_not_unpacked() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx2.ByteStream(b"\x1f\x8b"))

    with pytest.raises(Unavailable):
        http.request("GET", "https://example.org/", transport=httpx2.MockTransport(answer))


@contextmanager
def dripping() -> Iterator[int]:
    """A server that sends its head a byte at a time and never ends it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(0.02)
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
                    try:
                        connection.sendall(bytes([byte]))
                        connection.recv(1024)
                    except TimeoutError:
                        continue
                    except OSError:
                        return

        thread = Thread(target=drip, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)
