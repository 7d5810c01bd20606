"""Typed readers of the process environment; the only place that touches ``os.environ`` for settings."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from devops_platform.errors import Misconfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    """The value of ``name``; what is set but empty counts as unset."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    raw = text(name, "true" if default else "false").lower()
    if raw not in TRUE | FALSE:
        raise Misconfigured(f"{name} must be true or false, not {raw!r}")
    return raw in TRUE


def number(name: str, default: int) -> int:
    raw = text(name)
    if not raw:
        return default
    if not raw.isdecimal():
        raise Misconfigured(f"{name} must be a whole number, not {raw!r}")
    return int(raw)


def words(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Comma-separated values; empty ones are dropped."""
    raw = text(name)
    if not raw:
        return default
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def secret(name: str) -> str:
    """The value of ``name``, or the content of the file that ``name_FILE`` points to; empty when neither is set."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise Misconfigured(f"{name}_FILE points to {path}, which cannot be read: {error.strerror}") from error


def required_secret(name: str) -> str:
    value = secret(name)
    if not value:
        raise Misconfigured(f"{name} (or {name}_FILE) is required")
    return value


def kept_secret(name: str, path: Path, make: Callable[[], str]) -> str:
    """A secret from the environment, else the one kept in ``path``, made there on the first start.

    Two processes that start at once agree: the file is linked into place and the loser reads the winner's.
    """
    given = secret(name)
    if given:
        return given
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def database(url: str, sqlite_path: Path) -> dict[str, object]:
    """Django's ``DATABASES`` entry for ``url``: ``postgres://…``, ``sqlite:///path``, or empty for ``sqlite_path``."""
    if not url or url.startswith("sqlite:"):
        return _sqlite(Path(url.removeprefix("sqlite:///")) if url else sqlite_path)
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise Misconfigured(f"DATABASE_URL: unknown scheme {parts.scheme!r}; use postgres:// or sqlite:///")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {"min_size": 2, "max_size": number("DATABASE_POOL", 16), "timeout": 10},
            **dict(parse_qsl(parts.query)),
        },
    }


def _sqlite(path: Path) -> dict[str, object]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
        },
    }
