"""The log store of this process, as ``LOG_STORE`` in the settings says."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from pipelines.logs.base import LogStore


@lru_cache(maxsize=1)
def log_store() -> LogStore:
    chosen: dict[str, Any] = settings.LOG_STORE
    store: LogStore = import_string(chosen["BACKEND"])(**chosen.get("OPTIONS", {}))
    return store


def _forget(*, setting: str, **_: object) -> None:
    if setting == "LOG_STORE":
        log_store.cache_clear()


setting_changed.connect(_forget)
