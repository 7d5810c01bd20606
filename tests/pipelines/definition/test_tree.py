from collections.abc import Callable
from typing import Any

import pytest

from pipelines.definition.tree import LARGEST, MOST_NODES, Position, Unreadable, read


def billion_laughs() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines)


def merge_bomb() -> str:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    return "\n".join(lines)


def alias_chain() -> str:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 500)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("version: 1.10", {"version": "1.10"}, id="a number keeps its digits"),
        pytest.param("answer: yes", {"answer": "yes"}, id="yes is a word"),
        pytest.param("at: 2026-01-01", {"at": "2026-01-01"}, id="a date is text"),
        pytest.param("mode: 0755", {"mode": "0755"}, id="an octal number is text"),
        pytest.param("1: x\ntrue: y", {"1": "x", "true": "y"}, id="keys are text too"),
        pytest.param("a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}, id="nothing is null"),
        pytest.param("a: ''\nb: 'null'\nc: !!str null", {"a": "", "b": "null", "c": "null"}, id="quoted null is text"),
        pytest.param("", None, id="an empty file is nothing"),
        pytest.param("# only a comment", None, id="a comment is nothing"),
        pytest.param("\ufeffa: b", {"a": "b"}, id="a byte order mark is no part of the first key"),
        pytest.param("a: &x [1, 2]\nb: *x", {"a": ["1", "2"], "b": ["1", "2"]}, id="an alias repeats its anchor"),
        pytest.param(
            "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}",
            {"a": {"k": "1", "l": "2"}, "b": {"l": "2", "k": "3"}},
            id="a merge fills what is not said",
        ),
        pytest.param(
            "b: {<<: [{k: 1}, {k: 2, l: 3}]}", {"b": {"k": "1", "l": "3"}}, id="of several merges the first wins"
        ),
        pytest.param("b: {<<: {<<: {k: 1}}}", {"b": {"k": "1"}}, id="merges inside merges are followed"),
        pytest.param("b: {'<<': {k: 1}}", {"b": {"<<": {"k": "1"}}}, id="a quoted << is a key"),
        pytest.param("a: |\n  x\n  y\n", {"a": "x\ny\n"}, id="a block keeps its lines"),
        pytest.param("a: ${X}", {"a": "${X}"}, id="variables are left alone"),
    ],
)
def test_scalars_keep_their_text(text: str, value: Any) -> None:
    assert read(text).value == value


@pytest.mark.parametrize(
    ("content", "code", "position"),
    [
        pytest.param("a: b\nc: [", "Syntax", (2, 5), id="an open bracket"),
        pytest.param("a: b: c", "Syntax", (1, 5), id="two colons"),
        pytest.param("a:\n  b: c\n d\ne: f", "Syntax", (3, 2), id="a key that was never finished"),
        pytest.param(b"ab: \xc3\xa9\nc: \xe9\n", "NotUtf8", (2, 4), id="latin-1 bytes"),
        pytest.param("a: b\nc: \x07", "ControlCharacter", (2, 4), id="a bell"),
        pytest.param("a: \ud800", "ControlCharacter", (1, 4), id="half a surrogate pair"),
        pytest.param("a: b\n\u2028\nc: \x00", "ControlCharacter", (3, 4), id="lines count as editors count them"),
        pytest.param("a: *b", "AliasUnknown", (1, 4), id="an alias of nothing"),
        pytest.param("a: &a [*a]", "AliasUnknown", (1, 8), id="an alias inside what it names"),
        pytest.param(" " * (LARGEST + 1), "TooLarge", (1, 1), id="a huge file"),
        pytest.param("[" * 5000, "TooDeep", (1, 102), id="brackets inside brackets"),
        pytest.param("- " * 3000 + "x", "TooDeep", (1, 203), id="lists inside lists"),
    ],
)
def test_what_has_no_tree_says_where(content: str | bytes, code: str, position: tuple[int, int]) -> None:
    with pytest.raises(Unreadable) as caught:
        read(content)
    assert (caught.value.finding.code, caught.value.finding.position) == (code, Position(*position))


@pytest.mark.parametrize(
    ("bomb", "code"),
    [
        pytest.param(billion_laughs, "TooManyNodes", id="lists of aliases of lists"),
        pytest.param(merge_bomb, "TooManyNodes", id="merges of merges"),
        pytest.param(alias_chain, "TooDeep", id="a long chain of aliases"),
        pytest.param(lambda: "- a\n" * (MOST_NODES + 1), "TooManyNodes", id="many values"),
        pytest.param(lambda: "? a\n" * (MOST_NODES + 1), "TooManyNodes", id="many keys"),
    ],
)
def test_a_bomb_is_refused_within_the_budget(bomb: Callable[[], str], code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(bomb())
    assert caught.value.finding.code == code


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        pytest.param("a: 1\nb: 2\na: 3", "DuplicateKey", (3, 1), id="a key given twice"),
        pytest.param("[a]: b", "KeyNotText", (1, 1), id="a list as key"),
        pytest.param("a: !mine b", "TagUnknown", (1, 4), id="a tag of somebody else"),
        pytest.param("a: 1\n---\nb: 2", "SecondDocument", (2, 1), id="a second document"),
        pytest.param("<<: x", "MergeNotMapping", (1, 5), id="a merge of text"),
    ],
)
def test_what_is_odd_is_found_beside_the_tree(text: str, code: str, position: tuple[int, int]) -> None:
    assert [(found.code, found.position) for found in read(text).findings] == [(code, Position(*position))]


def test_every_value_and_key_knows_its_place() -> None:
    tree = read("stages:\n- name: é\n  steps: [a, bc]\n")
    assert tree.position(("stages", 0, "name")) == (2, 9)
    assert tree.position(("stages", 0, "name"), key=True) == (2, 3)
    assert tree.position(("stages", 0, "steps", 1)) == (3, 14)


def test_what_is_missing_is_placed_at_what_lacks_it() -> None:
    assert read("a:\n  b: c").position(("a", "d", "e")) == (2, 3)
