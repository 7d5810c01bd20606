"""The text of a personal token, ``cpd_<prefix>_<secret>``, and what is kept of it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from typing_extensions import override

from devops_platform.names import ALPHABET

LABEL = "cpd"


@dataclass(frozen=True, slots=True)
class ClearToken:
    """A token as its owner has it. Its text exists only in the answer that makes it."""

    prefix: str
    secret: str

    @override
    def __str__(self) -> str:
        return f"{LABEL}_{self.prefix}_{self.secret}"

    @override
    def __repr__(self) -> str:
        return f"ClearToken({self.prefix}…)"

    @property
    def digest(self) -> str:
        # 256 random bits need no slow hash.
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def matches(self, digest: str) -> bool:
        return hmac.compare_digest(self.digest, digest)


def new_token() -> ClearToken:
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return ClearToken(prefix, secrets.token_urlsafe(32))


def parse(text: str) -> ClearToken | None:
    """The token in ``text``; None when it cannot be one of ours."""
    label, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if label != LABEL or not (prefix and secret and text.isascii() and text.isprintable()):
        return None
    return ClearToken(prefix, secret)
