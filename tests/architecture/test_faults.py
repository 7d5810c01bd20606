"""The table of the ancestor's faults is whole, and the tests that it names exist."""

import re

from tests.architecture import tracked

TABLE = tracked.text(tracked.ROOT / "docs" / "ancestor-faults.md")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if re.match(r"\| \d", line)
]


def test_every_fault_has_its_row() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 55))
    assert all(len(row) == 4 and all(row) for row in ROWS)


def test_every_fault_names_a_test_that_exists_or_what_it_arrives_with() -> None:
    for number, *_, kept in ROWS:
        named = re.findall(r"`(tests/[^`]+)`", kept)
        assert named or kept.startswith("arrives with "), number
        assert [path for path in named if not (tracked.ROOT / path).is_file()] == [], number
