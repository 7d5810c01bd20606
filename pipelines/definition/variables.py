"""The variables of a run, and where they are filled into texts of the file.

``${NAME}`` is filled in where the ancestor did: in images, tags, paths, charts, answers and ``env``; never in
scripts, where the shell expands what it finds in the environment. A name that is no variable stays as it is.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pipelines.definition.runplan import StepKind
from pipelines.definition.trigger import Trigger

HOLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SHORT_COMMIT = 7
# What anyone who commits may word freely. It reaches steps by their environment and never becomes part of a
# document that is parsed afterwards.
FREE_TEXT = frozenset({"CICD_GIT_MESSAGE", "CICD_GIT_AUTHOR"})
# By kind, the keys of its settings in which variables are filled in.
PLACES: dict[StepKind, frozenset[str]] = {
    StepKind.RUN_SCRIPT: frozenset({"image"}),
    StepKind.PUBLISH_IMAGE: frozenset({"tag"}),
    StepKind.APPLY_YAML: frozenset({"path", "content"}),
    StepKind.PUBLISH_CATALOG: frozenset({"path", "catalogTemplate", "version"}),
    StepKind.APPLY_APP: frozenset({"catalogTemplate", "version", "name", "targetNamespace", "answers"}),
    StepKind.APPROVAL: frozenset({"message"}),
}


def variables_of(trigger: Trigger, *, registry: str = "") -> dict[str, str]:
    """Every variable of the run; ``registry`` is the address under which nodes pull from the project's registry."""
    url = without_credentials(trigger.repository_url)
    found = {
        "CICD_GIT_REPO_NAME": repository_name(url),
        "CICD_GIT_URL": url,
        "CICD_GIT_COMMIT": trigger.commit[:SHORT_COMMIT],
        "CICD_GIT_REF": trigger.ref,
        "CICD_GIT_BRANCH": trigger.branch or trigger.tag,
        "CICD_GIT_MESSAGE": trigger.message,
        "CICD_GIT_AUTHOR": trigger.author,
        "CICD_TRIGGER_TYPE": trigger.triggered_by,
        "CICD_TRIGGER_USER": trigger.user,
        "CICD_EVENT": trigger.event.value,
        "CICD_EXECUTION_ID": trigger.execution,
        "CICD_EXECUTION_SEQUENCE": str(trigger.run),
        "CICD_PIPELINE_ID": trigger.pipeline,
        "CICD_PROJECT_ID": trigger.project,
        "CICD_CLUSTER_ID": trigger.cluster,
        "CICD_LOCAL_REGISTRY": registry,
    }
    if trigger.tag:
        found["CICD_GIT_TAG"] = trigger.tag
    if trigger.image:
        found["CICD_TRIGGER_IMAGE"] = trigger.image
    return {name: value.replace("\x00", "") for name, value in found.items()}


def filled(text: str, variables: Mapping[str, str]) -> str:
    """``text`` with its variables; what a value holds is not looked at again."""
    return HOLE.sub(lambda hole: variables.get(hole[1], hole[0]), text)


def without_free_text(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in FREE_TEXT}


def filled_config(kind: StepKind, config: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The settings of a step with the variables filled in where its kind has places for them."""
    places = PLACES.get(kind, frozenset())
    plain = without_free_text(variables)
    return {key: _filled(value, variables, plain) if key in places else value for key, value in config.items()}


def _filled(value: Any, variables: Mapping[str, str], plain: Mapping[str, str]) -> Any:
    """Values of a mapping stay single values whatever is in them, so they may hold free text; other places may not."""
    if isinstance(value, dict):
        return {key: filled(text, variables) for key, text in value.items()}
    return filled(value, plain) if isinstance(value, str) else value


def repository_name(url: str) -> str:
    """``app`` of ``https://host/team/app.git`` and of ``git@host:team/app.git``."""
    return re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")


def without_credentials(url: str) -> str:
    """``url`` without user and password; what is no URL stays as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not parts.scheme or "@" not in parts.netloc or parts.scheme == "ssh":
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
