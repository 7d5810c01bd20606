from typing import Any

import pytest

from pipelines.definition.conditions import why_not, why_not_branch
from pipelines.definition.runplan import Event
from pipelines.definition.schema import Patterns, When
from pipelines.definition.trigger import Trigger


def push(branch: str = "main", **changes: Any) -> Trigger:
    return Trigger(**{"event": Event.PUSH, "branch": branch, **changes})


def tag(name: str, **changes: Any) -> Trigger:
    return Trigger(**{"event": Event.TAG, "tag": name, "branch": name, "ref": f"refs/tags/{name}", **changes})


MANUAL = Trigger(event=Event.MANUAL, branch="main")

ROWS = [
    pytest.param({}, push(), None, id="no condition says yes"),
    pytest.param({"branch": "main"}, push(), None, id="the branch"),
    pytest.param({"branch": "main"}, push("dev"), "BranchNotIncluded", id="another branch"),
    pytest.param({"branch": {"include": []}}, push("dev"), None, id="an empty include takes every branch"),
    pytest.param({"branch": {"exclude": "wip"}}, push("dev"), None, id="not excluded"),
    pytest.param({"branch": {"include": "*", "exclude": "wip"}}, push("wip"), "BranchExcluded", id="exclude wins"),
    pytest.param({"branch": "*"}, push("feature/x"), "BranchNotIncluded", id="a star stays before the slash"),
    pytest.param({"branch": "[x"}, push("[x"), "BranchNotIncluded", id="half a pattern never matches"),
    pytest.param({"event": "push"}, push(), None, id="the event"),
    pytest.param({"event": ["tag", "push"]}, push(), None, id="one of the events"),
    pytest.param({"event": "push"}, MANUAL, "EventNotIncluded", id="a manual run is no push"),
    pytest.param({"event": "manual"}, MANUAL, None, id="a manual run has an event of its own"),
    pytest.param({"event": {"exclude": ["pull_request"]}}, MANUAL, None, id="a manual run is no pull request"),
    pytest.param({"event": {"exclude": "push"}}, push(), "EventExcluded", id="an excluded event"),
    pytest.param({"branch": "main"}, tag("v1"), None, id="a branch condition does not speak about tags"),
    pytest.param({"branch": "v1"}, tag("v1"), None, id="nor when it looks like the tag"),
    pytest.param({"branch": {"exclude": "v*"}}, tag("v1"), None, id="nor does an exclusion"),
    pytest.param({"tag": "v*"}, tag("v1"), None, id="the tag"),
    pytest.param({"tag": "v*"}, tag("x1"), "TagNotIncluded", id="another tag"),
    pytest.param({"tag": {"exclude": "*-rc*"}}, tag("v1-rc1"), "TagExcluded", id="an excluded tag"),
    pytest.param({"tag": "v*"}, push(), "TagsOnly", id="a tag condition keeps to tags"),
    pytest.param({"tag": {"exclude": "v*"}}, push(), None, id="an exclusion of tags leaves branches alone"),
    pytest.param({"tag": "v*", "branch": "main"}, push(), None, id="a branch beside a tag condition"),
    pytest.param({"tag": "v*", "branch": "main"}, push("dev"), "BranchNotIncluded", id="and another branch"),
    pytest.param({"paths": "src/**"}, push(changed_paths=("src/a",)), None, id="a changed file"),
    pytest.param({"paths": "src/**"}, push(changed_paths=("doc/a",)), "PathsNotIncluded", id="other changed files"),
    pytest.param({"paths": "src/**"}, push(changed_paths=()), "PathsNotIncluded", id="nothing changed"),
    pytest.param({"paths": "src/**"}, push(), None, id="nobody knows what changed"),
    pytest.param(
        {"paths": {"exclude": "doc/**"}}, push(changed_paths=("doc/a", "doc/b")), "PathsExcluded", id="only documents"
    ),
    pytest.param({"paths": {"exclude": "doc/**"}}, push(changed_paths=("doc/a", "b")), None, id="not only documents"),
    pytest.param(
        {"paths": {"exclude": "doc/**"}}, push(changed_paths=()), None, id="nothing changed, nothing excluded"
    ),
    pytest.param({"event": "tag", "branch": "dev"}, push(), "EventNotIncluded", id="the event is told first"),
]


@pytest.mark.parametrize(("when", "trigger", "code"), ROWS)
def test_conditions(when: dict[str, Any], trigger: Trigger, code: str | None) -> None:
    found = why_not(When.model_validate(when), trigger)
    assert (found and found.code) == code


def test_a_reason_can_be_read() -> None:
    found = why_not(When.model_validate({"branch": ["main", "release/*"]}), push("dev"))
    assert found is not None
    assert found.text == "dev is not in main, release/*"


def test_the_branches_of_a_file_do_not_speak_about_tags() -> None:
    branches = Patterns.model_validate({"include": ["main"]})
    assert why_not_branch(branches, tag("v1")) is None
    assert why_not_branch(branches, push("dev")) is not None
