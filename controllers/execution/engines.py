"""Puts the engines together: the one place where an adapter meets the stores and hosts it needs."""

from functools import cache

from django.conf import settings

from devops_platform import nudge
from pipelines import events, queue
from pipelines.engines.base import Engine, Source
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.recorder import Recorder
from pipelines.logs.registry import log_store
from pipelines.models import Execution
from repositories.forges.base import Checkout
from repositories.forges.registry import forge_for

UID_LENGTH = 36


def engine_of(execution: Execution) -> Engine:
    """The engine that carries out ``execution``."""
    return local_engine()


@cache
def local_engine() -> LocalEngine:
    store = log_store()
    publish = Recorder(store, events.log_appended)
    return LocalEngine(
        root=settings.ENGINE_DIR,
        store=store,
        checkout=_checkout,
        publish=publish,
        nudge=_nudge,
        cache=settings.CACHE_DIR,
    )


def _checkout(source: Source) -> Checkout:
    return forge_for(source.url).checkout(source.url, source.commit, source.ref)


def _nudge(build_key: str) -> None:
    """Build keys begin with the uid of their execution."""
    nudge.send(queue.EXECUTION, build_key[:UID_LENGTH])
