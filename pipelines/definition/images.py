"""Names of images: whether one is right, where it is pulled from, and where a build pushes it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Source: https://pkg.go.dev/github.com/distribution/reference (grammar in the package's documentation)
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
LABEL = r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
HOST = rf"(?:{LABEL}(?:\.{LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
REFERENCE = re.compile(
    rf"(?:{HOST}/)?{PART}(?:/{PART})*(?::\w[\w.-]{{0,127}})?(?:@[a-z0-9]+:[0-9a-f]{{32,128}})?", re.ASCII
)
VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
HUB = "docker.io"
HUB_NAMES = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})
LONGEST = 512


def is_reference(text: str) -> bool:
    """Whether ``text`` is an image reference once its variables are filled in."""
    return len(text) <= LONGEST and REFERENCE.fullmatch(VARIABLE.sub("x", text)) is not None


@dataclass(frozen=True, slots=True)
class Target:
    """An image that a step pushes. ``registry`` is empty when the file names none."""

    registry: str
    repository: str
    tag: str

    @property
    def name(self) -> str:
        """Without the tag."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    @property
    def reference(self) -> str:
        return f"{self.name}:{self.tag}"


def target(tag: str, *, registry: str) -> Target:
    """Where ``tag`` (``repo``, ``repo:tag`` or ``host/repo:tag``) goes; ``registry`` wins over the host in ``tag``."""
    rest, own = tag, ""
    first, slash, remainder = tag.partition("/")
    if slash and _is_host(first):
        rest, own = remainder, first
    repository, _, version = rest.partition(":")
    host = registry.removeprefix("https://").removeprefix("http://").strip("/") or own
    return Target(HUB if host in HUB_NAMES else host, repository, version or "latest")


def resolved(image: str, prefixes: Mapping[str, str]) -> str:
    """``image`` with its longest known prefix replaced; prefixes may also be of Docker Hub's full names."""
    for name in (image, _full(image)):
        known = max((prefix for prefix in prefixes if _begins(name, prefix)), key=len, default=None)
        if known is not None:
            slash = "/" if known.endswith("/") else ""
            return f"{prefixes[known].rstrip('/')}{slash}{name.removeprefix(known)}"
    return image


def _begins(name: str, prefix: str) -> bool:
    """Whether ``prefix`` is some first parts of ``name``, so that ``go`` is no prefix of ``golang``."""
    if not prefix or not name.startswith(prefix):
        return False
    return prefix.endswith("/") or name[len(prefix) :][:1] in {"", "/", ":", "@"}


def basename(image: str) -> str:
    """``golang`` of ``link-cloud/golang:1.13``."""
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def _is_host(part: str) -> bool:
    return "." in part or ":" in part or part == "localhost"


def _full(image: str) -> str:
    first, slash, _ = image.partition("/")
    if not slash:
        return f"{HUB}/library/{image}"
    return image if _is_host(first) else f"{HUB}/{image}"
