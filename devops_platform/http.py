"""Calls to other machines over HTTP: limited in time and size, never redirected, never into our own network.

A host is resolved once; its addresses are checked, and the connection goes to one that passed. Each call has a
connection of its own, so that its time limit covers everything.
"""

import ipaddress
import json
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, cast

import httpcore2
import httpx2
from django.conf import settings
from typing_extensions import override

from devops_platform.errors import Denied, Misconfigured, Missing, PlatformError, Throttled, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

CONNECT = 5.0  # seconds
READ = 10.0  # seconds between two pieces of an answer
TOTAL = 15.0  # seconds for the whole call
LARGEST = 1024 * 1024  # bytes of an answer's body
LONGEST_URL = 4096
USUAL_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What the address registries call global and yet belongs to the machine's surroundings.
NEVER: tuple[Network, ...] = (
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's host agent, with metadata and keys
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments; Oracle's metadata
    ipaddress.IPv4Network("192.88.99.0/24"),  # relays into 6to4
)

logging.getLogger("httpx2").addFilter(lambda _record: False)  # it logs whole addresses, with the secrets in them


@dataclass(frozen=True, slots=True)
class Rules:
    """Which machines may be called: the public Internet, and beyond it only ``hosts`` and ``networks``."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, words: Iterable[str]) -> "Rules":
        """Read host names, addresses and networks (``10.1.0.0/16``). Raises Misconfigured."""
        hosts, networks = set(), []
        for word in words:
            try:
                networks.append(ipaddress.ip_network(word.strip("[]"), strict=False))
            except ValueError as error:
                if "/" in word or ":" in word:
                    raise Misconfigured(f"OUTBOUND_ALLOW: {word!r} is no host name, address or network") from error
                hosts.add(word.lower().rstrip("."))
        return cls(frozenset(hosts), tuple(networks))

    def allows(self, host: str, address: Address) -> bool:
        if host.lower().rstrip(".") in self.hosts:
            return True
        plain = _embedded(address)
        return is_public(address) or any(plain in network for network in self.networks)


def is_public(address: Address) -> bool:
    """Whether ``address`` is on the public Internet, and so is the IPv4 address in it, if there is one."""
    inner = _embedded(address)
    if isinstance(inner, ipaddress.IPv6Address) and inner not in GLOBAL_UNICAST:
        return False
    if any(inner in network for network in NEVER):
        return False
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified)


def _embedded(address: Address) -> Address:
    """The IPv4 address that packets for an IPv6 address end up at, where it holds one; else ``address`` itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of ``host``, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found))


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def within(self, timeout: float | None) -> float:
        """``timeout``, or what is left when that is less."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("out of time")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every operation ends by the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.within(timeout))

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.within(timeout))

    @override
    def close(self) -> None:
        self._inner.close()

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._deadline.within(timeout))
        return _Stream(secured, self._deadline)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedNetwork(httpcore2.NetworkBackend):
    """Connects to addresses that passed the rules. Host header and server name stay those of the address asked for."""

    def __init__(
        self,
        rules: Rules,
        *,
        total: float = TOTAL,
        resolve: Resolve = resolve,
        network: httpcore2.NetworkBackend | None = None,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._network = network or httpcore2.SyncBackend()
        self._deadline = _Deadline(total)

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failed: Exception | None = None
        for address in self._passed(host, port):
            try:
                limit = self._deadline.within(timeout)
                return _Stream(self._network.connect_tcp(address, port, limit, None, socket_options), self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore2.ConnectError(f"{host} has no address")

    def _passed(self, host: str, port: int) -> Iterator[str]:
        try:
            found = [ipaddress.ip_address(address) for address in self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("its name cannot be resolved") from error
        passed = [str(address) for address in found if self._rules.allows(host, address)]
        if found and not passed:
            raise Denied(f"{host} is not on the public Internet and not among the hosts that the operator allows")
        yield from passed


class _Transport(httpx2.BaseTransport):
    def __init__(self, network: httpcore2.NetworkBackend) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_ssl_context(), network_backend=network, max_connections=1, max_keepalive_connections=0
        )

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        asked = httpcore2.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=cast("httpx2.SyncByteStream", request.stream),
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(asked)
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(answer.extensions)
        )

    @override
    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    @override
    def __iter__(self) -> Iterator[bytes]:
        yield from cast("Iterable[bytes]", self._answer.stream)

    @override
    def close(self) -> None:
        self._answer.close()


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, whatever its status; ``host`` is fit for messages."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def checked(self) -> "Answer":
        """The answer itself when it is 2xx. Raises Denied, Missing, Throttled, Unavailable."""
        if 200 <= self.status < 300:
            return self
        raise self._error()

    def json(self) -> Any:
        """Raises Unavailable when the body is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Unavailable(f"{self.host} did not answer with JSON") from error

    def _error(self) -> PlatformError:
        match self.status:
            case 401 | 403:
                return Denied(f"{self.host} answered {self.status}: it does not accept who is asking")
            case 404 | 410:
                return Missing(f"{self.host} answered {self.status}: there is nothing at this address")
            case 429:
                return Throttled(f"{self.host} asks to wait", retry_after=self._wait())
            case status if 300 <= status < 400:
                return Denied(f"{self.host} answered {status}: it points elsewhere, and redirects are not followed")
            case status if 400 <= status < 500 and status != 408:
                return Denied(f"{self.host} answered {status}: it does not take this request")
        if self.status == 503 and "retry-after" in self.headers:
            return Throttled(f"{self.host} answered 503", retry_after=self._wait())
        return Unavailable(f"{self.host} answered {self.status}")

    def _wait(self) -> timedelta:
        """Source: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after (seconds or a date)."""
        raw = self.headers.get("retry-after", "")
        if raw.isascii() and raw.isdecimal():
            return min(LONGEST_WAIT, timedelta(seconds=int(raw[:9])))
        try:
            until = parsedate_to_datetime(raw)
        except ValueError:
            return USUAL_WAIT
        wait = until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)
        return min(LONGEST_WAIT, max(timedelta(0), wait))


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes that one call may take."""

    connect: float = CONNECT
    read: float = READ
    total: float = TOTAL
    largest: int = LARGEST


USUAL = Limits()


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    limits: Limits = USUAL,
    transport: httpx2.BaseTransport | None = None,
) -> Answer:
    """Make one call; every status is an answer, see ``Answer.checked``. ``transport`` is for tests.

    Raises Denied for an address that must not be called, Unavailable when there is no proper answer in time. No
    error says more of ``url`` than its host: path and query may be secrets.
    """
    target = checked_url(url)
    host = shown(target)
    guard = transport or _Transport(GuardedNetwork(allowed(), total=limits.total))
    timeout = httpx2.Timeout(limits.read, connect=limits.connect)
    own = {"Accept-Encoding": "identity", "User-Agent": "devops-platform"}
    with httpx2.Client(transport=guard, timeout=timeout, follow_redirects=False, trust_env=False) as client:
        try:
            with client.stream(method, target, headers={**own, **(headers or {})}, content=content) as response:
                return Answer(host, response.status_code, response.headers, _body(response, limits.largest, host))
        except (httpx2.TimeoutException, httpcore2.TimeoutException) as error:
            raise Unavailable(f"{host} did not answer in time") from error
        except (httpx2.HTTPError, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise Unavailable(f"{host} cannot be reached: {_why(error)}") from error


def allowed() -> Rules:
    """The rules that the operator has set."""
    return Rules.of(settings.OUTBOUND_ALLOW)


def checked_url(url: str) -> httpx2.URL:
    """``url`` if it can be called at all: http or https, with a host and without user and password. Raises Denied."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise Denied("This is not the address of a web server") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or len(url) > LONGEST_URL or not url.isprintable():
        raise Denied("This is not the address of a web server: it begins with https:// or http:// and names a host")
    if parsed.userinfo:
        raise Denied("The address holds a user name or password; keep it where secrets are kept")
    return parsed


def shown(url: httpx2.URL) -> str:
    """What of ``url`` may be shown: scheme, host and port."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _body(response: httpx2.Response, largest: int, host: str) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unavailable(f"{host} answered with a compressed body, which was not asked for")
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > largest:
            raise Unavailable(f"{host} answered with more than {largest} bytes")
    return bytes(body)


def _why(error: Exception) -> str:
    """The system's own word for it, as in "Connection refused"; never what the other side sent."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "its certificate or protocol is not accepted"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return "the connection broke off"
