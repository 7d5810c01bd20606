"""From rows to the facts that the pure run plan is made of."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings

from devops_platform.projects.models import Project, User
from pipelines import queue
from pipelines.definition.plan import PlanSettings, make_plan
from pipelines.definition.runplan import Event, Resources, RunPlan
from pipelines.definition.trigger import Trigger
from pipelines.models import Pipeline
from pipelines.sources import Sources


def plan_settings(project: Project) -> PlanSettings:
    values = queue.settings_of(project)
    return PlanSettings(
        resources=Resources(
            cpu_request=values["executor-cpu-request"],
            cpu_limit=values["executor-cpu-limit"],
            memory_request=values["executor-memory-request"],
            memory_limit=values["executor-memory-limit"],
        ),
        image_prefixes=_pairs(values["image-prefixes"]),
        registry=settings.LOCAL_REGISTRY,
        catalogs=_pairs(values["catalogs"]),
        environment=network_environment(values),
    )


def _pairs(words: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words.split())


def network_environment(values: Mapping[str, str]) -> dict[str, str]:
    """Proxies and package mirrors as the variables that tools read; what is not set is left out.

    Source: https://pip.pypa.io/en/stable/topics/configuration/, https://docs.npmjs.com/cli/configuring-npm/config,
    https://go.dev/ref/mod#environment-variables. Maven reads no variable for mirrors: the engine turns that one into a
    file. pip asks a mirror without TLS only when it is told that this is meant.
    """
    plain = urlsplit(values["pip-mirror"])
    wanted = {
        "HTTP_PROXY": values["http-proxy"],
        "http_proxy": values["http-proxy"],
        "HTTPS_PROXY": values["https-proxy"],
        "https_proxy": values["https-proxy"],
        "NO_PROXY": values["no-proxy"],
        "no_proxy": values["no-proxy"],
        "PIP_INDEX_URL": values["pip-mirror"],
        "PIP_TRUSTED_HOST": plain.netloc if plain.scheme == "http" else "",
        "MAVEN_MIRROR_URL": values["maven-mirror"],
        "npm_config_registry": values["npm-mirror"],
        "GOPROXY": values["go-proxy"],
    }
    return {name: value for name, value in wanted.items() if value}


def trigger_of(
    pipeline: Pipeline, found: Sources, *, run: int, event: Event, user: User | None, triggered_by: str
) -> Trigger:
    tag = found.ref.removeprefix("refs/tags/") if found.ref.startswith("refs/tags/") else ""
    return Trigger(
        event=event,
        branch=found.ref.removeprefix("refs/heads/").removeprefix("refs/tags/"),
        ref=found.ref,
        commit=found.commit.sha,
        message=found.commit.message,
        author=found.commit.author,
        tag=tag,
        run=run,
        execution=f"{pipeline.name}-{run}",
        pipeline=pipeline.name,
        project=pipeline.project_id,
        cluster=pipeline.project.cluster_id,
        repository_url=pipeline.repository_url,
        triggered_by=triggered_by,
        user=user.username if user else "",
    )


def preview(pipeline: Pipeline, found: Sources, *, event: Event, user: User | None) -> RunPlan:
    """What would run, without running it."""
    trigger = trigger_of(pipeline, found, run=pipeline.next_run, event=event, user=user, triggered_by="user")
    return make_plan(found.parsed.definition, trigger, plan_settings(pipeline.project))
