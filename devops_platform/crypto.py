"""Sealing of values at rest. Several keys may be live: the first seals, every one opens, so keys can be rotated."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.signals import setting_changed
from django.db import models
from typing_extensions import override

from devops_platform.errors import Misconfigured


def new_key() -> str:
    return Fernet.generate_key().decode()


@lru_cache(maxsize=1)
def _box() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in settings.SEAL_KEYS])
    except ValueError as error:
        raise Misconfigured("SEAL_KEYS: each key is 32 bytes in URL-safe base64") from error


def _forget_box(*, setting: str, **_: object) -> None:
    if setting == "SEAL_KEYS":
        _box.cache_clear()


setting_changed.connect(_forget_box)


def seal(value: Any) -> str:
    """Encrypt a JSON value. Source: https://github.com/fernet/spec (AES-128-CBC, HMAC-SHA256)."""
    return _box().encrypt(json.dumps(value).encode()).decode()


def unseal(sealed: str) -> Any:
    try:
        return json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Misconfigured("a sealed value opens with none of SEAL_KEYS") from error


def resealed(sealed: str) -> str:
    """The same value under the first key."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise Misconfigured("a sealed value opens with none of SEAL_KEYS") from error


if TYPE_CHECKING:
    JsonText = models.TextField[Any, Any]
else:
    JsonText = models.TextField  # generic in its stubs only


class SealedField(JsonText):
    """A JSON value that is encrypted in its column; never indexed, never compared."""

    _pyi_private_set_type: Any  # what django-stubs reads for constructors

    @override
    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else seal(value)

    def from_db_value(self, value: str | None, *_: object) -> Any:
        return None if value is None else unseal(value)
