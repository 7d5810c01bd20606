"""The port to whatever carries a message: what a message is, and what a channel promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

EXCERPT = 500  # characters kept of what the other side said


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient.

    ``delivery`` is the same in every try, so that a receiver can drop a repetition. ``subject`` is one line, ``text``
    plain text, and ``document`` the same for programs: JSON of at most some 40 kB.
    """

    delivery: str
    subject: str
    text: str
    document: Mapping[str, Any]


class Channel(Protocol):
    """A way to a receiver. Its settings and secrets are given when it is made."""

    def send(self, message: Message, recipient: str) -> str:
        """Hand the message over once; returns what the other side said, cut short.

        ``recipient`` may be empty: the channel then uses its own. Returns or raises in less than a minute. Raises
        Unavailable when a later try may succeed, Denied, Missing or Unsupported when a person must act first. No
        error holds a secret of the channel.
        """
        ...


def excerpt(text: str) -> str:
    """``text`` on one line, printable and cut short."""
    line = " ".join(text.split())[: EXCERPT + 1]
    clean = "".join(char if char.isprintable() else "·" for char in line)
    return clean if len(clean) <= EXCERPT else f"{clean[:EXCERPT]}…"
