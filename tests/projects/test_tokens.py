"""Personal tokens: what is kept, what is refused, and what use of them leaves behind."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from devops_platform.errors import Invalid
from devops_platform.projects import services, tokens
from devops_platform.projects.authentication import principal_of_scope, principal_of_token
from devops_platform.projects.models import ApiToken, User
from devops_platform.projects.roles import Scope

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def made(user: User, *, expires: datetime | None = None) -> tuple[ApiToken, str]:
    token, clear = services.create_token(user=user, name="ci", scopes=[Scope.READ], expires=expires)
    return token, str(clear)


def test_a_new_token_reads_back_as_itself() -> None:
    clear = tokens.new_token()
    assert tokens.parse(str(clear)) == clear


@given(st.text())
def test_any_text_is_a_token_or_none(text: str) -> None:
    clear = tokens.parse(text)
    assert clear is None or str(clear) == text


def test_the_secret_shows_in_no_representation() -> None:
    clear = tokens.new_token()
    assert clear.secret not in repr(clear)


def test_the_row_keeps_nothing_to_log_in_with(alice: User) -> None:
    token, text = made(alice)
    row = " ".join(str(value) for value in ApiToken.objects.filter(pk=token.pk).values().get().values())
    assert text.rpartition("_")[2] not in row
    assert len(token.digest) == 64


def test_a_live_token_stands_for_its_user(alice: User) -> None:
    token, text = made(alice)
    principal = principal_of_token(text, now=NOW)
    assert principal is not None
    assert (principal.user, principal.token) == (alice, token)


@pytest.mark.parametrize("text", ["", "cpd_", "cpd__", "cpd_abc", "xyz_abc_def", "cpd_abc_\x00", "cpd_abc_é"])
def test_what_is_no_token_stands_for_nobody(db: None, text: str) -> None:
    assert principal_of_token(text, now=NOW) is None


def test_another_secret_for_a_known_prefix_is_refused(alice: User) -> None:
    token, _text = made(alice)
    assert principal_of_token(f"cpd_{token.prefix}_{'x' * 43}", now=NOW) is None


def test_a_revoked_token_is_refused(alice: User) -> None:
    token, text = made(alice)
    services.revoke_token(token=token, by=alice)
    assert principal_of_token(text, now=NOW) is None


def test_a_token_ends_at_its_time(alice: User) -> None:
    expires = datetime.now(UTC) + timedelta(days=1)
    _token, text = made(alice, expires=expires)
    assert principal_of_token(text, now=expires - timedelta(seconds=1)) is not None
    assert principal_of_token(text, now=expires) is None


def test_a_token_of_somebody_who_left_is_refused(alice: User) -> None:
    _token, text = made(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert principal_of_token(text, now=NOW) is None


def test_use_is_noted_at_most_once_a_minute(alice: User) -> None:
    token, text = made(alice)
    for seconds in (0, 59, 60):
        principal_of_token(text, now=NOW + timedelta(seconds=seconds))
        token.refresh_from_db()
        assert token.last_used == NOW + timedelta(seconds=60 if seconds == 60 else 0)


@pytest.mark.parametrize(
    "expires",
    [
        pytest.param(datetime(2001, 1, 1, tzinfo=UTC), id="in the past"),
        pytest.param(datetime(9999, 1, 1, tzinfo=UTC), id="in too far a future"),
    ],
)
def test_an_expiry_must_lie_within_ten_years(alice: User, expires: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        made(alice, expires=expires)
    assert set(caught.value.fields) == {"expires"}


def test_a_bad_token_is_told_how_to_log_in(client: Client, db: None) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": "Bearer cpd_none_such"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_is_shown_once(client: Client, alice: User) -> None:
    client.force_login(alice)
    body = {"name": "ci", "scopes": ["run"]}
    text = client.post("/api/v1/tokens", body, content_type="application/json").json()["token"]
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    assert text.rpartition("_")[2] not in client.get("/api/v1/tokens").content.decode()
    assert text.rpartition("_")[2] not in client.get("/account/tokens/").content.decode()


def test_a_token_that_reads_makes_no_other(client: Client, alice: User) -> None:
    _token, text = made(alice)
    headers = {"Authorization": f"Bearer {text}"}
    body = {"name": "more", "scopes": ["admin"]}
    answer = client.post("/api/v1/tokens", body, content_type="application/json", headers=headers)
    assert answer.status_code == 403


@pytest.mark.django_db(transaction=True)
async def test_a_web_socket_takes_a_token() -> None:
    user = await User.objects.acreate(username="dora")
    _token, text = await sync_to_async(made)(user)
    principal = await principal_of_scope({"headers": [(b"authorization", f"Bearer {text}".encode())]})
    assert principal is not None
    assert principal.user == user


async def test_a_web_socket_without_credentials_is_nobodys() -> None:
    assert await principal_of_scope({"headers": []}) is None
