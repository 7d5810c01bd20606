"""From a file, a trigger and the project's settings to the run plan: one pure function, the same answer every time.

Secrets are references in a plan. A run of a fork has none, and no privileged steps: a stranger wrote its file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any

from pipelines.definition import images
from pipelines.definition.catalogs import reference
from pipelines.definition.conditions import why_not, why_not_branch
from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import (
    CachePlan,
    Resources,
    RetryPlan,
    RunPlan,
    SecretRef,
    StagePlan,
    StepKind,
    StepPlan,
)
from pipelines.definition.schema import (
    ApplyApp,
    CacheSettings,
    Definition,
    PublishImage,
    RunScript,
    Stage,
    Step,
)
from pipelines.definition.trigger import Trigger
from pipelines.definition.variables import filled, filled_config, variables_of, without_free_text

CLONE = "Clone"
DEFAULT_TIMEOUT = 60  # minutes
CACHED_KINDS = frozenset({StepKind.RUN_SCRIPT, StepKind.PUBLISH_IMAGE})
# Kinds that run the platform's own small tools rather than a user's build.
TOOL_KINDS = frozenset(
    {StepKind.SOURCE_CODE, StepKind.APPLY_YAML, StepKind.PUBLISH_CATALOG, StepKind.APPLY_APP, StepKind.APPROVAL}
)
USUAL_NAMES: dict[StepKind, str] = {
    StepKind.SOURCE_CODE: "clone",
    StepKind.RUN_SCRIPT: "script",
    StepKind.PUBLISH_IMAGE: "publish",
    StepKind.APPLY_YAML: "apply",
    StepKind.PUBLISH_CATALOG: "publish-chart",
    StepKind.APPLY_APP: "app",
    StepKind.APPROVAL: "approval",
}


NO_RESOURCES = Resources()
TOOL_RESOURCES = Resources(cpu_request="10m", cpu_limit="300m", memory_request="10Mi", memory_limit="100Mi")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """What the project and its cluster say about every run."""

    resources: Resources = NO_RESOURCES
    tool_resources: Resources = TOOL_RESOURCES
    image_prefixes: Mapping[str, str] = field(default_factory=dict)  # such as link-cloud/ → registry.example.com/base
    registry: str = ""  # where nodes pull what the project pushed
    push_registry: str = ""  # where builds push to; the same as registry when empty
    environment: Mapping[str, str] = field(default_factory=dict)  # proxies and package mirrors, for every step
    catalogs: Mapping[str, str] = field(default_factory=dict)  # name → repository of charts
    timeout: int = DEFAULT_TIMEOUT


DEFAULTS = PlanSettings()


@dataclass(frozen=True, slots=True)
class _Run:
    """What the parts of one plan share."""

    definition: Definition
    trigger: Trigger
    settings: PlanSettings
    variables: Mapping[str, str]


def make_plan(definition: Definition, trigger: Trigger, settings: PlanSettings = DEFAULTS) -> RunPlan:
    """The plan of one run. ``skip`` is set when the file as a whole says no to the trigger."""
    run = _Run(definition, trigger, settings, variables_of(trigger, registry=settings.registry))
    stages = _with_deployed_images([_stage(stage, run) for stage in _stages(definition)], run)
    group = definition.concurrency
    return RunPlan(
        stages=tuple(stages),
        timeout=definition.timeout or settings.timeout,
        variables=run.variables,
        concurrency_group=_group(run),
        concurrency_policy=group.policy if group else "queue",
        warnings=tuple(_warnings(run)),
        skip=why_not_branch(definition.branch, trigger),
    )


def _group(run: _Run) -> str:
    """Groups of a fork are its own: a stranger's file neither holds up nor ends runs of the repository itself."""
    said = run.definition.concurrency
    if said is None:
        return ""
    name = filled(said.group, without_free_text(run.variables))
    return f"fork:{name}" if run.trigger.fork else name


def _stages(definition: Definition) -> Iterator[Stage]:
    """The file's stages, behind one that fetches the sources when none does."""
    if all(step.source_code_config is None for stage in definition.stages for step in stage.steps):
        yield Stage.model_validate({"name": CLONE, "steps": [{StepKind.SOURCE_CODE: {}}]})
    yield from definition.stages


def _stage(stage: Stage, run: _Run) -> StagePlan:
    names = _names(stage.steps)
    skip = why_not(stage.when, run.trigger)
    inherited = reason("StageSkipped") if skip else None
    steps = tuple(
        _step(step, name, stage=stage, run=run, skip=inherited or why_not(step.when, run.trigger))
        for step, name in zip(stage.steps, names, strict=True)
    )
    if skip is None and all(step.skip for step in steps):
        skip = reason("EveryStepSkipped")
    return StagePlan(name=stage.name, steps=steps, pause_before=stage.pause_before, skip=skip)


def _step(step: Step, name: str, *, stage: Stage, run: _Run, skip: Reason | None) -> StepPlan:
    kind = step.kind
    script = step.config if isinstance(step.config, RunScript) else None
    config = _config(step, run)
    fork = run.trigger.fork
    return StepPlan(
        name=name,
        kind=kind,
        config=config,
        image=str(config.pop("image")) if script else "",
        script=str(config.pop("shellScript")) if script else "",
        env={
            **run.settings.environment,
            **{key: filled(value, run.variables) for key, value in step.env.items()},
        },
        secrets=() if fork else _secrets(step),
        resources=_resources(step, run.settings),
        privileged=step.privileged and not fork,
        cache=_cache((step.cache, stage.cache, run.definition.cache), run) if kind in CACHED_KINDS else CachePlan(),
        timeout=step.timeout,
        retry=RetryPlan(max=step.retry.max, backoff=step.retry.backoff),
        artifacts=step.artifacts,
        junit=step.reports.junit,
        skip=skip,
    )


def _config(step: Step, run: _Run) -> dict[str, Any]:
    """The kind's settings, filled in, with what follows from them: ``image`` of builds, ``chart`` of catalogs.

    Those of applyYaml are filled in later, when it is known what was published before.
    """
    wire = step.config.model_dump(mode="json", by_alias=True, exclude_none=True)
    if step.kind is StepKind.APPLY_YAML:
        return wire
    if isinstance(step.config, PublishImage):
        wire.setdefault("tag", _usual_tag(run.variables))
    config = filled_config(step.kind, wire, run.variables)
    match step.config:
        case RunScript():
            config["image"] = images.resolved(config["image"], run.settings.image_prefixes)
        case PublishImage():
            settings = run.settings
            config["image"] = _published(config, settings.push_registry or settings.registry).reference
        case ApplyApp():
            chart = reference(config["catalogTemplate"], run.settings.catalogs)
            if chart is not None:
                config |= {"catalog": chart.catalog, "chart": chart.name}
                config["repository"] = run.settings.catalogs.get(chart.catalog, "")
    return config


def _usual_tag(variables: Mapping[str, str]) -> str:
    """Repository and branch, in characters that images may have."""
    repository = re.sub(r"[^a-z0-9]+", "-", variables["CICD_GIT_REPO_NAME"].lower()).strip("-") or "image"
    version = re.sub(r"[^\w.-]+", "-", variables["CICD_GIT_BRANCH"], flags=re.ASCII).lstrip(".-")[:128]
    return f"{repository}:{version or 'latest'}"


def _secrets(step: Step) -> tuple[SecretRef, ...]:
    return tuple(
        SecretRef(source=each.source_name, key=each.source_key, target=each.target_key or each.source_key)
        for each in step.env_from
    )


def _resources(step: Step, settings: PlanSettings) -> Resources:
    usual = settings.tool_resources if step.kind in TOOL_KINDS else settings.resources
    return Resources(
        cpu_request=step.cpu_request or usual.cpu_request,
        cpu_limit=step.cpu_limit or usual.cpu_limit,
        memory_request=step.memory_request or usual.memory_request,
        memory_limit=step.memory_limit or usual.memory_limit,
    )


def _cache(levels: Sequence[CacheSettings | None], run: _Run) -> CachePlan:
    """The nearest level decides whether there is a cache; each of its settings comes from the nearest that has it."""
    said = [level for level in levels if level is not None]
    if not said or said[0].enabled is False:
        return CachePlan()
    paths = next((level.paths for level in said if level.paths), ())
    plain = without_free_text(run.variables)
    keyed = next((level for level in said if level.key), CacheSettings())
    return CachePlan(
        enabled=bool(paths),
        key=filled(keyed.key, plain),
        restore_keys=tuple(filled(key, plain) for key in keyed.restore_keys),
        paths=paths,
    )


def _names(steps: Sequence[Step]) -> list[str]:
    """Unique names: given ones stay, the others are named after what they do; what is taken gets a number."""
    given = {step.name for step in steps if step.name}
    names: list[str] = []
    for step in steps:
        wanted = step.name or _usual_name(step)
        numbered = (f"{wanted}-{number}" for number in count(2))
        names.append(
            next(
                name
                for name in chain([wanted], numbered)
                if name not in names and (name == step.name or name not in given)
            )
        )
    return names


def _usual_name(step: Step) -> str:
    config = step.config
    if isinstance(config, RunScript):
        name = images.basename(config.image)
        return USUAL_NAMES[step.kind] if "$" in name else name
    return USUAL_NAMES[step.kind]


def _with_deployed_images(stages: Sequence[StagePlan], run: _Run) -> Iterator[StagePlan]:
    """Tells every applyYaml step about the image published last before it.

    As in the ancestor: the last publish step of its own stage, else of the nearest stage before. One that is
    skipped counts only when no other is left.
    """
    earlier: list[StepPlan] = []
    for stage in stages:
        earlier.extend(step for step in stage.steps if step.kind is StepKind.PUBLISH_IMAGE)
        published = next((step for step in reversed(earlier) if step.skip is None), earlier[-1] if earlier else None)
        yield stage.model_copy(update={"steps": tuple(_told(step, published, run) for step in stage.steps)})


def _told(step: StepPlan, published: StepPlan | None, run: _Run) -> StepPlan:
    if step.kind is not StepKind.APPLY_YAML:
        return step
    facts = _image_facts(published, run.settings)
    config = filled_config(step.kind, step.config, {**run.variables, **facts})
    return step.model_copy(update={"env": {**facts, **step.env}, "config": config})


def _image_facts(published: StepPlan | None, settings: PlanSettings) -> dict[str, str]:
    """The address is the one that nodes pull from, which for the project's own registry is not where builds push."""
    if published is None:
        return {"CICD_REGISTRY": settings.registry}
    pushed = _published(published.config, settings.registry)
    return {"CICD_REGISTRY": pushed.registry, "CICD_IMAGE_REPO": pushed.repository, "CICD_IMAGE": pushed.name}


def _published(config: Mapping[str, Any], own_registry: str) -> images.Target:
    """Where a publishImage step pushes, or where its image is pulled from, by the address of the own registry."""
    if config["pushRemote"]:
        return images.target(config["tag"], registry=config["registry"])
    return replace(images.target(config["tag"], registry=""), registry=own_registry)


def _warnings(run: _Run) -> Iterator[Reason]:
    steps = [step for stage in run.definition.stages for step in stage.steps]
    if run.trigger.fork:
        names = sorted({source.source_name for step in steps for source in step.env_from})
        if names:
            yield reason("ForkWithoutSecrets", names=names)
        privileged = [step.name or _usual_name(step) for step in steps if step.privileged]
        if privileged:
            yield reason("ForkWithoutPrivilege", steps=privileged)
    for step in steps:
        if isinstance(step.config, ApplyApp) and run.settings.catalogs:
            chart = reference(step.config.catalog_template, run.settings.catalogs)
            if chart is None or chart.catalog not in run.settings.catalogs:
                yield reason("CatalogUnknown", chart=step.config.catalog_template)
