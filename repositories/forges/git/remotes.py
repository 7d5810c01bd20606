"""Addresses of repositories: which are accepted, how they are shown, and what git's complaints about them mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from devops_platform.errors import Denied, Missing, PlatformError, Throttled, Unavailable, Unsupported

SCHEMES = frozenset({"https", "http", "ssh", "file"})
SCP = re.compile(r"(?P<user>[A-Za-z0-9._][A-Za-z0-9._-]*@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^-:\s][^\s]*)")
UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
USERINFO = re.compile(r"(?<=://)[^/@\s'\"]+@")
LONGEST = 2048
RETRY_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LocalRule:
    """Repositories of this machine are allowed below ``roots``, save below ``private``: other tenants' sources."""

    roots: tuple[Path, ...] = ()
    private: tuple[Path, ...] = ()

    def allows(self, path: Path) -> bool:
        """Whether ``path``, all links resolved, may be used."""
        return _below(path, self.roots) and not _below(path, self.private)


def _below(path: Path, roots: Iterable[Path]) -> bool:
    return any(path.is_relative_to(root.resolve()) for root in roots)


@dataclass(frozen=True, slots=True)
class Remote:
    """``url`` is what git gets; ``shown`` is fit for messages; ``protocols`` are those that git may use."""

    url: str
    shown: str
    protocols: str
    local: bool


def remote(url: str, local: LocalRule) -> Remote:
    """The repository at ``url``. Raises Unsupported and Denied."""
    shown = without_userinfo(url)
    if not url or len(url) > LONGEST or UNPRINTABLE.search(url) or url.startswith("-"):
        raise Unsupported(f"{shown[:80]!r} is not the address of a git repository")
    if url.startswith("/"):
        return _local(Path(url), shown, local)
    if "://" in url:
        return _by_scheme(url, shown, local)
    if not SCP.fullmatch(url):
        raise Unsupported(f"{shown!r} is not the address of a git repository")
    return Remote(url, shown, "ssh", local=False)


def without_userinfo(text: str) -> str:
    """``text`` with user names and passwords of every address in it removed."""
    return USERINFO.sub("", text)


def _by_scheme(url: str, shown: str, local: LocalRule) -> Remote:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        raise Unsupported(f"{shown!r} is not the address of a git repository") from error
    if parts.scheme not in SCHEMES:
        raise Unsupported(
            f"{shown!r}: the protocol {parts.scheme[:20]!r} is not supported, only https, http, ssh and file"
        )
    if parts.scheme == "file":
        if parts.netloc:
            raise Unsupported(f"{shown!r}: a file address begins with file:///")
        return _local(Path(unquote(parts.path)), shown, local)
    if parts.password is not None:
        raise Denied(f"The address {shown} holds a password; keep it in a credential instead")
    if not host or host.startswith("-") or (parts.username or "").startswith("-"):
        raise Unsupported(f"{shown!r} names no host")
    return Remote(url, shown, "ssh" if parts.scheme == "ssh" else "https:http", local=False)


def _local(path: Path, shown: str, local: LocalRule) -> Remote:
    real = path.resolve()
    if not local.allows(real):
        raise Denied(f"{shown} is on the platform's own disk and not below a folder of LOCAL_REPOSITORIES")
    return Remote(str(real), shown, "file:https:http:ssh", local=True)


# Source: what git 2.39 and libcurl print; the first line that matches decides.
COMPLAINTS: tuple[tuple[type[PlatformError], re.Pattern[str], str], ...] = (
    (Throttled, re.compile(r"error: 429"), "asks to wait"),
    (
        Denied,
        re.compile(
            r"authentication failed|could not read (username|password)|terminal prompts disabled|permission denied"
            r"|error: 40[13]|access denied|host key verification failed|not authorized",
            re.IGNORECASE,
        ),
        "refuses access: authorise the platform there, or check the address",
    ),
    (
        Missing,
        re.compile(
            r"not our ref|couldn't find remote ref|bad object|bad revision|unknown revision|ambiguous argument"
            r"|not a valid (object|commit) name"
            r"|not a tree object|no such remote ref",
            re.IGNORECASE,
        ),
        "has no such branch, tag or commit",
    ),
    (
        Missing,
        re.compile(r"not found|does not exist|not appear to be a git repository|not a git repository", re.IGNORECASE),
        "is not there, or not for everybody to see",
    ),
)


def failure(shown: str, stderr: str) -> PlatformError:
    """The error that git's complaint stands for, as a sentence about the repository and without a credential."""
    for kind, pattern, sentence in COMPLAINTS:
        if not pattern.search(stderr):
            continue
        if kind is Throttled:
            return Throttled(f"{shown} {sentence}", retry_after=RETRY_AFTER)
        return kind(f"{shown} {sentence}")
    lines = [line for line in without_userinfo(stderr).splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))), lines[-1] if lines else "")
    return Unavailable(f"{shown} cannot be reached{': ' if said else ''}{said.removeprefix('fatal: ')[:200]}")
