"""The checker of the lock files finds what it is there to find."""

import pytest

from scripts.locks import problems

HASH = "--hash=sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("wanted", "lock", "expected"),
    [
        pytest.param("django~=5.2", f"django==5.2.1 \\\n    {HASH}\n", [], id="a locked requirement is fine"),
        pytest.param("Django[x]~=5.2  # why", f"django==5.2.1 \\\n    {HASH}", [], id="spelling does not matter"),
        pytest.param("-r base.in", f"# made by\na==1 \\\n    {HASH}\n    # via b", [], id="comments do not matter"),
        pytest.param("", "a==1", ["a has no hash"], id="a hash is required"),
        pytest.param("", f"a>=1 \\\n    {HASH}", ["not pinned: a>=1 \\"], id="a range is not a lock"),
        pytest.param("a", "", ["a is not in it"], id="a new requirement must be locked"),
        pytest.param(
            "a~=2.0", f"a==1.0 {HASH}", ["a 1.0 is not ~=2.0"], id="a raised requirement must be locked again"
        ),
        pytest.param(
            "",
            f"a @ https://host/a.whl {HASH}",
            ["names an address", f"not pinned: a @ https://host/a.whl {HASH}"],
            id="an address is refused",
        ),
    ],
)
def test_a_lock_file_is_judged_by_what_it_locks(wanted: str, lock: str, expected: list[str]) -> None:
    assert problems(wanted, lock) == expected
