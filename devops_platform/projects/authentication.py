"""Personal tokens as credentials, in HTTP and in WebSocket handshakes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from channels.auth import get_user
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from typing_extensions import override

from devops_platform.projects import tokens
from devops_platform.projects.models import ApiToken, User
from devops_platform.projects.principals import Principal

SCHEME = "Bearer"
USE_PRECISION = timedelta(minutes=1)
NOBODY = "0" * 64


def principal_of_token(text: str, *, now: datetime) -> Principal | None:
    """Whoever ``text`` stands for; None when it is not a live token of an active user."""
    clear = tokens.parse(text)
    if clear is None:
        return None
    token = ApiToken.objects.select_related("user").filter(prefix=clear.prefix).first()
    # An unknown prefix takes as long as a wrong secret.
    if not clear.matches(token.digest if token else NOBODY) or token is None:
        return None
    if token.revoked or not token.user.is_active or (token.expires and token.expires <= now):
        return None
    _note_use(token, now)
    return Principal(token.user, token)


def _note_use(token: ApiToken, now: datetime) -> None:
    recent = now - USE_PRECISION
    if token.last_used and token.last_used > recent:
        return
    ApiToken.objects.filter(Q(last_used=None) | Q(last_used__lte=recent), pk=token.pk).update(last_used=now)


def bearer(header: bytes) -> str | None:
    """The credential of an ``Authorization`` header of our scheme; None for another scheme."""
    scheme, _space, credential = header.partition(b" ")
    if scheme.lower() != SCHEME.lower().encode():
        return None
    return credential.strip().decode("latin-1")


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer cpd_…``; ``request.auth`` is then the ApiToken."""

    @override
    def authenticate(self, request: Request) -> tuple[User, ApiToken | None] | None:
        credential = bearer(get_authorization_header(request))
        if credential is None:
            return None
        principal = principal_of_token(credential, now=timezone.now())
        if principal is None:
            raise AuthenticationFailed(_("The token is not valid."))
        return principal.user, principal.token

    @override
    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'


async def principal_of_scope(scope: Mapping[str, Any]) -> Principal | None:
    """Who opens a WebSocket: a token's user, else the session's (which needs Channels' SessionMiddlewareStack)."""
    header = dict(scope["headers"]).get(b"authorization", b"")
    credential = bearer(header)
    if credential is not None:
        return await sync_to_async(principal_of_token)(credential, now=timezone.now())
    if "session" not in scope:
        return None
    user = await get_user(dict(scope))
    if not isinstance(user, User) or not user.is_active:
        return None
    session = scope["session"]  # as it was at the handshake: whether it was ended since is asked of the store
    return Principal(user) if await sync_to_async(session.exists)(session.session_key) else None
