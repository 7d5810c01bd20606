"""``manage.py serve``: everything in one process, on a fresh machine with no configuration."""

import os
import signal
import socket
import warnings
from contextlib import ExitStack
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from typing_extensions import override

from devops_platform.errors import Conflict
from devops_platform.lockfile import held
from devops_platform.projects.models import User
from devops_platform.projects.services import ensure_admin
from pipelines.demo import ensure_demo
from pipelines.models import Execution

KEEP_ALIVE = 65  # seconds; longer than proxies in front keep theirs, so that they, not we, end idle connections
GRACE = 2  # seconds for requests that are under way when the server is told to end


class Command(BaseCommand):
    help = "Migrate, then serve the platform on HOST:PORT until interrupted."
    requires_system_checks = []  # migrate runs them

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        # SIGTERM ends like Ctrl-C: at any time, and with exit code 0.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # WhiteNoise hands out files by plain iterators; small ones, and nothing a person at the terminal can do about.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        try:
            self._serve()
        except KeyboardInterrupt:
            self._farewell()
            self.stdout.flush()
            # The interpreter would wait for threads with tasks that outlast the grace; those begin again next time.
            os._exit(0)

    def _serve(self) -> None:
        with ExitStack() as stack:
            listener = stack.enter_context(_listener(settings.HOST, settings.PORT))
            try:
                stack.enter_context(held(settings.DATA_DIR / "serve.lock"))
            except Conflict as error:
                raise CommandError(
                    _("Another server is running on the data in %(folder)s.") % {"folder": settings.DATA_DIR}
                ) from error
            self.stdout.write(_("Preparing the database …"))
            settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
            call_command("migrate", verbosity=0, interactive=False)
            admin, password = ensure_admin()
            ensure_demo(User.objects.get(username=admin))
            self._greet(admin, password)
            _server().run(sockets=[listener])

    def _farewell(self) -> None:
        """Steps outlive the server on purpose; say so, lest somebody wonders what still runs."""
        self.stdout.write(_("Stopped."))
        try:
            running = Execution.objects.filter(open_since__isnull=False, started__isnull=False).count()
        except DatabaseError:  # stopped before there were tables
            return
        if running:
            line = ngettext(
                "%(count)d run goes on; the next start picks it up.",
                "%(count)d runs go on; the next start picks them up.",
                running,
            )
            self.stdout.write(line % {"count": running})

    def _greet(self, admin: str, password: str | None) -> None:
        self.stdout.write(_("Serving on %(url)s (Ctrl-C ends)") % {"url": settings.PUBLIC_URL})
        if password is not None:
            self.stdout.write(
                _("Sign in as %(user)s with the password %(password)s") % {"user": admin, "password": password}
            )
            self.stdout.write(_("It is shown only now; change it after signing in."))
        self.stdout.flush()


def _listener(host: str, port: int) -> socket.socket:
    """Bound and listening before anything else is done, so that a port that is taken is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise CommandError(
            _("Cannot listen on %(host)s port %(port)s: %(reason)s.")
            % {"host": host, "port": port, "reason": os.strerror(error.errno or 0)}
        ) from error


def _server() -> uvicorn.Server:
    config = uvicorn.Config(
        "devops_platform.asgi:application",
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)
