from hypothesis import given
from hypothesis import strategies as st

from devops_platform.names import is_label, is_subdomain, new_id, slug


@given(st.text(), st.integers(1, 63))
def test_a_slug_is_always_a_label_within_its_limit(text: str, limit: int) -> None:
    made = slug(text, fallback="x", limit=limit)
    assert is_label(made)
    assert len(made) <= limit


def test_slugs_read_like_their_text() -> None:
    assert [slug(text, fallback="p") for text in ("Hello, Wörld!", "--a--", "漢字", "")] == [
        "hello-world",
        "a",
        "p",
        "p",
    ]


def test_new_ids_are_labels_and_differ() -> None:
    made = {new_id("p") for _ in range(100)}
    assert len(made) == 100
    assert all(is_label(name) and name.startswith("p-") for name in made)


def test_labels_and_subdomains_keep_to_rfc_1123() -> None:
    for name in ("a", "a-b", "0", "a" * 63):
        assert is_label(name)
    for name in ("", "-a", "a-", "A", "a.b", "a\n", "é", "a" * 64):
        assert not is_label(name)
    for name in ("a.b", "a-b.c", "a" * 253):
        assert is_subdomain(name)
    for name in ("", ".a", "a.", "a..b", "a.b\n", "a" * 254):
        assert not is_subdomain(name)
