import pytest

from pipelines.definition.runplan import Event, StepKind
from pipelines.definition.trigger import Trigger
from pipelines.definition.variables import (
    filled,
    filled_config,
    repository_name,
    variables_of,
    without_credentials,
)

TRIGGER = Trigger(
    event=Event.PUSH,
    branch="main",
    ref="refs/heads/main",
    commit="0123456789abcdef",
    message="Fix ${CICD_GIT_BRANCH}",
    author="alice",
    run=7,
    execution="p-abcde-7",
    pipeline="p-abcde",
    project="p-fghij",
    cluster="c-klmno",
    repository_url="https://bob:hunter2@git.example.com/team/app.git",
    triggered_by="webhook",
    user="alice",
)


def test_the_variables_of_a_push() -> None:
    assert variables_of(TRIGGER, registry="127.0.0.1:34001") == {
        "CICD_GIT_REPO_NAME": "app",
        "CICD_GIT_URL": "https://git.example.com/team/app.git",
        "CICD_GIT_COMMIT": "0123456",
        "CICD_GIT_REF": "refs/heads/main",
        "CICD_GIT_BRANCH": "main",
        "CICD_GIT_MESSAGE": "Fix ${CICD_GIT_BRANCH}",
        "CICD_GIT_AUTHOR": "alice",
        "CICD_TRIGGER_TYPE": "webhook",
        "CICD_TRIGGER_USER": "alice",
        "CICD_EVENT": "push",
        "CICD_EXECUTION_ID": "p-abcde-7",
        "CICD_EXECUTION_SEQUENCE": "7",
        "CICD_PIPELINE_ID": "p-abcde",
        "CICD_PROJECT_ID": "p-fghij",
        "CICD_CLUSTER_ID": "c-klmno",
        "CICD_LOCAL_REGISTRY": "127.0.0.1:34001",
    }


def test_a_tag_is_also_the_branch() -> None:
    found = variables_of(Trigger(event=Event.TAG, tag="v1", ref="refs/tags/v1"))
    assert (found["CICD_GIT_TAG"], found["CICD_GIT_BRANCH"]) == ("v1", "v1")


def test_the_image_that_set_a_run_off_is_a_variable() -> None:
    found = variables_of(Trigger(event=Event.IMAGE, branch="main", image="reg.example.com/base:2"))
    assert found["CICD_TRIGGER_IMAGE"] == "reg.example.com/base:2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a-${A}-b", "a-1-b", id="a name in braces"),
        pytest.param("$A", "$A", id="braces are needed"),
        pytest.param("${NOBODY}", "${NOBODY}", id="an unknown name stays"),
        pytest.param("${B}", "${A}", id="values are not looked into"),
        pytest.param("${A", "${A", id="an open brace stays"),
        pytest.param("${A:-x}", "${A:-x}", id="the shell's own forms stay"),
    ],
)
def test_filling_in(text: str, expected: str) -> None:
    assert filled(text, {"A": "1", "B": "${A}"}) == expected


def test_scripts_are_left_to_the_shell() -> None:
    config = {"image": "app:${CICD_EVENT}", "shellScript": "echo ${CICD_EVENT}"}
    assert filled_config(StepKind.RUN_SCRIPT, config, variables_of(TRIGGER)) == {
        "image": "app:push",
        "shellScript": "echo ${CICD_EVENT}",
    }


@pytest.mark.parametrize("key", ["dockerfilePath", "buildContext", "registry"])
def test_places_that_the_ancestor_left_alone(key: str) -> None:
    config = {key: "${CICD_EVENT}", "tag": "a"}
    assert filled_config(StepKind.PUBLISH_IMAGE, config, variables_of(TRIGGER)) == config


def test_a_commit_message_never_becomes_part_of_a_document() -> None:
    config = {"content": "message: ${CICD_GIT_MESSAGE}\nbranch: ${CICD_GIT_BRANCH}"}
    found = filled_config(StepKind.APPLY_YAML, config, variables_of(TRIGGER))
    assert found["content"] == "message: ${CICD_GIT_MESSAGE}\nbranch: main"


def test_an_answer_may_be_a_commit_message() -> None:
    config = {"answers": {"why": "${CICD_GIT_MESSAGE}"}}
    found = filled_config(StepKind.APPLY_APP, config, variables_of(TRIGGER))
    assert found["answers"] == {"why": "Fix ${CICD_GIT_BRANCH}"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://git.example.com/team/app.git", "app"),
        ("https://git.example.com/team/app/", "app"),
        ("git@git.example.com:team/app.git", "app"),
        ("git@git.example.com:app.git", "app"),
        ("", ""),
    ],
)
def test_names_of_repositories(url: str, name: str) -> None:
    assert repository_name(url) == name


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a:b@h/x.git", "https://h/x.git"),
        ("https://token@h:8443/x.git", "https://h:8443/x.git"),
        ("git@h:x.git", "git@h:x.git"),
        ("ssh://git@h/x.git", "ssh://git@h/x.git"),
        ("https://[broken", ""),
    ],
)
def test_a_url_is_shown_without_credentials(url: str, expected: str) -> None:
    assert without_credentials(url) == expected
