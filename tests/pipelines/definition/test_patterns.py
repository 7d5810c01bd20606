import pytest

from pipelines.definition.patterns import BadPattern, check, first_match, matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        pytest.param("main", "main", True, id="the same word"),
        pytest.param("main", "Main", False, id="case counts"),
        pytest.param("main", "main2", False, id="the whole text is meant"),
        pytest.param("*", "main", True, id="a star is any word"),
        pytest.param("*", "", True, id="a star is also nothing"),
        pytest.param("*", "feature/x", False, id="a star does not cross a slash"),
        pytest.param("release/*", "release/1.0", True, id="a star after a slash"),
        pytest.param("release/*", "release/1/0", False, id="a star stays in its folder"),
        pytest.param("release-*-rc*", "release-1-2-rc3", True, id="two stars"),
        pytest.param("v?.0", "v1.0", True, id="a question mark is one character"),
        pytest.param("a?b", "a/b", False, id="a question mark is no slash"),
        pytest.param("**", "a/b/c", True, id="two stars cross slashes"),
        pytest.param("src/**", "src/a/b.py", True, id="everything below"),
        pytest.param("src/**", "src", False, id="below is not the folder itself"),
        pytest.param("src/**/x", "src/x", True, id="a folder that is not there"),
        pytest.param("src/**/x", "src/a/b/x", True, id="folders in between"),
        pytest.param("src/**/x", "src/ax", False, id="whole folders only"),
        pytest.param("**/*.py", "a.py", True, id="any folder, the top one too"),
        pytest.param("**/*.py", "a/b.py", True, id="any folder below"),
        pytest.param("a**b", "a/x/b", True, id="two stars inside a word"),
        pytest.param("[ab]x", "bx", True, id="a class"),
        pytest.param("[^ab]x", "bx", False, id="a negated class"),
        pytest.param("[a-c]", "b", True, id="a range"),
        pytest.param("[^a]", "/", False, id="a class is never a slash"),
        pytest.param(r"\*", "*", True, id="an escaped star"),
        pytest.param(r"\*", "x", False, id="an escaped star is no star"),
        pytest.param("(a|b).+", "(a|b).+", True, id="signs of regular expressions mean themselves"),
        pytest.param("[a", "[a", False, id="an open class matches nothing"),
        pytest.param("特*", "特性", True, id="any alphabet"),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["[a", "[]", "[^]", "a\\", "x[a-"])
def test_incomplete_patterns_are_told_apart(pattern: str) -> None:
    with pytest.raises(BadPattern):
        check(pattern)


def test_many_stars_cost_no_more_than_pattern_times_text() -> None:
    assert not matches("*a" * 200 + "b", "a" * 4000)


def test_the_first_pattern_that_matches_is_named() -> None:
    assert first_match(["wip", "feature/*", "**"], "feature/x") == "feature/*"
