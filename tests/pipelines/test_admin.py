"""The admin shows runs and acts through the services."""

import pytest
from django.test import Client
from django.urls import reverse

from devops_platform.projects.models import Project, User
from pipelines.models import Execution, Pipeline
from tests.worlds import pipeline_of, run_of


@pytest.fixture
def staff(project: Project, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"))
    return client


@pytest.fixture
def run(project: Project, alice: User) -> Execution:
    return run_of(pipeline_of(project, alice), alice)


@pytest.mark.parametrize("model", ["pipeline", "execution", "attempt", "pipelinesetting"])
def test_lists_and_rows_are_shown_and_nothing_is_added(staff: Client, run: Execution, model: str) -> None:
    assert staff.get(reverse(f"admin:pipelines_{model}_changelist")).status_code == 200
    assert staff.get(reverse(f"admin:pipelines_{model}_add")).status_code == 403


def test_a_row_is_shown_without_its_plan(staff: Client, run: Execution) -> None:
    address = reverse("admin:pipelines_execution_change", args=[run.pk])
    page = staff.get(address).content.decode()
    assert "executionState" in page
    assert "CICD_" not in page
    assert staff.post(address, {"name": "other"}).status_code == 403


def test_claims_are_shown(staff: Client) -> None:
    assert staff.get(reverse("admin:controllers_claim_changelist")).status_code == 200


def test_chosen_runs_are_asked_to_stop(staff: Client, run: Execution) -> None:
    chosen = {"action": "stop", "_selected_action": [run.pk]}
    staff.post(reverse("admin:pipelines_execution_changelist"), chosen)
    stop = Execution.objects.get(pk=run.pk).stop
    assert stop is not None
    assert stop["by"] == "olga"


def test_a_pipeline_that_cannot_be_read_says_why(staff: Client, run: Execution) -> None:
    Pipeline.objects.filter(pk=run.pipeline_id).update(spec={**run.pipeline.spec, "repositoryUrl": "file:///nowhere"})
    chosen = {"action": "run_now", "_selected_action": [run.pipeline_id]}
    answer = staff.post(reverse("admin:pipelines_pipeline_changelist"), chosen, follow=True)
    assert 'class="error"' in answer.content.decode()
    assert run.pipeline.executions.count() == 1
