"""Which entry a step gets, by its key and its branch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.engines.local.cache.keys import Entry, choose, filled, key_of, name_of, shelf_of, usual, version

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300)
SCOPES = ("own", "protected")


def entry(key: str, scope: str = "protected", published: int = 1) -> Entry:
    return Entry(scope, name_of(key), published)


KNOWN = (
    entry("pip-1", published=5),
    entry("pip-2", published=7),
    entry("pip-2-extra", published=6),
    entry("pip-1", scope="own", published=3),
    entry("npm-1", published=9),
    entry("go-1", scope="foreign", published=99),
)


@pytest.mark.parametrize(
    ("key", "restore_keys", "expected"),
    [
        pytest.param("pip-2", (), (KNOWN[1], True), id="its very key"),
        pytest.param("pip-1", (), (KNOWN[3], True), id="its very key, of its own branch first"),
        pytest.param("pip-9", (), None, id="nothing without restore keys"),
        pytest.param("npm-9", ("npm-",), (KNOWN[4], False), id="one that begins alike"),
        pytest.param("pip-9", ("pip-",), (KNOWN[3], False), id="one of its own branch before newer ones of others"),
        pytest.param("pip-9", ("pip-2",), (KNOWN[1], False), id="the newest of those that begin alike"),
        pytest.param("pip-9", ("pip-2-e", "pip-"), (KNOWN[2], False), id="the first restore key that has one"),
        pytest.param("go-1", ("go-",), None, id="nothing of another branch"),
    ],
)
def test_a_step_begins_with(key: str, restore_keys: tuple[str, ...], expected: tuple[Entry, bool] | None) -> None:
    choice = choose(key, restore_keys, SCOPES, KNOWN)
    assert (choice and (choice.entry, choice.exact)) == expected


@given(TEXT)
def test_a_name_is_one_safe_file_name(key: str) -> None:
    name = name_of(key)
    assert "/" not in name
    assert not name.startswith(".")
    assert 0 < len(name.encode()) < 256


@given(TEXT, TEXT)
def test_different_keys_have_different_names(one: str, other: str) -> None:
    assert (name_of(one) == name_of(other)) == (one == other)


@given(st.text("ab-/.é", min_size=1, max_size=20), st.text("ab-/.é", max_size=10))
def test_keys_that_begin_alike_have_names_that_do(beginning: str, rest: str) -> None:
    assert choose("", (beginning,), SCOPES, [entry(beginning + rest)]) is not None


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=15))
def test_a_short_key_can_be_told_from_its_name(key: str) -> None:
    assert key_of(name_of(key)) == key


@given(TEXT, TEXT, TEXT, TEXT)
def test_steps_without_keys_never_get_the_entries_of_other_steps(
    stage: str, step: str, other: str, content: str
) -> None:
    theirs = entry(version(usual(stage, other), content))
    found = choose("", (version(usual(stage, step)),), SCOPES, [theirs])
    assert (found is not None) == (usual(stage, step) == usual(stage, other))


def test_holes_are_filled_with_hashes() -> None:
    assert filled("a-{{ hash 'x' 'y' }}-{{ hash 'z' }}", "+".join) == "a-x+y-z"


def test_entries_with_other_paths_are_kept_apart() -> None:
    assert shelf_of(["a", "b"]) == shelf_of(["b", "a", "b"]) != shelf_of(["a/b"])
