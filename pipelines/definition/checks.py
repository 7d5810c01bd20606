"""What single values cannot tell: things that must, or must not, stand together.

Works on data before it is a model, so that these problems are reported beside those of single values.
"""

from collections.abc import Iterator
from typing import Any

from pipelines.definition import patterns
from pipelines.definition.catalogs import reference
from pipelines.definition.fields import TRUE, size
from pipelines.definition.problems import Path
from pipelines.definition.runplan import StepKind
from pipelines.definition.schema import CONDITIONS, EVENTS, KINDS

Broken = tuple[str, Path, dict[str, str | int]]


def check(root: dict[str, Any]) -> Iterator[Broken]:
    """Every rule that ``root`` breaks: its code, the path and the parameters of the sentence."""
    yield from _filter(root.get("branch"), ("branch",))
    yield from _notification(root.get("notification"))
    cached = _has_paths(root.get("cache"))
    for index, stage in enumerate(_list(root.get("stages"))):
        if isinstance(stage, dict):
            yield from _stage(stage, ("stages", index), cached=cached)
    yield from _cache(root.get("cache"), ("cache",), cached=_any_paths(root))


def _stage(stage: dict[str, Any], path: Path, *, cached: bool) -> Iterator[Broken]:
    yield from _when(stage.get("when"), (*path, "when"))
    cached = cached or _has_paths(stage.get("cache"))
    names: set[str] = set()
    for index, step in enumerate(_list(stage.get("steps"))):
        if not isinstance(step, dict):
            continue
        here = (*path, "steps", index)
        yield from _step(step, here)
        yield from _cache(step.get("cache"), (*here, "cache"), cached=cached)
        name = step.get("name")
        if isinstance(name, str) and name in names:
            yield "DuplicateStepName", (*here, "name"), {"name": name}
        names.add(str(name))


def _step(step: dict[str, Any], path: Path) -> Iterator[Broken]:
    kinds = [key for key in KINDS if key in step and (step[key] is not None or key == StepKind.SOURCE_CODE)]
    if not kinds:
        yield "StepWithoutKind", path, {"kinds": ", ".join(KINDS)}
    if len(kinds) > 1:
        yield "StepOfSeveralKinds", path, {"kinds": ", ".join(kinds)}
    yield from _when(step.get("when"), (*path, "when"))
    yield from _kinds(step, path)
    yield from _twice(step, path)
    for resource in ("cpu", "memory"):
        request, limit = step.get(f"{resource}Request"), step.get(f"{resource}Limit")
        if isinstance(request, str) and isinstance(limit, str) and (size(request) or 0) > (size(limit) or float("inf")):
            yield "RequestAboveLimit", (*path, f"{resource}Request"), {"request": request, "limit": limit}


def _kinds(step: dict[str, Any], path: Path) -> Iterator[Broken]:
    match step:
        case {StepKind.RUN_SCRIPT: {"image": _} as script} if not _said(script, "shellScript"):
            yield "ScriptMissing", (*path, "runScriptConfig"), {}
    match step:
        case {StepKind.APPLY_YAML: dict() as apply}:
            if not _said(apply, "path") and not _said(apply, "content"):
                yield "NothingToApply", (*path, "applyYamlConfig"), {}
            if _said(apply, "path") and _said(apply, "content"):
                yield "ContentWins", (*path, "applyYamlConfig", "path"), {}
    match step:
        case {StepKind.APPLY_APP: {"catalogTemplate": str() as template}} if reference(template) is None:
            yield "CatalogShape", (*path, "applyAppConfig", "catalogTemplate"), {"value": template}


def _twice(step: dict[str, Any], path: Path) -> Iterator[Broken]:
    env = step.get("env")
    for index, source in enumerate(_list(step.get("envFrom"))):
        name = (source.get("targetKey") or source.get("sourceKey")) if isinstance(source, dict) else None
        if isinstance(env, dict) and isinstance(name, str) and name in env:
            yield "SetTwice", (*path, "envFrom", index), {"name": name}


def _when(when: Any, path: Path) -> Iterator[Broken]:
    if not isinstance(when, dict):
        return
    for key in ("branch", "tag", "paths"):
        yield from _filter(when.get(key), (*path, key))
    for where, event in _words(when.get("event"), (*path, "event")):
        if event not in EVENTS:
            yield "UnknownEvent", where, {"value": event, "known": ", ".join(EVENTS)}


def _filter(value: Any, path: Path) -> Iterator[Broken]:
    for where, pattern in _words(value, path):
        try:
            patterns.check(pattern)
        except patterns.BadPattern:
            yield "BadPattern", where, {"value": pattern}


def _words(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The words of a filter in any of its forms."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, word in enumerate(value):
            yield from _words(word, (*path, index))
    elif isinstance(value, dict):
        for key in ("include", "exclude"):
            yield from _words(value.get(key), (*path, key))


def _notification(value: Any) -> Iterator[Broken]:
    if not isinstance(value, dict):
        return
    for where, word in _words(value.get("condition"), ("notification", "condition")):
        if word not in CONDITIONS:
            yield "UnknownCondition", where, {"value": word, "known": ", ".join(CONDITIONS)}


def _cache(cache: Any, path: Path, *, cached: bool) -> Iterator[Broken]:
    if _on(cache) and not cached and not _has_paths(cache):
        yield "CacheWithoutPaths", path, {}


def _on(cache: Any) -> bool:
    switch = cache.get("enabled") or "true" if isinstance(cache, dict) else cache
    return isinstance(switch, str) and switch.lower() in TRUE


def _has_paths(cache: Any) -> bool:
    return bool(cache.get("paths") if isinstance(cache, dict) else isinstance(cache, list) and cache)


def _any_paths(root: dict[str, Any]) -> bool:
    """Whether some stage or step says which paths the pipeline's cache is about."""
    stages = [stage for stage in _list(root.get("stages")) if isinstance(stage, dict)]
    steps = [step for stage in stages for step in _list(stage.get("steps")) if isinstance(step, dict)]
    return any(_has_paths(part.get("cache")) for part in (*stages, *steps))


def _said(config: dict[str, Any], key: str) -> bool:
    value = config.get(key)
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
