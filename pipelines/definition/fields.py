"""The kinds of values a pipeline file is made of: each reads text, refuses by name of a rule, and describes itself.

Values come as text from YAML and as JSON from the API; both become the same.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from pipelines.definition import cachekeys, cron, images
from pipelines.definition.problems import RULES

LONGEST_TEXT = 256 * 1024
LONGEST_LINE = 1024
LONGEST_PATTERN = 256
TRUE = frozenset({"true", "yes", "on"})
FALSE = frozenset({"false", "no", "off"})
# Made and held by the platform in the pipeline namespace; a file cannot ask for them.
PLATFORM_SECRETS = frozenset(
    {
        "devops-docker-registry",
        "docker-registry",
        "jenkins",
        "jenkins-secret",
        "log-store-secret",
        "minio",
        "minio-secret",
        "pipeline-api-key",
        "pipeline-docker-registry",
        "pipeline-secret",
        "registry-ca-crt",
        "registry-crt",
        "registry-secret",
    }
)
QUANTITY = re.compile(
    r"(?:[0-9]{1,18}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(?P<unit>[eE][-+]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?"
)
ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]{0,254}")
SECRET_NAME = re.compile(r"[a-zA-Z0-9](?:[-._a-zA-Z0-9]{0,251}[a-zA-Z0-9])?")
SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
POWERS = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def broken(code: str, **params: str | int) -> PydanticCustomError:
    """The error that carries the rule ``code`` out of a validator."""
    return PydanticCustomError(code, RULES[code].template, params)


def as_text(value: object) -> str:
    """Text as it was written; numbers and booleans are what JSON callers write for the same thing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise broken("NotText")
    text = str(value)
    if len(text) > LONGEST_TEXT:
        raise broken("TooLong", limit=LONGEST_TEXT)
    if "\x00" in text:
        raise broken("NotOneLine")
    return text


def as_boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    raise broken("NotFlag")


def one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def one_line(value: str) -> str:
    if len(value) > LONGEST_LINE:
        raise broken("TooLong", limit=LONGEST_LINE)
    if not value.strip() or INVISIBLE.search(value):
        raise broken("NotOneLine")
    return value


def short(value: str) -> str:
    if len(value) > LONGEST_PATTERN:
        raise broken("TooLong", limit=LONGEST_PATTERN)
    return value


def matching(pattern: re.Pattern[str], code: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if pattern.fullmatch(value) is None:
            raise broken(code, value=value)
        return value

    return check


def not_of_the_platform(value: str) -> str:
    if value in PLATFORM_SECRETS:
        raise broken("PlatformSecret", value=value)
    return value


def quantity(value: str) -> str:
    if value and QUANTITY.fullmatch(value) is None:
        raise broken("BadQuantity", value=value)
    return value


def size(value: str) -> float | None:
    """The number that a quantity stands for; None when it is none."""
    found = QUANTITY.fullmatch(value)
    if found is None:
        return None
    unit = found["unit"] or ""
    number = float(value.removesuffix(unit))
    if unit in BINARY:
        return number * 1024.0 ** BINARY[unit]
    power = POWERS[unit] if unit in POWERS else int(unit[1:] or 0)
    return number * 10.0**power


def inner_path(value: str) -> str:
    parts = value.split("/")
    if value.startswith(("/", "~")) or ".." in parts or "\\" in value or INVISIBLE.search(value) or not value.strip():
        raise broken("BadPath", value=value)
    return value


def folder_of_its_own(value: str) -> str:
    """A cache of the whole workspace would bring back old sources."""
    if not set(value.split("/")) - {"", "."}:
        raise broken("BadPath", value=value)
    return value


def image(value: str) -> str:
    if not images.is_reference(value):
        raise broken("BadImage", value=value)
    return value


def schedule(value: str) -> str:
    try:
        cron.check(value)
    except cron.BadCron as error:
        raise broken(error.code, **error.params) from error
    return " ".join(value.split())


def cache_key(value: str) -> str:
    try:
        cachekeys.parts(value)
    except cachekeys.BadCacheKey as error:
        raise broken("BadCacheKey") from error
    return value


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def timezone(value: str) -> str:
    if value not in zones():
        raise broken("BadTimezone", value=value)
    return value


SCALAR = WithJsonSchema({"type": ["string", "number", "boolean"]})

Text = Annotated[str, BeforeValidator(as_text), SCALAR]
Line = Annotated[Text, AfterValidator(one_line), SCALAR]
Flag = Annotated[bool, BeforeValidator(as_boolean)]
EnvName = Annotated[Text, AfterValidator(matching(ENV_NAME, "BadEnvName")), WithJsonSchema({"type": "string"})]
SecretName = Annotated[
    Text, AfterValidator(matching(SECRET_NAME, "BadSecretName")), AfterValidator(not_of_the_platform), SCALAR
]
SecretKey = Annotated[Text, AfterValidator(matching(SECRET_KEY, "BadSecretKey")), SCALAR]
Quantity = Annotated[Text, AfterValidator(quantity), WithJsonSchema({"type": ["string", "number"]})]
InnerPath = Annotated[Text, AfterValidator(inner_path), SCALAR]
CachePath = Annotated[Text, AfterValidator(inner_path), AfterValidator(folder_of_its_own), SCALAR]
Image = Annotated[Text, AfterValidator(image), SCALAR]
Cron = Annotated[Text, AfterValidator(schedule), WithJsonSchema({"type": "string"})]
Timezone = Annotated[Text, AfterValidator(timezone), WithJsonSchema({"type": "string"})]
CacheKey = Annotated[Text, AfterValidator(one_line), AfterValidator(cache_key), SCALAR]
TextList = Annotated[tuple[Text, ...], BeforeValidator(one_or_many, json_schema_input_type=str | tuple[Text, ...])]
Pattern = Annotated[Text, AfterValidator(short), WithJsonSchema({"type": "string"})]
PatternList = Annotated[
    tuple[Pattern, ...],
    Field(max_length=100),
    BeforeValidator(one_or_many, json_schema_input_type=str | tuple[Pattern, ...]),
]
