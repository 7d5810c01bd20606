import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no annotations
from pydantic import ValidationError

from pipelines.definition.fields import size
from pipelines.definition.schema import SCHEMA_FILE, Definition, Step, json_schema, schema_text

VALIDATOR = Draft202012Validator(json_schema())


def pipeline(step: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"stages": [{"name": "a", "steps": [step]}], **top}


SCRIPT: dict[str, Any] = {"runScriptConfig": {"image": "node", "shellScript": "x"}}


def test_the_file_for_editors_is_current() -> None:
    assert SCHEMA_FILE.read_text() == schema_text(), "write schema_text() to schema.json"


def test_the_schema_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(pipeline(SCRIPT), id="a script"),
        pytest.param(pipeline({**SCRIPT, "env": {"A": 1, "B": True}}), id="numbers as variables"),
        pytest.param(pipeline({**SCRIPT, "cache": False}), id="a cache switched off"),
        pytest.param(pipeline({**SCRIPT, "when": {"branch": "main", "event": ["push"]}}), id="short filters"),
        pytest.param(pipeline({**SCRIPT, "cpuLimit": 0.5}), id="half a processor"),
        pytest.param(pipeline(SCRIPT, branch={"include": "main"}), id="one word to include"),
    ],
)
def test_editors_accept_what_the_platform_accepts(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)
    Definition.model_validate(document)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="no stages"),
        pytest.param({"stages": []}, id="an empty list of stages"),
        pytest.param({"stages": [{"name": "a", "steps": []}]}, id="a stage without steps"),
        pytest.param(pipeline({}), id="a step of no kind"),
        pytest.param(pipeline({**SCRIPT, "sourceCodeConfig": {}}), id="a step of two kinds"),
        pytest.param(pipeline({**SCRIPT, "shellScript": "x"}), id="an unknown key"),
        pytest.param(pipeline({**SCRIPT, "retry": {"max": 99}}), id="too many retries"),
        pytest.param(pipeline(SCRIPT, concurrency={"group": "a", "policy": "no"}), id="an unknown policy"),
    ],
)
def test_editors_refuse_what_the_platform_refuses(document: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(ValidationError):
        Definition.model_validate(document)


def test_every_field_is_described_for_editors() -> None:
    definitions = json.loads(schema_text())["$defs"]
    kinds = {name for name in definitions["Step"]["properties"] if name.endswith("Config")}
    bare = [
        f"{model}.{name}"
        for model, schema in definitions.items()
        for name, field in schema.get("properties", {}).items()
        if "description" not in field and name not in kinds
    ]
    assert bare == []


def test_python_names_are_no_keys() -> None:
    with pytest.raises(ValidationError):
        Step.model_validate({"run_script_config": {"image": "a"}})


@pytest.mark.parametrize(
    ("text", "number"),
    [("100m", 0.1), ("2", 2), (".5", 0.5), ("1Ki", 1024), ("1M", 1e6), ("1e3", 1000), ("x", None), ("", None)],
)
def test_sizes_of_quantities(text: str, number: float | None) -> None:
    assert size(text) == (None if number is None else pytest.approx(number))
