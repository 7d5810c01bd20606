"""The forge of a repository, chosen by its address."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.signals import setting_changed

from repositories.forges.base import Forge
from repositories.forges.git.forge import GitForge
from repositories.forges.git.remotes import LocalRule


def forge_for(url: str) -> Forge:
    """The adapter that serves ``url``: for now plain git for every host."""
    return _git()


@lru_cache(maxsize=1)
def _git() -> GitForge:
    local = LocalRule(
        roots=tuple(map(Path, settings.LOCAL_REPOSITORIES)), private=(settings.GIT_DIR, settings.ENGINE_DIR)
    )
    return GitForge(settings.GIT_DIR, local=local)


def _forget(*, setting: str, **_: object) -> None:
    if setting in {"GIT_DIR", "ENGINE_DIR", "LOCAL_REPOSITORIES"}:
        _git.cache_clear()


setting_changed.connect(_forget)
