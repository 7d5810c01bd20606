from typing import Any

import pytest

from pipelines.definition.plan import PlanSettings, make_plan
from pipelines.definition.runplan import Event, Resources, RunPlan, SecretRef, StepKind, StepPlan
from pipelines.definition.schema import Definition
from pipelines.definition.trigger import Trigger

PUSH = Trigger(
    event=Event.PUSH, branch="main", commit="0123456789", run=7, repository_url="https://git.example.com/team/app.git"
)
SCRIPT: dict[str, Any] = {"runScriptConfig": {"image": "busybox", "shellScript": "make"}}
PUBLISH: dict[str, Any] = {"publishImageConfig": {"tag": "team/app:${CICD_EXECUTION_SEQUENCE}"}}
APPLY: dict[str, Any] = {"applyYamlConfig": {"path": "./deploy.yaml"}}


def stage(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"name": "Build", "steps": list(steps), **changes}


def plan(*stages: dict[str, Any], trigger: Trigger = PUSH, settings: PlanSettings | None = None, **top: Any) -> RunPlan:
    definition = Definition.model_validate({"stages": list(stages), **top})
    return make_plan(definition, trigger, settings or PlanSettings())


def one_step(step: dict[str, Any], **changes: Any) -> StepPlan:
    """The plan of ``step``, alone behind the Clone stage."""
    return plan(stage(step), **changes).stages[1].steps[0]


def test_a_clone_stage_comes_first() -> None:
    first = plan(stage(SCRIPT)).stages[0]
    assert (first.name, [step.kind for step in first.steps]) == ("Clone", [StepKind.SOURCE_CODE])


def test_a_file_that_clones_by_itself_gets_no_clone_stage() -> None:
    made = plan(stage({"sourceCodeConfig": {}}), stage(SCRIPT))
    assert [[step.kind for step in each.steps] for each in made.stages] == [
        [StepKind.SOURCE_CODE],
        [StepKind.RUN_SCRIPT],
    ]


def test_a_script_is_an_image_and_a_script() -> None:
    step = one_step(SCRIPT)
    assert (step.image, step.script, step.config) == ("busybox", "make", {})


def test_images_go_through_the_prefixes() -> None:
    settings = PlanSettings(image_prefixes={"link-cloud/": "reg.example.com/base/"})
    step = one_step({"runScriptConfig": {"image": "link-cloud/golang:1", "shellScript": "x"}}, settings=settings)
    assert step.image == "reg.example.com/base/golang:1"


def test_names_are_given_and_unique() -> None:
    steps = [SCRIPT, SCRIPT, {**SCRIPT, "name": "busybox-2"}, PUBLISH, APPLY, {**SCRIPT, "name": "unit tests"}]
    made = plan(stage(*steps)).stages[1]
    assert [step.name for step in made.steps] == ["busybox", "busybox-3", "busybox-2", "publish", "apply", "unit tests"]


def test_a_name_given_twice_is_numbered() -> None:
    made = plan(stage({**SCRIPT, "name": "x"}, {**SCRIPT, "name": "x"})).stages[1]
    assert [step.name for step in made.steps] == ["x", "x-2"]


@pytest.mark.parametrize(("written", "minutes"), [(None, 60), (0, 60), (5, 5)])
def test_a_run_lasts_an_hour_unless_said_otherwise(written: int | None, minutes: int) -> None:
    assert plan(stage(SCRIPT), timeout=written).timeout == minutes


def test_a_stage_that_does_not_run_says_why_and_its_steps_refer_to_it() -> None:
    skipped = plan(stage(SCRIPT, when={"branch": "dev"})).stages[1]
    assert skipped.skip is not None
    assert skipped.skip.code == "BranchNotIncluded"
    assert [step.skip and step.skip.code for step in skipped.steps] == ["StageSkipped"]


def test_a_stage_of_skipped_steps_is_skipped() -> None:
    skipped = plan(stage({**SCRIPT, "when": {"event": "tag"}})).stages[1]
    assert skipped.skip is not None
    assert skipped.skip.code == "EveryStepSkipped"
    assert [step.skip and step.skip.code for step in skipped.steps] == ["EventNotIncluded"]


def test_a_stage_with_one_step_left_runs() -> None:
    made = plan(stage({**SCRIPT, "when": {"event": "tag"}}, SCRIPT)).stages[1]
    assert made.skip is None


def test_the_file_itself_may_say_no() -> None:
    made = plan(stage(SCRIPT), branch={"exclude": ["main"]})
    assert made.skip is not None
    assert made.skip.code == "BranchExcluded"


CACHES = [
    pytest.param(None, None, None, (False, ()), id="nobody speaks of a cache"),
    pytest.param({"paths": ["p"]}, None, None, (True, ("p",)), id="the pipeline's"),
    pytest.param({"paths": ["p"]}, {"paths": ["s"]}, None, (True, ("s",)), id="the stage's wins"),
    pytest.param({"paths": ["p"]}, {"paths": ["s"]}, {"paths": ["t"]}, (True, ("t",)), id="the step's wins"),
    pytest.param({"paths": ["p"]}, None, False, (False, ()), id="a step switches it off"),
    pytest.param({"paths": ["p"]}, False, True, (True, ("p",)), id="a step switches it on again"),
    pytest.param({"enabled": False, "paths": ["p"]}, None, True, (True, ("p",)), id="paths stand ready for a switch"),
    pytest.param({"enabled": False, "paths": ["p"]}, None, None, (False, ()), id="off for everyone"),
    pytest.param({"paths": ["p"]}, None, {"key": "k"}, (True, ("p",)), id="a key keeps the paths"),
    pytest.param(True, None, None, (False, ()), id="without paths there is nothing to keep"),
]


@pytest.mark.parametrize(("top", "middle", "step", "expected"), CACHES)
def test_the_nearest_word_about_the_cache_counts(
    top: Any, middle: Any, step: Any, expected: tuple[bool, tuple[str, ...]]
) -> None:
    made = plan(stage({**SCRIPT, "cache": step}, cache=middle), cache=top).stages[1].steps[0]
    assert (made.cache.enabled, made.cache.paths) == expected


def test_variables_are_filled_into_cache_keys_but_hashes_stay_for_the_engine() -> None:
    step = one_step({**SCRIPT, "cache": {"key": "${CICD_GIT_BRANCH}-{{ hash 'a' }}", "paths": ["x"]}})
    assert step.cache.key == "main-{{ hash 'a' }}"


def test_tools_have_no_cache() -> None:
    assert not one_step(APPLY, cache={"paths": ["x"]}).cache.enabled


def test_resources_fall_back_one_by_one() -> None:
    settings = PlanSettings(resources=Resources(cpu_limit="1", memory_limit="1Gi"))
    step = one_step({**SCRIPT, "cpuLimit": "2"}, settings=settings)
    assert step.resources == Resources(cpu_limit="2", memory_limit="1Gi")
    assert one_step(APPLY, settings=settings).resources.cpu_limit == "300m"


def test_the_environment_of_a_step_wins_over_the_projects() -> None:
    settings = PlanSettings(environment={"HTTP_PROXY": "http://proxy.example.com", "CI": "no"})
    step = one_step({**SCRIPT, "env": {"CI": "${CICD_EVENT}"}}, settings=settings)
    assert step.env == {"HTTP_PROXY": "http://proxy.example.com", "CI": "push"}


SECRET = {"envFrom": [{"sourceName": "api", "sourceKey": "token"}]}


def test_secrets_are_references() -> None:
    assert one_step({**SCRIPT, **SECRET}).secrets == (SecretRef(source="api", key="token", target="token"),)


def test_a_fork_gets_neither_secrets_nor_privilege_and_is_told_so() -> None:
    fork = Trigger(event=Event.PULL_REQUEST, branch="main", fork=True)
    made = plan(stage({**SCRIPT, **SECRET, "privileged": True}), trigger=fork)
    step = made.stages[1].steps[0]
    assert (step.secrets, step.privileged) == ((), False)
    assert [warning.code for warning in made.warnings] == ["ForkWithoutSecrets", "ForkWithoutPrivilege"]


LOCAL = PlanSettings(registry="127.0.0.1:34001", push_registry="docker-registry.p-x-pipeline")


def test_an_image_goes_to_the_projects_registry() -> None:
    assert one_step(PUBLISH, settings=LOCAL).config["image"] == "docker-registry.p-x-pipeline/team/app:7"


def test_an_image_may_go_elsewhere() -> None:
    step = {"publishImageConfig": {"tag": "team/app:1", "pushRemote": True, "registry": "reg.example.com"}}
    assert one_step(step, settings=LOCAL).config["image"] == "reg.example.com/team/app:1"


def test_an_image_without_a_tag_is_called_after_repository_and_branch() -> None:
    trigger = Trigger(event=Event.PUSH, branch="feature/x", repository_url="https://git.example.com/Team/My_App.git")
    assert one_step({"publishImageConfig": {}}, trigger=trigger).config["tag"] == "my-app:feature-x"


def test_a_deployment_knows_the_image_published_before_it() -> None:
    made = plan(stage(PUBLISH), stage(APPLY), settings=LOCAL)
    assert made.stages[2].steps[0].env == {
        "CICD_REGISTRY": "127.0.0.1:34001",
        "CICD_IMAGE_REPO": "team/app",
        "CICD_IMAGE": "127.0.0.1:34001/team/app",
    }


def test_the_image_of_ones_own_stage_is_the_nearest() -> None:
    other = {"publishImageConfig": {"tag": "team/other:1"}}
    made = plan(stage(PUBLISH), stage(APPLY, other), settings=LOCAL)
    assert made.stages[2].steps[0].env["CICD_IMAGE_REPO"] == "team/other"


def test_a_skipped_image_is_deployed_only_when_there_is_no_other() -> None:
    skipped = {"publishImageConfig": {"tag": "team/other:1"}, "when": {"branch": "dev"}}
    made = plan(stage(PUBLISH), stage(skipped), stage(APPLY), settings=LOCAL)
    assert made.stages[3].steps[0].env["CICD_IMAGE_REPO"] == "team/app"
    made = plan(stage(skipped), stage(APPLY), settings=LOCAL)
    assert made.stages[2].steps[0].env["CICD_IMAGE_REPO"] == "team/other"


def test_inline_yaml_gets_the_image_too() -> None:
    inline = {"applyYamlConfig": {"content": "image: ${CICD_IMAGE}:${CICD_EXECUTION_SEQUENCE}"}}
    made = plan(stage(PUBLISH), stage(inline), settings=LOCAL)
    assert made.stages[2].steps[0].config["content"] == "image: 127.0.0.1:34001/team/app:7"


def test_what_a_variable_holds_is_not_looked_at_again() -> None:
    trigger = Trigger(event=Event.PUSH, branch="${CICD_REGISTRY}")
    inline = {"applyYamlConfig": {"content": "branch: ${CICD_GIT_BRANCH}"}}
    assert one_step(inline, trigger=trigger, settings=LOCAL).config["content"] == "branch: ${CICD_REGISTRY}"


APP = {
    "applyAppConfig": {
        "catalogTemplate": "cube-global-data:my-charts-mysql",
        "version": "1.3.1",
        "name": "db-${CICD_GIT_BRANCH}",
        "targetNamespace": "test",
    }
}


def test_a_chart_is_found_in_its_catalog() -> None:
    settings = PlanSettings(catalogs={"my-charts": "https://charts.example.com", "my": "https://my.example.com"})
    config = one_step(APP, settings=settings).config
    assert (config["catalog"], config["chart"], config["repository"]) == (
        "my-charts",
        "mysql",
        "https://charts.example.com",
    )
    assert config["name"] == "db-main"


def test_a_chart_of_no_catalog_is_a_warning() -> None:
    made = plan(stage(APP), settings=PlanSettings(catalogs={"other": "https://charts.example.com"}))
    assert [warning.code for warning in made.warnings] == ["CatalogUnknown"]


def test_runs_of_one_group_are_named_alike() -> None:
    made = plan(stage(SCRIPT), concurrency={"group": "deploy-${CICD_GIT_BRANCH}", "policy": "cancel-previous"})
    assert (made.concurrency_group, made.concurrency_policy) == ("deploy-main", "cancel-previous")


def test_a_fork_has_groups_of_its_own() -> None:
    fork = Trigger(event=Event.PULL_REQUEST, branch="main", fork=True)
    made = plan(stage(SCRIPT), trigger=fork, concurrency={"group": "deploy"})
    assert made.concurrency_group == "fork:deploy"


def test_what_a_step_says_of_itself_is_kept() -> None:
    step = one_step(
        {
            **SCRIPT,
            "timeout": 5,
            "retry": {"max": 2, "backoff": 3},
            "artifacts": ["a"],
            "reports": {"junit": ["b"]},
        }
    )
    assert (step.timeout, step.retry.max, step.retry.backoff, step.artifacts, step.junit) == (5, 2, 3, ("a",), ("b",))


def test_the_project_may_have_another_usual_limit() -> None:
    assert plan(stage(SCRIPT), settings=PlanSettings(timeout=20)).timeout == 20
