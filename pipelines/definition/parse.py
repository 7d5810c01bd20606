"""Reads a pipeline file: text → tree → model, with everything that is wrong, each at its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipelines.definition import checks
from pipelines.definition.dialect import Dialect
from pipelines.definition.fields import INVISIBLE
from pipelines.definition.hints import homes_of, keys_at, model_at, nearest
from pipelines.definition.problems import RULES, DefinitionError, Path, Problem, Severity, shown
from pipelines.definition.schema import Definition
from pipelines.definition.tree import Finding, Tree, Unreadable, read

RULE_OF = {
    "model_type": "NotMapping",
    "model_attributes_type": "NotMapping",
    "dict_type": "NotMapping",
    "tuple_type": "NotList",
    "list_type": "NotList",
    "int_type": "NotNumber",
    "int_parsing": "NotNumber",
    "int_parsing_size": "NotNumber",
    "int_from_float": "NotNumber",
}
LONGEST_QUOTE = 200
MOST_GUESSES = 100  # "did you mean" is dear; a file with more typos than this is something else
UNKNOWN = frozenset({"UnknownKey", "UnknownKeyNear", "MisplacedKey"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that can be run; ``problems`` are warnings, in the order of the text."""

    definition: Definition
    problems: tuple[Problem, ...]


def parse(content: bytes | str, *, dialect: Dialect = Dialect.OURS) -> Parsed:
    """Read a file. Raises DefinitionError with everything found when any of it is an error, and nothing else."""
    try:
        tree = read(content)
    except Unreadable as error:
        raise DefinitionError([_problem(error.finding, dialect)]) from error
    definition, findings = _understood(tree)
    problems = tuple(sorted((_problem(finding, dialect) for finding in findings), key=_place))
    if definition is None or any(problem.severity is Severity.ERROR for problem in problems):
        raise DefinitionError(problems)
    return Parsed(definition, problems)


def _understood(tree: Tree) -> tuple[Definition | None, list[Finding]]:
    if not _looks_like_a_pipeline(tree.value):
        return None, [*tree.findings, Finding("NotAPipeline", tree.position(()), ())]
    definition, broken = _modelled(tree.value)
    unknown = [finding for finding in broken if finding[0] in UNKNOWN]
    if unknown:
        # What is ignored must not hide what the rest says, nor keep it from being a model.
        definition, rest = _modelled(_without(tree.value, [path for _, path, _ in unknown]))
        broken = [*unknown, *rest]
    broken.extend(checks.check(tree.value))
    findings = {(code, path): _found(tree, code, path, params) for code, path, params in broken}
    return definition, [*tree.findings, *findings.values()]


def _looks_like_a_pipeline(root: Any) -> bool:
    """Whether some key of ``root`` means a pipeline, or could have been meant to."""
    if not isinstance(root, dict):
        return False
    return any(key in root or nearest(key, root) for key in ("stages", "steps"))


def _modelled(data: Any) -> tuple[Definition | None, list[checks.Broken]]:
    try:
        return Definition.model_validate(data), []
    except ValidationError as error:
        # A list is also called too short when its items are refused, which is said of each of them already.
        details = [each for each in error.errors(include_url=False) if each["type"] != "too_short" or not each["input"]]
        return None, [_translated(detail, guess=index < MOST_GUESSES) for index, detail in enumerate(details)]


def _translated(error: ErrorDetails, *, guess: bool) -> checks.Broken:
    path: Path = tuple(error["loc"])
    context: Mapping[str, Any] = error.get("ctx", {})
    kind = error["type"]
    last = path[-1] if path else ""
    if kind in RULES:
        return kind, path, dict(context)
    if kind == "extra_forbidden":
        return _unknown(path, guess=guess)
    if kind in {"missing", "too_short"} and last in {"stages", "steps"}:
        return ("NoStages" if last == "stages" else "StageWithoutSteps"), path, {}
    if kind == "literal_error":
        return "NotOneOf", path, {"value": str(error["input"])[:64], "known": context["expected"].replace("'", "")}
    if kind == "missing":
        return "Required", path, {"key": last}
    if kind in RULE_OF:
        return RULE_OF[kind], path, {}
    return _limit(kind, path, context) or ("Unacceptable", path, {"problem": error["msg"]})


def _unknown(path: Path, *, guess: bool) -> checks.Broken:
    key = str(path[-1])
    if homes := homes_of(key):
        return "MisplacedKey", path, {"key": key, "homes": ", ".join(homes)}
    if guess and (near := nearest(key, keys_at(path[:-1]))):
        return "UnknownKeyNear", path, {"key": key, "near": near}
    return "UnknownKey", path, {"key": key}


def _limit(kind: str, path: Path, context: Mapping[str, Any]) -> checks.Broken | None:
    """Bounds of numbers and lists; what pydantic names by one bound is told with both."""
    if kind in {"greater_than_equal", "less_than_equal"}:
        least, most = _bounds(path)
        return "OutOfRange", path, {"least": least, "most": most}
    if kind == "too_long":
        return "OutOfRange", path, {"least": 0, "most": int(context["max_length"])}
    return None


def _bounds(path: Path) -> tuple[int, int]:
    owner = model_at(path[:-1])
    assert owner is not None
    field = next(field for field in owner.model_fields.values() if field.alias == path[-1])
    least = next(rule.ge for rule in field.metadata if hasattr(rule, "ge"))
    most = next(rule.le for rule in field.metadata if hasattr(rule, "le"))
    return least, most


def _without(data: Any, paths: list[Path]) -> Any:
    """A copy of ``data`` that lacks the keys at ``paths``."""
    gone = {path[-1] for path in paths if len(path) == 1}
    inner: dict[str | int, list[Path]] = {}
    for path in paths:
        if len(path) > 1:
            inner.setdefault(path[0], []).append(path[1:])
    if isinstance(data, dict):
        return {key: _without(value, inner.get(key, [])) for key, value in data.items() if key not in gone}
    if isinstance(data, list):
        return [_without(value, inner.get(index, [])) for index, value in enumerate(data)]
    return data


def _found(tree: Tree, code: str, path: Path, params: Mapping[str, str | int]) -> Finding:
    """What is wrong with a key is shown at the key; what is missing, at the thing that lacks it."""
    at_key = code in UNKNOWN or (bool(path) and path[-1] == "[key]")
    real = path[:-1] if path and path[-1] == "[key]" else path
    return Finding(code, tree.position(real, key=at_key), real, params)


def _problem(finding: Finding, dialect: Dialect) -> Problem:
    code, position, path, params = finding
    return Problem(
        severity=RULES[code].weight.severity(dialect),
        line=position.line,
        column=position.column,
        path=shown(tuple(_quoted(part) for part in path)),
        code=code,
        params={name: _quoted(value) for name, value in params.items()},
    )


def _quoted(value: str | int) -> str | int:
    """What the file says, fit for a sentence: not too long, and nothing that moves a terminal's cursor."""
    if isinstance(value, int):
        return value
    text = INVISIBLE.sub("\ufffd", value)
    if not text.strip():
        return f"'{text}'"
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def _place(problem: Problem) -> tuple[int, int, str]:
    return problem.line, problem.column, problem.code
