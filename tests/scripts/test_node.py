import pytest

from scripts.node import new_enough


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("v20.19.0\n", True, id="the oldest that Vite supports"),
        pytest.param("v20.18.9", False, id="one minor older"),
        pytest.param("v21.7.0", False, id="an odd release without long support"),
        pytest.param("v22.11.0", False, id="22 before 22.12"),
        pytest.param("v22.12.0", True, id="22.12"),
        pytest.param("v24.19.0", True, id="newer"),
        pytest.param("v100.0.0", True, id="much newer"),
        pytest.param("", False, id="a program that says nothing"),
        pytest.param("v18", False, id="a program that says something else"),
    ],
)
def test_node_is_new_enough_when_vite_says_so(version: str, expected: bool) -> None:
    assert new_enough(version) is expected
