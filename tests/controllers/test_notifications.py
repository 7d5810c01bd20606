"""From the end of a run to its receivers, through crashes, silence and refusals."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from controllers.models import Claim
from controllers.notification.controller import AnnouncementController, DeliveryController
from controllers.runtime import claims
from controllers.runtime.controller import run_passes, run_sweep
from devops_platform.projects.models import Project, User
from pipelines import notifiers, selectors, services
from pipelines.models import Announcement, Attempt, Execution, Notification, Notifier, Pipeline
from pipelines.notifications.plan import Delivery
from pipelines.notifications.registry import Given, channel_of
from pipelines.states import State
from tests.fakes.receivers import HttpReceiver, MailReceiver, http_receiver, mail_receiver
from tests.worlds import TWO_STAGES, finished, pipeline_of, run_of

KEY = "s3cret-key"
CONTROLLERS = {one.kind: one for one in (AnnouncementController(), DeliveryController(channel_of))}


def file(*recipients: str, condition: str = "[Success, Failed]", message: str = "") -> str:
    named = ", ".join(f"{{notifier: {one}}}" for one in recipients)
    return f"{TWO_STAGES}\nnotification: {{recipients: [{named}], condition: {condition}, message: '{message}'}}\n"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[HttpReceiver]:
    settings.OUTBOUND_ALLOW = ("127.0.0.1",)
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def pipeline(project: Project, alice: User) -> Pipeline:
    """One whose repository nobody reads."""
    return pipeline_of(project, alice)


@pytest.fixture
def hook(project: Project, alice: User, receiver: HttpReceiver) -> Notifier:
    given = Given(Notifier.Kind.WEBHOOK, url=f"{receiver.url}?token=T0P", key=KEY)
    return notifiers.set_notifier(project, by=alice, name="hook", given=given)[0]


def work(rounds: int = 10) -> None:
    """What the sweep does until nothing is due."""
    for _ in range(rounds):
        Claim.objects.update(look_at=None)
        for kind, key in run_sweep(CONTROLLERS):
            run_passes(CONTROLLERS[kind], key)


def a_while_later() -> None:
    Notification.objects.filter(state="waiting").update(next_try=timezone.now() - timedelta(seconds=1))
    work()


def log() -> list[tuple[str, str]]:
    return [(one.notifier_name, one.state) for one in Notification.objects.order_by("pk")]


def test_a_webhook_gets_the_end_of_a_run_once_and_signed(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    run = finished(run_of(pipeline, alice, file=file("hook")), s1_1=State.FAILED)
    work()
    [taken] = receiver.taken
    document = json.loads(taken.body)
    assert document["version"] == 1
    assert document["run"]["state"] == "Failed"
    assert document["run"]["url"].endswith(f"/runs/{run.name}/")
    assert taken.headers["idempotency-key"] == document["delivery"]
    signed = f"{taken.headers['x-timestamp']}.".encode() + taken.body
    expected = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    assert taken.headers["x-signature-256"] == f"sha256={expected}"
    assert selectors.notifications_of(run) == [{"notifier": "hook", "recipient": "", "state": "sent"}]


def test_a_receiver_that_comes_back_gets_the_message_under_the_same_id(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    receiver.status = 503
    finished(run_of(pipeline, alice, file=file("hook")))
    work()
    assert log() == [("hook", "waiting")]
    assert len(receiver.taken) == 1
    receiver.status = 200
    a_while_later()
    assert log() == [("hook", "sent")]
    assert len({taken.headers["idempotency-key"] for taken in receiver.taken}) == 1
    assert Notification.objects.get().error == ""


def test_a_worker_that_dies_between_sending_and_writing_repeats_the_same_delivery(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    finished(run_of(pipeline, alice, file=file("hook")))
    run_passes(CONTROLLERS["announcement"], str(Execution.objects.get().uid))
    claims.take("delivery", str(hook.pk))
    waiting = Notification.objects.get()
    channel_of(hook).send(waiting.message, waiting.recipient)  # and there it died
    claims.forget_all()
    work()
    assert log() == [("hook", "sent")]
    assert len(receiver.taken) == 2
    assert len({taken.headers["idempotency-key"] for taken in receiver.taken}) == 1


def test_deciding_twice_tells_once(pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver) -> None:
    run = finished(run_of(pipeline, alice, file=file("hook")))
    work()
    Announcement.objects.create(execution=run, attempt=1)
    work()
    assert len(receiver.taken) == 1


def test_a_dead_receiver_delays_neither_runs_nor_other_receivers(
    project: Project, pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    dead = Given(Notifier.Kind.SLACK, url="http://127.0.0.1:9/T0P")
    notifiers.set_notifier(project, by=alice, name="dead", given=dead)
    services.set_preference(project, by=alice, name="executor-quota", value="1")
    first = run_of(pipeline, alice, file=file("dead", "hook"))
    second = run_of(pipeline, alice)
    finished(first)
    assert Execution.objects.get(pk=second.pk).admitted is not None
    work()
    assert log() == [("dead", "waiting"), ("hook", "sent")]
    assert "T0P" not in Notification.objects.get(notifier_name="dead").error


def test_few_passes_wait_for_receivers_at_a_time(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    finished(run_of(pipeline, alice, file=file("hook")))
    run_passes(CONTROLLERS["announcement"], str(Execution.objects.get().uid))
    for key in ("a", "b"):
        claims.take("delivery", key)
    assert run_passes(CONTROLLERS["delivery"], str(hook.pk)) is not None
    assert receiver.taken == []


@pytest.mark.parametrize(
    ("status", "location"),
    [(302, "http://169.254.169.254/latest/"), (307, "http://10.0.0.1/"), (404, ""), (400, "")],
)
def test_a_redirect_and_a_refusal_end_the_delivery(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver, status: int, location: str
) -> None:
    receiver.status, receiver.headers = status, {"Location": location} if location else {}
    finished(run_of(pipeline, alice, file=file("hook")))
    work()
    assert log() == [("hook", "failed")]
    assert "T0P" not in Notification.objects.get().error


def test_a_private_address_is_not_called(
    settings: Settings, pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    settings.OUTBOUND_ALLOW = ()
    finished(run_of(pipeline, alice, file=file("hook")))
    work()
    assert (log(), receiver.taken) == ([("hook", "failed")], [])


def test_after_a_day_it_is_given_up_and_can_be_sent_again(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    receiver.status = 500
    finished(run_of(pipeline, alice, file=file("hook")))
    work()
    Notification.objects.update(begun=timezone.now() - timedelta(days=2))
    a_while_later()
    assert log() == [("hook", "failed")]
    receiver.status = 200
    notifiers.send_again(Notification.objects.get(), by=alice)
    work()
    assert log() == [("hook", "sent")]


def test_slack_gets_text_that_calls_nobody(
    project: Project, pipeline: Pipeline, alice: User, receiver: HttpReceiver
) -> None:
    notifiers.set_notifier(project, by=alice, name="slack", given=Given(Notifier.Kind.SLACK, url=receiver.url))
    message = "<!channel> ${CICD_EXECUTION_STATE} ${CICD_NOTHING}"
    finished(run_of(pipeline, alice, file=file("slack", message=message)))
    work()
    assert json.loads(receiver.taken[0].body) == {"text": "&lt;!channel&gt; Success ${CICD_NOTHING}"}


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        pytest.param("SF", 1, id="broken"),
        pytest.param("FF", 0, id="still broken"),
        pytest.param("F.S", 1, id="repaired while the run between goes on"),
        pytest.param("F", 0, id="the first"),
    ],
)
def test_changed_looks_at_the_finished_run_before(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver, ends: str, told: int
) -> None:
    for end in ends[:-1]:
        run = run_of(pipeline, alice)
        if end != ".":
            finished(run, **({"s1_1": State.FAILED} if end == "F" else {}))
    last = run_of(pipeline, alice, file=file("hook", condition="Changed"))
    finished(last, **({"s1_1": State.FAILED} if ends[-1] == "F" else {}))
    work()
    assert len(receiver.taken) == told


def test_a_rerun_that_repairs_has_changed_something_though_nobody_looked_in_between(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    run = finished(run_of(pipeline, alice, file=file("hook", condition="[Failed, Changed]")), s1_1=State.FAILED)
    again = services.rerun(run, by=alice, mode=Attempt.Mode.ALL)  # before the end was announced
    finished(again)
    work()
    states = [json.loads(taken.body)["run"]["state"] for taken in receiver.taken]
    assert states == ["Failed", "Success"]


def test_what_waits_at_a_deleted_notifier_fails_and_stays_in_the_log(
    pipeline: Pipeline, alice: User, hook: Notifier, receiver: HttpReceiver
) -> None:
    receiver.status = 500
    finished(run_of(pipeline, alice, file=file("hook")))
    work()
    notifiers.delete_notifier(hook, by=alice)
    a_while_later()
    assert log() == [("hook", "failed")]


@pytest.fixture
def mail(settings: Settings) -> Iterator[MailReceiver]:
    with mail_receiver() as receiver:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
        yield receiver


def mail_sent(project: Project, pipeline: Pipeline, by: User, **given: Any) -> Notification:
    notifiers.set_notifier(project, by=by, name="mail", given=Given(Notifier.Kind.EMAIL, to="dev@example.org"))
    finished(run_of(pipeline, by, file=file("mail", **given)))
    work()
    return Notification.objects.get()


def test_a_mail_is_plain_and_known_by_its_delivery(
    project: Project, pipeline: Pipeline, alice: User, mail: MailReceiver
) -> None:
    sent = mail_sent(project, pipeline, alice)
    [taken] = mail.taken
    assert sent.state == Delivery.SENT
    assert (taken["To"], taken.get_content_type()) == ("dev@example.org", "text/plain")
    assert taken["Message-ID"].startswith(f"<{sent.uid}@")


def test_a_mail_has_no_header_that_a_name_brought_along(
    project: Project, pipeline: Pipeline, alice: User, mail: MailReceiver
) -> None:
    spec = {**pipeline.spec, "displayName": "x\r\nBcc: eve@example.org"}
    mail_sent(project, pipeline.write(spec=spec), alice)
    assert mail.taken[0]["Bcc"] is None
    assert len(mail.recipients) == 1


@pytest.mark.parametrize(("refusal", "state"), [("451 later", "waiting"), ("550 nobody", "failed")])
def test_a_mail_server_says_later_or_never(
    project: Project, pipeline: Pipeline, alice: User, mail: MailReceiver, refusal: str, state: str
) -> None:
    mail.refusal = refusal
    assert mail_sent(project, pipeline, alice).state == state


def test_without_a_mail_server_the_log_says_what_is_missing(
    settings: Settings, project: Project, pipeline: Pipeline, alice: User
) -> None:
    settings.EMAIL_HOST = ""
    failed = mail_sent(project, pipeline, alice)
    assert (failed.state, "EMAIL_HOST" in failed.error) == ("failed", True)


def test_a_test_goes_the_same_way(project: Project, alice: User, hook: Notifier, receiver: HttpReceiver) -> None:
    notifiers.send_test(hook, by=alice)
    work()
    assert json.loads(receiver.taken[0].body)["event"] == "test"
    assert log() == [("hook", "sent")]
