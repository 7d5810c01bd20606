"""The guide tells what is true."""

import re

import pytest
from django.urls import resolve

from pipelines.preferences import PREFERENCES
from tests.architecture import tracked

GUIDE = tracked.text(tracked.ROOT / "docs" / "guide.md")
ADDRESSES = re.findall(r"\$api(/\S+)", GUIDE)


def test_the_table_of_settings_is_that_of_the_code() -> None:
    expected = [
        f"| `{name}` | {f'`{preference.default}`' if preference.default else '–'} | {preference.about} |"
        for name, preference in PREFERENCES.items()
    ]
    assert [line for line in GUIDE.splitlines() if line in expected] == expected


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_address_of_the_examples_exists(path: str) -> None:
    assert resolve(f"/api/v1{path}").url_name
