"""The settings of a project: their names, defaults and what they accept. Pure; values are text, as in the resource."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from devops_platform.errors import Invalid
from pipelines.definition.messages import gettext_noop

QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
SIZE = re.compile(r"(?P<number>[0-9]{1,12})(?P<unit>k|M|G|T|Ki|Mi|Gi|Ti)?")
UNITS: Mapping[str, int] = (
    {"": 1}
    | {
        prefix + binary: base**power
        for power, prefix in enumerate(("K", "M", "G", "T"), 1)
        for binary, base in (("", 1000), ("i", 1024))
    }
    | {"k": 1000}
)
DURATION = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")
PREFIX = re.compile(r"[a-z0-9]([a-z0-9._/-]*)/=[A-Za-z0-9][A-Za-z0-9.:_/-]*")
# A chart repository by http(s) or oci, or a git repository; a user name may be in an address, a password may not.
CATALOG = re.compile(
    r"[a-z0-9][a-z0-9._-]*=((https?|oci|ssh)://([\w.-]+@)?[\w.-]+(:[0-9]+)?(/[\w./~%+-]*)?|[\w.-]+@[\w.-]+:[\w./~+-]+)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Preference:
    """One setting. ``check`` returns why a value is refused, or an empty string."""

    default: str
    about: str
    check: Callable[[str], str]
    group: str


def whole_number(low: int, high: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if re.fullmatch(r"[0-9]{1,9}", value) and low <= int(value) <= high:
            return ""
        return f"must be a whole number from {low} to {high}"

    return check


def quantity(value: str) -> str:
    return "" if QUANTITY.fullmatch(value) else "must be a Kubernetes quantity such as 500m, 2 or 1Gi"


def size(value: str) -> str:
    return "" if SIZE.fullmatch(value) else "must be a number of bytes such as 500Mi or 10Gi"


def bytes_of(value: str) -> int:
    """The number of bytes that a checked size means."""
    found = SIZE.fullmatch(value)
    assert found is not None
    return int(found["number"]) * UNITS[found["unit"] or ""]


def duration(value: str) -> str:
    return "" if value and DURATION.fullmatch(value) else "must be a duration such as 2160h or 1h30m"


def directory(value: str) -> str:
    path = PurePosixPath(value)
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        return "must be an absolute path without .."
    return ""


def certificates(value: str) -> str:
    return "" if "-----BEGIN CERTIFICATE-----" in value else "must be certificates in PEM form"


def address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "must be an address that begins with http:// or https://"
    return "must hold no user name or password" if parts.username or parts.password else ""


def address_or_direct(value: str) -> str:
    return "" if value == "direct" else address(value)


def hosts(value: str) -> str:
    return "" if re.fullmatch(r"[A-Za-z0-9.,:*/_-]+", value) else "must be host names separated by commas"


def prefixes(value: str) -> str:
    wrong = [word for word in value.split() if not PREFIX.fullmatch(word)]
    return f"{wrong[0]!r} is not of the form prefix/=registry/path" if wrong else ""


def catalogs(value: str) -> str:
    wrong = [word for word in value.split() if not CATALOG.fullmatch(word)]
    return f"{wrong[0]!r} is not of the form name=address, or holds a password" if wrong else ""


PREFERENCES: Mapping[str, Preference] = {
    "executor-quota": Preference("2", gettext_noop("Runs at a time"), whole_number(1, 1000), "quota"),
    "executor-cpu-request": Preference("", gettext_noop("Processor request of a step"), quantity, "resources"),
    "executor-cpu-limit": Preference("", gettext_noop("Processor limit of a step"), quantity, "resources"),
    "executor-memory-request": Preference("", gettext_noop("Memory request of a step"), quantity, "resources"),
    "executor-memory-limit": Preference("", gettext_noop("Memory limit of a step"), quantity, "resources"),
    "devops-cache-dir": Preference(
        "/var/lib/devops-cache", gettext_noop("Directory of the build cache on each node"), directory, "cache"
    ),
    "cache-quota": Preference("10Gi", gettext_noop("Disk space of the build cache"), size, "cache"),
    "registry-signing-duration": Preference(
        "2160h", gettext_noop("Lifetime of the registry's certificates"), duration, "registry"
    ),
    "git-cacerts": Preference("", gettext_noop("Certificates trusted when cloning"), certificates, "code"),
    "image-prefixes": Preference("", gettext_noop("Image prefixes and their registries"), prefixes, "network"),
    "http-proxy": Preference("", gettext_noop("Proxy for http"), address, "network"),
    "https-proxy": Preference("", gettext_noop("Proxy for https"), address, "network"),
    "no-proxy": Preference("", gettext_noop("Hosts reached without a proxy"), hosts, "network"),
    "pip-mirror": Preference("", gettext_noop("Python package mirror"), address, "network"),
    "npm-mirror": Preference("", gettext_noop("npm package mirror"), address, "network"),
    "maven-mirror": Preference("", gettext_noop("Maven mirror"), address, "network"),
    "go-proxy": Preference("", gettext_noop("Go module proxy"), address_or_direct, "network"),
    "catalogs": Preference("", gettext_noop("Catalogs of charts and their repositories"), catalogs, "network"),
    "retention-runs": Preference(
        "100", gettext_noop("Runs kept for each pipeline"), whole_number(1, 100_000), "retention"
    ),
    "retention-days": Preference("90", gettext_noop("Days that runs are kept"), whole_number(1, 3650), "retention"),
    "workspace-retention": Preference(
        "24", gettext_noop("Hours that workspaces stay for reruns"), whole_number(0, 8760), "retention"
    ),
}


def checked(name: str, value: str) -> str:
    """``value`` as it may be stored; empty means the default. Raises Invalid, with the field named."""
    preference = PREFERENCES.get(name)
    if preference is None:
        raise Invalid(f"There is no setting {name}", fields={"name": ["unknown setting"]})
    value = value.strip()
    if len(value) > 100_000 or "\x00" in value:
        raise Invalid(f"The value of {name} is too long or not text", fields={"value": ["too long or not text"]})
    problem = preference.check(value) if value else ""
    if problem:
        raise Invalid(f"{name} {problem}", fields={"value": [problem]})
    return value


def effective(stored: Mapping[str, str]) -> dict[str, str]:
    """Every setting with its value: the stored one, else the default."""
    return {name: stored.get(name) or preference.default for name, preference in PREFERENCES.items()}
