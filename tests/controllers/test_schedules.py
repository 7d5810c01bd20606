"""Schedules: what is decided, and that each planned time starts one run whoever looks, however often."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from controllers.pipeline.controller import PipelineController
from controllers.runtime.controller import run_passes
from controllers.schedule.controller import ScheduleController
from controllers.schedule.plan import LATE, Decision, Facts, Fire, Rest, Skip, plan
from devops_platform.errors import Unavailable
from devops_platform.projects.models import AuditEvent, Project, User
from devops_platform.projects.services import create_project
from pipelines import sources
from pipelines.definition import cron
from pipelines.definition.runplan import Event
from pipelines.models import Execution, Pipeline, Schedule, TriggerFile
from pipelines.states import State
from tests.worlds import TWO_STAGES, commit_file, git, pipeline_of, repository_at

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def facts(due: datetime | None, *, skip: bool = False, text: str = "0 * * * *") -> Facts:
    return Facts(due=due, cron=cron.parse(text), zone=ZoneInfo("UTC"), skip=skip)


ROWS = [
    pytest.param(facts(None), Rest(), id="what never comes rests"),
    pytest.param(facts(NOON + HOUR), Rest(), id="what is not due rests"),
    pytest.param(facts(NOON), Fire(NOON, NOON + HOUR), id="what is due starts"),
    pytest.param(facts(NOON, skip=True), Fire(NOON, NOON + HOUR), id="what is due in time was not missed"),
    pytest.param(facts(NOON - 30 * HOUR), Fire(NOON - 30 * HOUR, NOON + HOUR), id="once for all that was missed"),
    pytest.param(facts(NOON - 30 * HOUR, skip=True), Skip(NOON - 30 * HOUR, NOON), id="no run for what was missed"),
    pytest.param(
        facts(NOON - 30 * HOUR, skip=True, text="30 * * * *"),
        Skip(NOON - 30 * HOUR, NOON + HOUR / 2),
        id="what was missed is left out up to now",
    ),
    pytest.param(facts(NOON - LATE, skip=True), Fire(NOON - LATE, NOON + HOUR), id="a little late is not missed"),
]


@pytest.mark.parametrize(("known", "decision"), ROWS)
def test_what_is_done(known: Facts, decision: Decision) -> None:
    assert plan(known, NOON) == decision


def scheduled(*lines: str) -> str:
    return "schedules:\n" + "".join(f"  - {{{line}}}\n" for line in lines) + TWO_STAGES


HOURLY = 'cron: "0 * * * *"'


@pytest.fixture
def hourly(pipeline: Pipeline, repository: Path) -> Schedule:
    """A schedule of every hour that is due at noon."""
    return due_at_noon(pipeline, repository, HOURLY)


def due_at_noon(pipeline: Pipeline, repository: Path, *lines: str) -> Schedule:
    commit_file(repository, scheduled(*lines))
    read(pipeline)
    Schedule.objects.update(due=NOON)
    return pipeline.schedules.get()


def read(pipeline: Pipeline) -> None:
    run_passes(PipelineController(), str(pipeline.uid))


def look(at: datetime) -> None:
    """A sweep and the passes it asks for."""
    controller = ScheduleController(lambda: at)
    for key in list(controller.open_keys()):
        run_passes(controller, key)


def test_the_file_says_which_schedules_there_are(pipeline: Pipeline, repository: Path) -> None:
    commit_file(repository, scheduled(HOURLY, 'cron: "0 2 * * *", timezone: Asia/Shanghai, branch: wip, missed: skip'))
    read(pipeline)
    kept = pipeline.schedules.values_list("cron", "timezone", "branch", "missed")
    assert set(kept) == {("0 * * * *", "UTC", "", "once"), ("0 2 * * *", "Asia/Shanghai", "wip", "skip")}
    due = pipeline.schedules.get(branch="wip").due
    assert due is not None
    assert due.hour == 18
    commit_file(repository, TWO_STAGES)
    read(pipeline)
    assert not pipeline.schedules.exists()


def test_reading_the_same_again_changes_nothing(hourly: Schedule) -> None:
    before = AuditEvent.objects.count()
    Schedule.objects.update(due=NOON - 300 * HOUR)
    read(hourly.pipeline)
    assert Schedule.objects.get().pk == hourly.pk
    assert Schedule.objects.get().due == NOON - 300 * HOUR
    assert AuditEvent.objects.count() == before


def test_a_clock_that_was_ahead_does_not_leave_a_schedule_waiting(hourly: Schedule) -> None:
    Schedule.objects.update(due=datetime(2999, 1, 1, tzinfo=UTC))
    read(hourly.pipeline)
    due = Schedule.objects.get().due
    assert due is not None
    assert due < datetime.now(UTC) + 2 * HOUR


def test_a_file_that_is_broken_or_gone_says_so_once_and_keeps_what_was(hourly: Schedule, repository: Path) -> None:
    commit_file(repository, "stages: 7\n")
    read(hourly.pipeline)
    read(hourly.pipeline)
    file = TriggerFile.objects.get()
    assert file.problem is not None
    assert file.problem["code"] == "FileNotPipeline"
    assert AuditEvent.objects.filter(target_kind="TriggerFile", verb="failed").count() == 1
    assert Schedule.objects.exists()


def test_a_pipeline_whose_file_was_not_read_lately_is_looked_at(pipeline: Pipeline) -> None:
    keys = list(PipelineController().open_keys())
    assert keys == [str(pipeline.uid)]
    read(pipeline)
    assert list(PipelineController().open_keys()) == []


def test_a_planned_time_starts_one_run_however_often_it_is_looked_at(hourly: Schedule) -> None:
    for minute in range(3):
        look(NOON + timedelta(minutes=minute))
    run = Execution.objects.get()
    assert run.spec["event"] == Event.SCHEDULE.value
    assert run.spec["triggeredBy"] == "cron"
    assert run.spec["triggerUserName"] == ""
    row = Schedule.objects.get()
    assert (row.last, row.due) == (NOON, NOON + HOUR)
    assert row.verdict == {"code": "TriggerStarted", "params": {"run": "checkout-api #1"}}


def test_a_clock_put_back_or_a_crash_before_the_note_starts_nothing_twice(hourly: Schedule) -> None:
    look(NOON)
    Schedule.objects.update(due=NOON, last=None, verdict=None)
    look(NOON)
    assert Execution.objects.count() == 1
    Schedule.objects.all().delete()
    read(hourly.pipeline)  # the same line of the file, known under another key
    Schedule.objects.update(due=NOON)
    look(NOON)
    assert Execution.objects.count() == 1


def test_missed_times_are_left_out_and_that_is_said(pipeline: Pipeline, repository: Path) -> None:
    due_at_noon(pipeline, repository, f"{HOURLY}, missed: skip")
    look(NOON + 30 * HOUR + HOUR / 2)
    assert not Execution.objects.exists()
    row = Schedule.objects.get()
    assert row.verdict is not None
    assert row.verdict["code"] == "ScheduleMissed"
    assert row.due == NOON + 31 * HOUR
    assert AuditEvent.objects.filter(target_kind="Schedule", verb="not started").count() == 1


def test_a_file_that_is_no_pipeline_leaves_a_failed_run(hourly: Schedule, repository: Path) -> None:
    commit_file(repository, "stages: 7\n")
    look(NOON)
    look(NOON)
    run = Execution.objects.get()
    assert (run.phase, run.finished, run.run) == (State.FAILED, True, 1)
    assert run.status["reason"]["code"] == "FileNotPipeline"
    assert run.file == "stages: 7\n"
    row = Schedule.objects.get()
    assert row.verdict is not None
    assert row.verdict["code"] == "TriggerRefused"
    assert Pipeline.objects.get().status["lastRunState"] == "Failed"


def test_a_branch_that_is_gone_is_said_on_the_row_and_in_the_audit_log(pipeline: Pipeline, repository: Path) -> None:
    due_at_noon(pipeline, repository, f"{HOURLY}, branch: wip")
    look(NOON)
    assert not Execution.objects.exists()
    row = Schedule.objects.get()
    assert row.verdict is not None
    assert row.verdict["code"] == "TriggerSourceGone"
    assert row.due == NOON + HOUR
    assert AuditEvent.objects.filter(target_kind="Schedule", verb="not started").count() == 1


def test_the_branch_of_the_schedule_runs(pipeline: Pipeline, repository: Path) -> None:
    git(repository, "branch", "wip")
    due_at_noon(pipeline, repository, f"{HOURLY}, branch: wip")
    look(NOON)
    assert Execution.objects.get().spec["ref"] == "refs/heads/wip"


def test_a_code_host_that_is_away_delays_the_run_and_says_so(hourly: Schedule, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("example.org did not answer")

    with monkeypatch.context() as patched:
        patched.setattr(sources, "forge_of", away)
        look(NOON)
    row = Schedule.objects.get()
    assert row.due == NOON
    assert row.verdict is not None
    assert row.verdict["code"] == "TriggerHostAway"
    ScheduleController(lambda: NOON).reconcile(str(row.pk))
    assert Execution.objects.count() == 1


def test_a_deleted_schedule_is_no_error() -> None:
    assert isinstance(plan(facts(None), NOON), Rest)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_start_one_run(tmp_path: Path, settings: Settings) -> None:
    settings.LOCAL_REPOSITORIES = [str(tmp_path)]

    user = User.objects.create_user("alice")
    project: Project = create_project(name="Demo", by=user)
    repository = repository_at(tmp_path / "repository", file=scheduled(HOURLY))
    pipeline = pipeline_of(project, user, url=str(repository))
    read(pipeline)
    Schedule.objects.update(due=NOON)
    key = str(Schedule.objects.get().pk)
    ready = threading.Barrier(4)
    errors: list[Exception] = []

    def pass_without_claim() -> None:
        try:
            ready.wait()
            ScheduleController(lambda: NOON).reconcile(key)
        except Exception as error:  # noqa: BLE001  # looked at below
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=pass_without_claim) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert Execution.objects.count() == 1
    assert Pipeline.objects.get().next_run == 2
