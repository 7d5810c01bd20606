import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from devops_platform.crypto import new_key, resealed, seal, unseal
from devops_platform.errors import Misconfigured

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_was_sealed_opens_as_it_was(value: object) -> None:
    assert unseal(seal(value)) == value


def test_a_seal_shows_nothing_and_differs_each_time() -> None:
    first, second = seal("hunter2"), seal("hunter2")
    assert first != second
    assert "hunter2" not in first + second


def test_after_a_rotation_old_seals_open_until_they_are_resealed(settings: Settings) -> None:
    old, new = new_key(), new_key()
    settings.SEAL_KEYS = [old]
    sealed = seal({"token": "t"})
    settings.SEAL_KEYS = [new, old]
    assert unseal(sealed) == {"token": "t"}
    fresh = resealed(sealed)
    settings.SEAL_KEYS = [new]
    assert unseal(fresh) == {"token": "t"}
    for open_with_the_new_key in (unseal, resealed):
        with pytest.raises(Misconfigured):
            open_with_the_new_key(sealed)


def test_a_seal_that_was_changed_does_not_open() -> None:
    sealed = seal("x")
    with pytest.raises(Misconfigured):
        unseal(sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:])


def test_a_key_of_the_wrong_form_is_the_operator_s_mistake(settings: Settings) -> None:
    settings.SEAL_KEYS = ["too short"]
    with pytest.raises(Misconfigured):
        seal("x")
