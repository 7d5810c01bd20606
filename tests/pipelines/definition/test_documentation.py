"""The user's guide says what is so."""

import re
from pathlib import Path

import pytest

from pipelines.definition.dialect import FILE_NAMES
from pipelines.definition.parse import parse
from pipelines.definition.runplan import Event
from pipelines.definition.schema import CONDITIONS, EVENTS, Definition, Notification, Part, Schedule, Stage, Step, When
from pipelines.definition.trigger import Trigger
from pipelines.definition.variables import variables_of

GUIDE = (Path(__file__).parents[3] / "docs" / "pipeline-file.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_loads_without_a_word(example: str) -> None:
    assert parse(example).problems == ()


@pytest.mark.parametrize("part", [Definition, Stage, Step, When, Schedule, Notification])
def test_every_key_is_explained(part: type[Part]) -> None:
    missing = [field.alias for field in part.model_fields.values() if f"`{field.alias}`" not in GUIDE]
    assert missing == []


def test_every_name_event_condition_and_variable_is_listed() -> None:
    variables = variables_of(Trigger(event=Event.TAG, tag="v1", image="a"))
    assert [word for word in (*FILE_NAMES, *EVENTS, *CONDITIONS, *variables) if f"`{word}`" not in GUIDE] == []
