"""What starts a pipeline by itself, as the API and the pipeline's page tell it."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from devops_platform.projects.models import User
from pipelines import automation, unattended
from pipelines.definition.messages import reason
from pipelines.definition.runplan import Event
from pipelines.models import Pipeline, Schedule, Upstream
from pipelines.services import Cause
from tests.worlds import TWO_STAGES, commit_file

TRIGGERS = """
schedules: [{cron: "0 2 * * *", timezone: Asia/Shanghai, missed: skip}]
upstream: [{pipeline: base-image}]
"""


@pytest.fixture
def triggered(pipeline: Pipeline, repository: Path) -> Pipeline:
    commit_file(repository, TRIGGERS + TWO_STAGES)
    automation.refresh(pipeline)
    return pipeline


def asked(pipeline: Pipeline, user: User) -> Any:
    client = Client()
    client.force_login(user)
    where = {"project": pipeline.project_id, "name": pipeline.name}
    return client.get(reverse("api-pipeline-triggers", kwargs=where)).json()


def page(pipeline: Pipeline, user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("pipeline", kwargs={"project": pipeline.project_id, "name": pipeline.name})).text


def test_a_pipeline_that_was_not_read_yet_has_no_triggers(pipeline: Pipeline, rita: User) -> None:
    assert asked(pipeline, rita) == {"file": None, "schedules": [], "upstream": []}
    assert "Schedules and triggers" not in page(pipeline, rita)


def test_schedules_and_upstreams_are_told(triggered: Pipeline, rita: User) -> None:
    found = asked(triggered, rita)
    assert found["file"]["ref"] == "refs/heads/main"
    assert found["file"]["problem"] is None
    (schedule,) = found["schedules"]
    assert (schedule["cron"], schedule["timezone"], schedule["missed"]) == ("0 2 * * *", "Asia/Shanghai", "skip")
    assert schedule["due"].endswith("T18:00:00Z")
    assert schedule["verdict"] is None
    (upstream,) = found["upstream"]
    assert (upstream["pipeline"], upstream["exists"], upstream["condition"]) == ("base-image", False, "Success")


def test_what_came_of_the_last_time_is_told(triggered: Pipeline, rita: User) -> None:
    gone = reason("TriggerSourceGone", error="There is no branch <wip>").model_dump(mode="json")
    Schedule.objects.update(verdict=gone)
    Upstream.objects.update(verdict=reason("TriggerStarted", run="checkout-api #3").model_dump(mode="json"))
    found = asked(triggered, rita)
    assert found["schedules"][0]["verdict"]["code"] == "TriggerSourceGone"
    assert found["upstream"][0]["verdict"]["text"] == "Started checkout-api #3"
    shown = page(triggered, rita)
    assert "Not started: There is no branch &lt;wip&gt;" in shown
    assert "There is no such pipeline in the project" in shown


def test_a_file_that_is_not_in_force_is_told(triggered: Pipeline, repository: Path, rita: User) -> None:
    commit_file(repository, "stages: 7\n")
    automation.refresh(triggered)
    found = asked(triggered, rita)
    assert found["file"]["problem"]["code"] == "FileNotPipeline"
    assert len(found["schedules"]) == 1
    assert "What is shown is from an earlier file." in page(triggered, rita)


def test_a_refused_run_has_a_page_and_nothing_to_run_again(pipeline: Pipeline, repository: Path, alice: User) -> None:
    commit_file(repository, "stages: 7\n")
    cause = Cause(event=Event.SCHEDULE, user=None, key="schedule:x:y")
    why = unattended.start(pipeline, ref="", cause=cause)
    assert why.code == "TriggerRefused"
    client = Client()
    client.force_login(alice)
    where = {"project": pipeline.project_id, "name": f"{pipeline.name}-1"}
    assert client.get(reverse("run", kwargs=where)).status_code == 200
    document = client.get(reverse("api-execution", kwargs=where)).json()
    assert document["status"]["executionState"] == "Failed"
    assert document["status"]["reason"]["code"] == "FileNotPipeline"
    again = client.post(reverse("api-execution-rerun", kwargs=where), {"mode": "all"}, content_type="application/json")
    assert again.status_code == 422
