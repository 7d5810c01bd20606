"""Messages stay small and plain whatever people wrote."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.notifications import message
from pipelines.notifications.webhook import LARGEST, encoded


def document(text: str) -> dict[str, object]:
    run = dict.fromkeys(("name", "branch", "ref", "message", "author", "event", "triggerUser", "url", "reason"), text)
    whole = {**run, "number": 12, "attempt": 1, "state": "Failed", "stateBefore": None, "commit": "8f3c2ad"}
    named = {"name": text, "displayName": text}
    return {"event": "run.finished", "delivery": "0d9c", "project": named, "pipeline": named, "run": whole}


@given(st.text(alphabet=st.sampled_from('a"\\\n\r\x00\x1f汉😀\ud800'), max_size=50))
def test_no_text_makes_a_body_too_large_or_a_subject_two_lines(text: str) -> None:
    text *= 2000
    made = message.ended(document(text), template=text, variables={})
    assert len(encoded({**made.document, "recipient": text[:512].encode(errors="replace").decode()})) <= LARGEST
    assert "\n" not in made.subject


def test_a_variable_is_filled_in_as_data() -> None:
    made = message.ended(
        document("x"), template="${CICD_GIT_MESSAGE} ${HOME}", variables={"CICD_GIT_MESSAGE": "${CICD_EXECUTION_STATE}"}
    )
    assert made.text == "${CICD_EXECUTION_STATE} ${HOME}"
