"""Messages to any program that takes a POST: a versioned JSON document, signed. See docs/notifications.md."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from devops_platform import http
from pipelines.notifications.base import Message, excerpt

LARGEST = 64 * 1024  # bytes of a body
LIMITS = http.Limits(connect=5, read=10, total=15, largest=64 * 1024)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts the document to ``url``; with a ``key`` it is signed."""

    url: str = field(repr=False)
    key: str = field(default="", repr=False)
    now: Callable[[], float] = time.time

    def send(self, message: Message, recipient: str) -> str:
        body = encoded({**message.document, "recipient": recipient})
        return post(self.url, body, {"Idempotency-Key": message.delivery, **self._signed(body)})

    def _signed(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.now()))
        if not self.key:
            return {"X-Timestamp": timestamp}
        return {"X-Timestamp": timestamp, "X-Signature-256": signature(self.key, timestamp, body)}


@dataclass(frozen=True, slots=True)
class Slack:
    """Posts the text to ``url`` as Slack, Mattermost and Rocket.Chat take it."""

    url: str = field(repr=False)

    def send(self, message: Message, recipient: str) -> str:
        channel = {"channel": recipient} if recipient else {}
        body = encoded({"text": escaped(message.text), **channel})
        return post(self.url, body, {"Idempotency-Key": message.delivery})


def signature(key: str, timestamp: str, body: bytes) -> str:
    """Over time and body together, so that neither can be replaced: HMAC-SHA256 of ``<timestamp>.<body>``."""
    digest = hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def encoded(document: Mapping[str, Any]) -> bytes:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(body) <= LARGEST, "messages are bounded where they are made"
    return body


def escaped(text: str) -> str:
    """So that no text calls everybody or hides an address behind a word.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping).
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def post(url: str, body: bytes, headers: Mapping[str, str]) -> str:
    """POST the JSON; returns status and the beginning of the answer. Raises as the port says."""
    content_type = {"Content-Type": "application/json; charset=utf-8"}
    answer = http.request("POST", url, headers={**content_type, **headers}, content=body, limits=LIMITS).checked()
    return excerpt(f"{answer.status} {answer.body.decode(errors='replace')}")
