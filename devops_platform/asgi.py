"""The ASGI application: HTTP to Django, WebSockets to the consumers, and what lives as long as the server."""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devops_platform.settings")
http = get_asgi_application()  # sets Django up, which the imports below need

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.db import database_sync_to_async  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator, WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from controllers.tasks import resume  # noqa: E402
from devops_platform import live  # noqa: E402
from devops_platform.celery import app  # noqa: E402
from devops_platform.embedded import EmbeddedCelery  # noqa: E402
from devops_platform.errors import Conflict  # noqa: E402
from pipelines.routing import websocket_urlpatterns  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = structlog.get_logger(__name__)

routes = URLRouter([*websocket_urlpatterns, re_path("", WebsocketDenier.as_asgi())])
routes_of_this_site = AllowedHostsOriginValidator(AuthMiddlewareStack(routes))


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """A browser proves by its origin that the cookie is meant; a client with a token has neither cookie nor origin."""
    has_token = any(name == b"authorization" for name, _ in scope["headers"])
    await (routes if has_token else routes_of_this_site)(scope, receive, send)


def _started_celery() -> EmbeddedCelery | None:
    """The worker and beat of embedded mode; None in cluster mode, and in every server process but the first."""
    if not settings.EMBEDDED:
        return None
    celery = EmbeddedCelery(app, lock=settings.DATA_DIR / "celery.lock")
    try:
        celery.start()
    except Conflict:
        log.warning("another process runs the tasks; without REDIS_URL one process should serve alone")
        return None
    return celery


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    live.attach(asyncio.get_running_loop())
    celery = _started_celery()
    if celery is not None:
        await database_sync_to_async(resume)()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    if celery is not None and not await asyncio.to_thread(celery.stop):
        log.warning("tasks are left to the next start")
    live.detach()
    await send({"type": "lifespan.shutdown.complete"})


application = ProtocolTypeRouter({"http": http, "websocket": websocket, "lifespan": lifespan})
