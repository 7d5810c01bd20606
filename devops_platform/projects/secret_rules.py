"""What a project secret may be called and hold. Pure."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from django.utils.translation import gettext as _

from devops_platform import names
from devops_platform.errors import Invalid

RESERVED = (
    "pipeline-secret",
    "pipeline-api-key",
    "pipeline-docker-registry",
    "devops-docker-registry",
    "docker-registry*",
    "registry-*",
    "jenkins*",
    "minio*",
    "proxy-mappings",
)
KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")  # Source: https://kubernetes.io/docs/concepts/configuration/secret/
MAX_KEYS = 100
MAX_BYTES = 1024 * 1024  # what Kubernetes takes, all values together


def is_reserved(name: str) -> bool:
    """Whether ``name`` belongs to the platform in the namespaces of a project; steps never get to read it."""
    return any(fnmatchcase(name, pattern) for pattern in RESERVED)


def check_name(name: str) -> None:
    if not names.is_label(name):
        problem = _("Use at most 63 lower-case letters, digits and dashes; the first and last are no dashes.")
        raise Invalid(_("This name cannot be used."), fields={"name": [problem]})
    if is_reserved(name):
        raise Invalid(_("This name cannot be used."), fields={"name": [_("The platform keeps this name to itself.")]})


def changed(data: Mapping[str, str], *, put: Mapping[str, str], remove: Iterable[str]) -> dict[str, str]:
    """``data`` without ``remove`` and with ``put``; raises Invalid when the result cannot be kept."""
    for key, value in put.items():
        if not KEY.fullmatch(key):
            raise _invalid(_("A key has letters, digits, dashes, dots and underscores."))
        if not value or "\0" in value:
            raise _invalid(_("A value is not empty and has no NUL character."))
    result = {key: value for key, value in data.items() if key not in set(remove)} | dict(put)
    if not result:
        raise _invalid(_("A secret has at least one key."))
    if len(result) > MAX_KEYS or sum(len(value.encode()) for value in result.values()) > MAX_BYTES:
        raise _invalid(_("A secret has at most %(keys)d keys and 1 MiB.") % {"keys": MAX_KEYS})
    return result


def _invalid(problem: str) -> Invalid:
    return Invalid(_("This secret cannot be kept."), fields={"put": [problem]})
