"""What an unknown key was most likely meant to be, and where known keys belong."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel

from pipelines.definition.problems import Path
from pipelines.definition.schema import Definition

LONGEST = 64
LEAST_PART = 4  # characters of a part by which the whole is recognised
LIKENESS = 0.75


def nearest(word: str, known: Iterable[str]) -> str:
    """The word of ``known`` that ``word`` was most likely meant to be; empty when none is like it."""
    wanted = word[:LONGEST].lower()
    by_lower = {each.lower(): each for each in known if len(each) <= LONGEST}
    close = get_close_matches(wanted, by_lower, n=1, cutoff=LIKENESS)
    within = [each for each in by_lower if len(wanted) >= LEAST_PART and wanted in each]
    return next((by_lower[each] for each in (*close, *within)), "")


def keys_at(path: Path) -> list[str]:
    """The keys that may stand in the mapping at ``path``."""
    owner = model_at(path)
    return [str(field.alias) for field in owner.model_fields.values()] if owner else []


def homes_of(key: str) -> list[str]:
    """The keys under which ``key`` may stand; empty for a key that is unknown everywhere."""
    return _homes().get(key, [])


def model_at(path: Path) -> type[BaseModel] | None:
    owner: type[BaseModel] | None = Definition
    for part in path:
        if isinstance(part, int):
            continue
        fields = owner.model_fields.values() if owner else ()
        annotation = next((field.annotation for field in fields if field.alias == part), None)
        owner = next(_models(annotation), None)
    return owner


@lru_cache(maxsize=1)
def _homes() -> dict[str, list[str]]:
    homes: dict[str, list[str]] = {}
    for home, model in _places(Definition):
        for field in model.model_fields.values():
            found = homes.setdefault(str(field.alias), [])
            if home not in found:
                found.append(home)
    return homes


def _places(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every mapping below ``model`` with the key it stands under."""
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            yield str(field.alias), inner
            yield from _places(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
