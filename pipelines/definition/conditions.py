"""Whether a stage, a step or a whole file runs; if not, why.

A tag is not a branch: what runs for a tag is not tested against ``branch`` but against ``tag``. A condition with
``tag`` and without ``branch`` keeps to tags; one with both takes branches by the one and tags by the other.
When nobody knows which files changed, ``paths`` says yes.
"""

from collections.abc import Sequence

from pipelines.definition.messages import Reason, reason
from pipelines.definition.patterns import first_match
from pipelines.definition.schema import Patterns, When
from pipelines.definition.trigger import Trigger


def why_not(when: When | None, trigger: Trigger) -> Reason | None:
    """The first condition of ``when`` that says no; None when all say yes."""
    if when is None:
        return None
    return (
        _event(when.event, trigger)
        or why_not_branch(when.branch, trigger)
        or _tag(when, trigger)
        or _paths(when.paths, trigger.changed_paths)
    )


def why_not_branch(branches: Patterns | None, trigger: Trigger) -> Reason | None:
    if branches is None or trigger.tag:
        return None
    branch = trigger.branch
    excluded = first_match(branches.exclude, branch)
    if excluded is not None:
        return reason("BranchExcluded", branch=branch, pattern=excluded)
    if branches.include and first_match(branches.include, branch) is None:
        return reason("BranchNotIncluded", branch=branch, patterns=list(branches.include))
    return None


def _event(events: Patterns | None, trigger: Trigger) -> Reason | None:
    if events is None:
        return None
    event = trigger.event.value
    if event in events.exclude:
        return reason("EventExcluded", event=event)
    if events.include and event not in events.include:
        return reason("EventNotIncluded", event=event, events=list(events.include))
    return None


def _tag(when: When, trigger: Trigger) -> Reason | None:
    if when.tag is None:
        return None
    if not trigger.tag:
        return reason("TagsOnly") if when.tag.include and when.branch is None else None
    excluded = first_match(when.tag.exclude, trigger.tag)
    if excluded is not None:
        return reason("TagExcluded", tag=trigger.tag, pattern=excluded)
    if when.tag.include and first_match(when.tag.include, trigger.tag) is None:
        return reason("TagNotIncluded", tag=trigger.tag, patterns=list(when.tag.include))
    return None


def _paths(paths: Patterns | None, changed: Sequence[str] | None) -> Reason | None:
    if paths is None or changed is None:
        return None
    wanted = [path for path in changed if not paths.include or first_match(paths.include, path) is not None]
    if paths.include and not wanted:
        return reason("PathsNotIncluded", patterns=list(paths.include))
    if wanted and all(first_match(paths.exclude, path) is not None for path in wanted):
        return reason("PathsExcluded", patterns=list(paths.exclude))
    return None
