"""Names that Kubernetes accepts (RFC 1123) and short random identifiers."""

import re
import secrets
import unicodedata

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def new_id(prefix: str) -> str:
    """A short random name such as ``p-zwmcv``: no vowels, so no words."""
    return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(5))}"


def is_label(name: str) -> bool:
    """Whether ``name`` is a DNS label (RFC 1123, at most 63 characters)."""
    return LABEL.fullmatch(name) is not None


def is_subdomain(name: str) -> bool:
    """Whether ``name`` is a DNS subdomain (RFC 1123, at most 253 characters), as object names are."""
    return len(name) <= 253 and SUBDOMAIN.fullmatch(name) is not None


def slug(text: str, *, fallback: str, limit: int = 40) -> str:
    """``text`` made into a label of at most ``limit`` characters; ``fallback`` when nothing of it remains."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    label = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].strip("-")
    return label or fallback
