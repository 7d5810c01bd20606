"""Receivers on this machine: an HTTP server that answers as told, and a mail server that keeps what it gets."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from typing_extensions import override


@dataclass(frozen=True)
class Taken:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """Answers every POST with ``status`` and ``headers``; ``hang`` keeps it from answering until it is closed."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"thanks"
    hang: bool = False
    taken: list[Taken] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def http_receiver() -> Iterator[HttpReceiver]:
    receiver = HttpReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.taken.append(Taken(self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            if receiver.hang:
                receiver.over.wait(30)
                return
            self.send_response(receiver.status)
            for name, text in {"Content-Length": str(len(receiver.answer)), **receiver.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(receiver.answer)

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.port = server.server_address[1]
        with _served(server):
            try:
                yield receiver
            finally:
                receiver.over.set()


@dataclass
class MailReceiver:
    """Takes mail unless ``refusal`` is set: the line that answers RCPT."""

    refusal: str = ""
    port: int = 0
    recipients: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    receiver: MailReceiver


class MailHandler(socketserver.StreamRequestHandler):
    @property
    def receiver(self) -> MailReceiver:
        return cast("MailServer", self.server).receiver

    @override
    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"RCPT":
                    self.receiver.recipients.append(line.decode().strip())
                    self._say(self.receiver.refusal or "250 ok")
                case b"DATA":
                    self._take()
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        self.receiver.taken.append(mail)
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_receiver() -> Iterator[MailReceiver]:
    with MailServer(("127.0.0.1", 0), MailHandler) as server:
        server.receiver = receiver = MailReceiver(port=server.server_address[1])
        with _served(server):
            yield receiver


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
