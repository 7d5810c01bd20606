import pytest
from pytest_django.fixtures import Settings

from devops_platform.errors import Invalid
from devops_platform.projects.models import Project
from pipelines.definition.parse import parse
from pipelines.definition.plan import make_plan
from pipelines.definition.runplan import Event, StepPlan
from pipelines.definition.trigger import Trigger
from pipelines.models import PipelineSetting
from pipelines.planning import plan_settings
from pipelines.preferences import checked

TRIGGER = Trigger(event=Event.PUSH, branch="main", ref="refs/heads/main", commit="c" * 40)


def setting(project: Project, name: str, value: str) -> None:
    PipelineSetting.objects.create(project=project, name=name, spec={"value": checked(name, value)})


def planned(project: Project, step: str) -> StepPlan:
    text = f"stages:\n- name: A\n  steps:\n  - {step}\n"
    plan = make_plan(parse(text).definition, TRIGGER, plan_settings(project))
    return plan.stages[-1].steps[0]


def test_an_image_prefix_of_the_project_leads_to_its_registry(project: Project) -> None:
    setting(project, "image-prefixes", "link-cloud/=registry.example.com/base/")
    step = planned(project, 'runScriptConfig: {image: "link-cloud/golang:latest", shellScript: make}')
    assert step.image == "registry.example.com/base/golang:latest"


def test_images_are_pushed_to_the_registry_of_the_platform(project: Project, settings: Settings) -> None:
    settings.LOCAL_REGISTRY = "127.0.0.1:5000"
    step = planned(project, 'publishImageConfig: {dockerfilePath: ./Dockerfile, buildContext: ., tag: "team/app:1"}')
    assert step.config["image"] == "127.0.0.1:5000/team/app:1"


@pytest.mark.parametrize("chart", ["p-demo:my-charts-app", "my-charts/app"])
def test_a_chart_comes_from_a_catalog_of_the_project(project: Project, chart: str) -> None:
    setting(project, "catalogs", "other=https://other.example.com\nmy-charts=git@git.example.com:team/charts.git")
    step = planned(
        project, f'applyAppConfig: {{catalogTemplate: "{chart}", version: "1", name: a, targetNamespace: b}}'
    )
    assert (step.config["chart"], step.config["repository"]) == ("app", "git@git.example.com:team/charts.git")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("charts", id="no address"),
        pytest.param("a=https://alice:word@charts.example.com", id="a password"),
        pytest.param("a=file:///etc", id="a file"),
        pytest.param("a=https://charts.example.com oops", id="a second word that is no pair"),
        pytest.param("=https://charts.example.com", id="no name"),
    ],
)
def test_what_is_no_catalog_is_refused(value: str) -> None:
    with pytest.raises(Invalid):
        checked("catalogs", value)


@pytest.mark.parametrize(
    "value",
    ["a=https://charts.example.com/stable", "a=oci://h.example:5000/x", "a=ssh://git@git.example.com:2222/x/y.git"],
)
def test_catalogs_may_be_of_helm_or_git(value: str) -> None:
    assert checked("catalogs", value) == value
