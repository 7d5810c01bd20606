"""Whom the end of an attempt is told, and why not."""

import pytest

from pipelines.definition.schema import Notification
from pipelines.notifications.plan import Delivery, intents, verdict
from pipelines.states import State

SUCCESS, FAILED, ABORTED, SKIPPED = State.SUCCESS, State.FAILED, State.ABORTED, State.SKIPPED


@pytest.mark.parametrize(
    ("conditions", "state", "before", "tell", "code"),
    [
        pytest.param(["Failed"], FAILED, None, True, "NotifyEnded", id="a failure"),
        pytest.param(["Failed"], FAILED, FAILED, True, "NotifyEnded", id="every failure"),
        pytest.param(["Failed"], SUCCESS, FAILED, False, "NotifyUnmet", id="no success where failures are asked for"),
        pytest.param(["Success"], SUCCESS, None, True, "NotifyEnded", id="a success"),
        pytest.param(["Aborted"], ABORTED, None, True, "NotifyEnded", id="an abort"),
        pytest.param(["Skipped"], SKIPPED, None, True, "NotifyEnded", id="a run that had nothing to do"),
        pytest.param(["Success", "Failed"], ABORTED, None, False, "NotifyUnmet", id="none of several"),
        pytest.param(["Changed"], SUCCESS, FAILED, True, "NotifyChanged", id="repaired"),
        pytest.param(["Changed"], FAILED, SUCCESS, True, "NotifyChanged", id="broken"),
        pytest.param(["Changed"], FAILED, ABORTED, True, "NotifyChanged", id="other than stopped"),
        pytest.param(["Changed"], FAILED, FAILED, False, "NotifyUnchanged", id="still broken"),
        pytest.param(["Changed"], FAILED, None, False, "NotifyFirst", id="the first run has changed nothing"),
        pytest.param(["Changed", "Failed"], FAILED, FAILED, True, "NotifyEnded", id="still broken, asked for"),
        pytest.param(["Changed", "Failed"], SUCCESS, FAILED, True, "NotifyChanged", id="repaired, beside a state"),
        pytest.param([], FAILED, SUCCESS, False, "NotifyNever", id="no condition"),
    ],
)
def test_an_end_is_told_or_not(
    conditions: list[str], state: State, before: State | None, tell: bool, code: str
) -> None:
    decided = verdict(conditions, state, before)
    assert (decided.tell, decided.why.code) == (tell, code)


def wanted(*recipients: tuple[str, str]) -> Notification:
    named = [{"notifier": notifier, "recipient": recipient} for notifier, recipient in recipients]
    return Notification.model_validate({"recipients": named, "condition": ["Failed"]})


@pytest.mark.parametrize(
    ("state", "recipients", "expected"),
    [
        pytest.param(FAILED, [("mail", "a@x.org")], [("mail", "waiting", "NotifyEnded")], id="one"),
        pytest.param(FAILED, [("c-abc:mail", "")], [("mail", "waiting", "NotifyEnded")], id="named as before"),
        pytest.param(FAILED, [("pager", "")], [("pager", "failed", "NotifierUnknown")], id="a notifier nobody made"),
        pytest.param(FAILED, [("quiet", "")], [("quiet", "skipped", "NotifierOff")], id="one that is off"),
        pytest.param(SUCCESS, [("mail", "")], [("mail", "skipped", "NotifyUnmet")], id="no reason to tell"),
        pytest.param(FAILED, [("mail", ""), ("mail", " ")], [("mail", "waiting", "NotifyEnded")], id="named twice"),
        pytest.param(FAILED, [], [], id="nobody"),
    ],
)
def test_each_recipient_has_a_verdict(
    state: State, recipients: list[tuple[str, str]], expected: list[tuple[str, str, str]]
) -> None:
    found = intents(wanted(*recipients), verdict(["Failed"], state, None), {"mail": True, "quiet": False})
    assert [(one.notifier, one.state.value, one.why.code) for one in found] == expected


def test_states_of_deliveries_fit_their_column() -> None:
    assert max(len(state.value) for state in Delivery) <= 8
