"""What can be wrong with a pipeline file: a catalogue of sentences, and a problem at a place in the text."""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, computed_field

from devops_platform.errors import Invalid, Place
from pipelines.definition.dialect import Dialect
from pipelines.definition.messages import gettext_noop, sentence

Path = tuple[str | int, ...]


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Weight(Enum):
    """How a kind of problem is judged in each dialect."""

    REFUSED = (Severity.ERROR, Severity.ERROR)
    IGNORED = (Severity.ERROR, Severity.WARNING)  # the ancestor ignored it silently
    ADVICE = (Severity.WARNING, Severity.WARNING)

    def severity(self, dialect: Dialect) -> Severity:
        ours, ancestor = self.value
        return ours if dialect is Dialect.OURS else ancestor


class Rule(NamedTuple):
    """``template`` is English and marked for translation; its holes are the problem's ``params``."""

    template: str
    weight: Weight = Weight.REFUSED


class Problem(BaseModel):
    """One thing wrong at one place. ``line`` and ``column`` count from 1; ``path`` reads ``stages[0].steps[1].env``."""

    model_config = ConfigDict(frozen=True)

    severity: Severity
    line: int
    column: int
    path: str
    code: str
    params: Mapping[str, str | int] = {}

    @computed_field  # type: ignore[prop-decorator]  # mypy has no notion of decorated properties
    @property
    def text(self) -> str:
        """The English sentence."""
        return sentence(RULES[self.code].template, self.params)


class DefinitionError(Invalid):
    """The file is refused. ``problems`` holds everything found in it, warnings included, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in self.problems if problem.severity is Severity.ERROR]
        first = errors[0]
        super().__init__(
            f"Line {first.line}, column {first.column}: {first.text}",
            places=tuple(Place(dotted(error.path), error.text, error.line, error.column) for error in errors),
        )


def shown(path: Path) -> str:
    """``("stages", 0, "name")`` as ``stages[0].name``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def dotted(path: str) -> str:
    """``stages[0].name`` as ``stages.0.name``."""
    return path.replace("[", ".").replace("]", "").removeprefix(".")


RULES: dict[str, Rule] = {
    # the text
    "NotUtf8": Rule(gettext_noop("The file is not UTF-8 text")),
    "ControlCharacter": Rule(gettext_noop("The character U+{number} is not allowed in YAML")),
    "TooLarge": Rule(gettext_noop("The file is larger than {limit} KiB")),
    "TooDeep": Rule(gettext_noop("More than {limit} levels inside one another")),
    "TooManyNodes": Rule(gettext_noop("The file has more than {limit} values once its aliases are expanded")),
    "Syntax": Rule(gettext_noop("Not valid YAML: {problem}")),
    "AliasUnknown": Rule(gettext_noop("The alias *{name} stands before (or inside) what it names, or names nothing")),
    "TagUnknown": Rule(gettext_noop("The YAML tag {tag} is not used here"), Weight.IGNORED),
    "KeyNotText": Rule(gettext_noop("A key must be text")),
    "DuplicateKey": Rule(gettext_noop("{key} is given twice; only the last one would count"), Weight.IGNORED),
    "MergeNotMapping": Rule(gettext_noop("<< takes a mapping or a list of mappings")),
    "SecondDocument": Rule(gettext_noop("Only the first YAML document of a file is read"), Weight.IGNORED),
    # the shape
    "NotAPipeline": Rule(gettext_noop("This is not a pipeline: there is no list of stages")),
    "NoStages": Rule(gettext_noop("The pipeline has no stages")),
    "StageWithoutSteps": Rule(gettext_noop("The stage has no steps")),
    "StepWithoutKind": Rule(gettext_noop("The step does nothing: give it one of {kinds}")),
    "StepOfSeveralKinds": Rule(gettext_noop("A step does one thing; this one has {kinds}")),
    "UnknownKey": Rule(gettext_noop("Unknown key {key}"), Weight.IGNORED),
    "UnknownKeyNear": Rule(gettext_noop("Unknown key {key}; did you mean {near}?"), Weight.IGNORED),
    "MisplacedKey": Rule(gettext_noop("{key} does not belong here but to: {homes}"), Weight.IGNORED),
    "Required": Rule(gettext_noop("{key} is required")),
    "NotMapping": Rule(gettext_noop("This must be a mapping")),
    "NotList": Rule(gettext_noop("This must be a list")),
    "NotText": Rule(gettext_noop("This must be text")),
    "NotNumber": Rule(gettext_noop("This must be a whole number")),
    "NotFlag": Rule(gettext_noop("This must be true or false")),
    "OutOfRange": Rule(gettext_noop("This must be from {least} to {most}")),
    "TooShort": Rule(gettext_noop("This must not be empty")),
    "TooLong": Rule(gettext_noop("This is longer than {limit} characters")),
    "NotOneOf": Rule(gettext_noop("{value} is not one of {known}")),
    "Unacceptable": Rule(gettext_noop("This cannot be accepted: {problem}")),
    # single values
    "NotOneLine": Rule(gettext_noop("This must be one line of visible text")),
    "BadQuantity": Rule(gettext_noop("{value} is not a quantity such as 500m, 2 or 1Gi")),
    "BadEnvName": Rule(gettext_noop("{value} is not a name for an environment variable")),
    "BadSecretName": Rule(gettext_noop("{value} is not the name of a secret")),
    "BadSecretKey": Rule(gettext_noop("{value} is not a key of a secret")),
    "PlatformSecret": Rule(gettext_noop("The secret {value} belongs to the platform and is not handed to steps")),
    "BadPath": Rule(gettext_noop("{value} is not a path inside the workspace: relative, with no .. in it")),
    "BadImage": Rule(gettext_noop("{value} is not the name of an image")),
    "BadPattern": Rule(gettext_noop("The pattern {value} is not complete, so it never matches"), Weight.IGNORED),
    "UnknownEvent": Rule(gettext_noop("No run has the event {value}; known are {known}"), Weight.IGNORED),
    "UnknownCondition": Rule(gettext_noop("No run ends as {value}; known are {known}"), Weight.IGNORED),
    "CronFields": Rule(
        gettext_noop("A schedule has 5 fields (minute, hour, day of month, month, day of week); this has {count}")
    ),
    "CronItem": Rule(gettext_noop("{item} cannot stand in field {field} of a schedule")),
    "CronNever": Rule(gettext_noop("This schedule never comes due: no such month has that day")),
    "BadTimezone": Rule(gettext_noop("{value} is not a time zone such as Asia/Shanghai or UTC")),
    "BadCacheKey": Rule(gettext_noop("{{{{ … }}}} in a cache key takes only: hash 'file' …")),
    # values that do not go together
    "ScriptMissing": Rule(gettext_noop("The step has no shellScript, so it does nothing"), Weight.IGNORED),
    "NothingToApply": Rule(gettext_noop("Give either path or content")),
    "ContentWins": Rule(gettext_noop("content wins over path; path is not read"), Weight.IGNORED),
    "RequestAboveLimit": Rule(gettext_noop("The request of {request} is above the limit of {limit}")),
    "DuplicateStepName": Rule(gettext_noop("Another step of this stage is called {name}"), Weight.IGNORED),
    "CacheWithoutPaths": Rule(
        gettext_noop("The cache is switched on, but neither here nor above are there paths"), Weight.ADVICE
    ),
    "CatalogShape": Rule(
        gettext_noop("{value} is not <namespace>:<catalog>-<chart> or <catalog>/<chart>"), Weight.ADVICE
    ),
    "SetTwice": Rule(gettext_noop("{name} is set by env and by envFrom; the secret wins"), Weight.ADVICE),
}
