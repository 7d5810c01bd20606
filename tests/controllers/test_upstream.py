"""Pipelines that follow others: started once for each attempt that ended as they ask, and never in a circle."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from controllers.pipeline.controller import PipelineController
from controllers.runtime.controller import run_passes, run_sweep
from controllers.upstream.controller import UpstreamController
from controllers.upstream.plan import LONGEST, Ended, why_not
from devops_platform.errors import Unavailable
from devops_platform.projects.models import AuditEvent, Project, User
from devops_platform.projects.services import create_project
from pipelines import services, sources
from pipelines.definition.messages import reason
from pipelines.definition.runplan import Event
from pipelines.models import Attempt, Execution, Pipeline, Upstream
from pipelines.services import Cause
from pipelines.states import State
from tests.worlds import TWO_STAGES, finished, pipeline_of, repository_at, run_of


def ended(state: State = State.SUCCESS, *, pipelines: tuple[str, ...] = ("base",)) -> Ended:
    return Ended(run="base #1", state=state, pipelines=pipelines)


ROWS = [
    pytest.param("Success", ended(), None, id="as asked"),
    pytest.param("Any", ended(State.ABORTED), None, id="no matter how"),
    pytest.param("Success", ended(State.FAILED), "TriggerConditionUnmet", id="not as asked"),
    pytest.param("Success", ended(pipelines=("api", "base")), "TriggerLoop", id="it led here itself"),
    pytest.param("Success", ended(pipelines=("api",)), "TriggerLoop", id="it follows itself"),
    pytest.param("Success", ended(pipelines=("x",) * (LONGEST - 1)), None, id="as long as a chain may be"),
    pytest.param("Success", ended(pipelines=("x",) * LONGEST), "TriggerTooDeep", id="a chain too long"),
]


@pytest.mark.parametrize(("condition", "run", "code"), ROWS)
def test_who_follows(condition: str, run: Ended, code: str | None) -> None:
    why = why_not("api", condition, run)
    assert (why.code if why else None) == code


def after(*lines: str) -> str:
    return "upstream:\n" + "".join(f"  - {{{line}}}\n" for line in lines) + TWO_STAGES


Make = Callable[[str, str], Pipeline]


@pytest.fixture
def make(project: Project, alice: User, tmp_path: Path, settings: Settings, logs: None) -> Make:
    """A pipeline by its name and file, with its triggers read."""
    settings.LOCAL_REPOSITORIES = [str(tmp_path)]

    def made(name: str, file: str) -> Pipeline:
        repository = repository_at(tmp_path / name, file=file)
        found = pipeline_of(project, alice, name=name, url=str(repository))
        run_passes(PipelineController(), str(found.uid))
        return found

    return made


def sweep() -> None:
    controller = UpstreamController()
    for kind, key in run_sweep({controller.kind: controller}):
        assert kind == controller.kind
        run_passes(controller, key)


def test_a_follower_starts_once_for_each_attempt(make: Make, alice: User) -> None:
    base, api = make("base", TWO_STAGES), make("api", after("pipeline: base"))
    run = finished(run_of(base, alice))
    sweep()
    sweep()
    follower = Execution.objects.get(pipeline=api)
    assert follower.spec["event"] == Event.UPSTREAM.value
    assert follower.spec["triggerUserName"] == ""
    assert follower.chain == [{"pipeline": "base", "run": 1, "attempt": 1}]
    verdict = Upstream.objects.get().verdict
    assert verdict == {"code": "TriggerStarted", "params": {"run": "api #1"}}
    finished(services.rerun(run, by=alice, mode=Attempt.Mode.ALL))
    sweep()
    assert Execution.objects.filter(pipeline=api).count() == 2


def test_an_attempt_that_ended_counts_although_another_has_begun(make: Make, alice: User) -> None:
    base, api = make("base", TWO_STAGES), make("api", after("pipeline: base"))
    run = finished(run_of(base, alice))
    services.rerun(run, by=alice, mode=Attempt.Mode.ALL)
    sweep()
    assert Execution.objects.get(pipeline=api).chain[0]["attempt"] == 1


def test_an_end_that_is_not_as_asked_is_said(make: Make, alice: User) -> None:
    base, api = make("base", TWO_STAGES), make("api", after("pipeline: base", "pipeline: base, condition: Failed"))
    finished(run_of(base, alice), s0_0=State.FAILED)
    sweep()
    assert Execution.objects.filter(pipeline=api).count() == 1
    codes = {row.condition: row.verdict["code"] for row in Upstream.objects.all() if row.verdict}
    assert codes == {"Success": "TriggerConditionUnmet", "Failed": "TriggerStarted"}


def test_two_lines_that_both_match_start_one_run(make: Make, alice: User) -> None:
    base, api = make("base", TWO_STAGES), make("api", after("pipeline: base", "pipeline: base, condition: Any"))
    finished(run_of(base, alice))
    sweep()
    assert Execution.objects.filter(pipeline=api).count() == 1


def test_a_circle_is_refused_where_it_closes(make: Make, alice: User) -> None:
    api = make("api", after("pipeline: web"))
    web = make("web", after("pipeline: api"))
    finished(run_of(api, alice))
    sweep()
    finished(Execution.objects.get(pipeline=web))
    sweep()
    assert Execution.objects.filter(pipeline=api).count() == 1
    refused = api.upstreams.get()
    assert refused.verdict is not None
    assert refused.verdict["code"] == "TriggerLoop"
    assert AuditEvent.objects.filter(target_kind="Upstream", verb="not started").count() == 1


def test_nothing_is_left_to_do_where_nobody_follows(make: Make, alice: User) -> None:
    base = make("base", TWO_STAGES)
    finished(run_of(base, alice))
    assert list(UpstreamController().open_keys()) == []


def test_a_refused_run_is_an_end_too(make: Make, alice: User) -> None:
    base, api = make("base", TWO_STAGES), make("api", after("pipeline: base, condition: Failed"))
    cause = Cause(event=Event.SCHEDULE, user=None, key="schedule:x:y")
    services.refuse_run(base, sources.look(base, ""), cause=cause, why=reason("FileUnreadable", error="no"))
    sweep()
    assert Execution.objects.filter(pipeline=api).count() == 1


def test_a_follower_without_sources_keeps_no_other_waiting(make: Make, alice: User, tmp_path: Path) -> None:
    base, api = make("base", TWO_STAGES), make("api", after("pipeline: base"))
    web = make("web", after("pipeline: base"))
    (tmp_path / "api").rename(tmp_path / "elsewhere")
    finished(run_of(base, alice))
    sweep()
    assert not Execution.objects.filter(pipeline=api).exists()
    assert Execution.objects.filter(pipeline=web).count() == 1
    assert api.upstreams.get().verdict is not None


def test_a_code_host_that_is_away_is_asked_again(make: Make, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    base, api = make("base", TWO_STAGES), make("api", after("pipeline: base"))
    finished(run_of(base, alice))

    def away(*_: object, **__: object) -> None:
        raise Unavailable("example.org did not answer")

    with monkeypatch.context() as patched:
        patched.setattr(sources, "forge_of", away)
        sweep()
    verdict = Upstream.objects.get().verdict
    assert verdict is not None
    assert verdict["code"] == "TriggerHostAway"
    (key,) = UpstreamController().open_keys()
    UpstreamController().reconcile(key)
    assert Execution.objects.filter(pipeline=api).count() == 1
    assert list(UpstreamController().open_keys()) == []


def test_pipelines_of_another_project_do_not_follow(make: Make, alice: User, charlie: User) -> None:
    base = make("base", TWO_STAGES)
    stranger = pipeline_of(create_project(name="Other", by=charlie), charlie, name="spy")
    Upstream.objects.create(pipeline=stranger, upstream="base", condition="Any")
    finished(run_of(base, alice))
    assert list(UpstreamController().open_keys()) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_start_a_follower_once(tmp_path: Path, settings: Settings) -> None:
    settings.LOCAL_REPOSITORIES = [str(tmp_path)]
    alice = User.objects.create_user("alice")
    project = create_project(name="Demo", by=alice)
    for name, file in {"base": TWO_STAGES, "api": after("pipeline: base")}.items():
        repository_at(tmp_path / name, file=file)
        made = pipeline_of(project, alice, name=name, url=str(tmp_path / name))
        run_passes(PipelineController(), str(made.uid))
    finished(run_of(Pipeline.objects.get(name="base"), alice))
    (key,) = UpstreamController().open_keys()
    ready = threading.Barrier(4)
    errors: list[Exception] = []

    def pass_without_claim() -> None:
        try:
            ready.wait()
            UpstreamController().reconcile(key)
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
    assert Execution.objects.filter(pipeline__name="api").count() == 1
    assert AuditEvent.objects.filter(verb="started", target="api-1").count() == 1
