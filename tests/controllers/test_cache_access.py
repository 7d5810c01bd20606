"""Whose entries a run reads, and where it writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.execution.cache import PROTECTED, may_write, scope_of
from pipelines.definition.runplan import Event


@pytest.mark.parametrize(
    ("ref", "protected"),
    [
        pytest.param("refs/heads/main", True, id="the pipeline's branch"),
        pytest.param("refs/heads/wip", False, id="another branch"),
        pytest.param("refs/tags/main", False, id="a tag that is named like it"),
        pytest.param("refs/pull/1/head", False, id="a pull request"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_what_everybody_reads_is_written_by(ref: str, protected: bool) -> None:  # a column
    assert (scope_of(ref, protected="main") == PROTECTED) == protected


@given(st.text(), st.text())
def test_branches_keep_apart(one: str, other: str) -> None:
    assert (scope_of(one, protected="main") == scope_of(other, protected="main")) == (one == other)


@pytest.mark.parametrize(
    ("event", "ref", "draft", "writes"),
    [
        pytest.param(Event.PUSH, "refs/heads/main", False, True, id="a push"),
        pytest.param(Event.MANUAL, "refs/heads/wip", False, True, id="a person"),
        pytest.param(Event.PULL_REQUEST, "refs/heads/main", False, False, id="a pull request, whatever its ref"),
        pytest.param(Event.MANUAL, "refs/pull/7/merge", False, False, id="a person with somebody's pull request"),
        pytest.param(Event.API, "refs/merge-requests/7/head", False, False, id="a merge request"),
        pytest.param(Event.MANUAL, "refs/heads/main", True, False, id="a draft"),
    ],
)
def test_later_runs_find_what_is_left_by(event: Event, ref: str, draft: bool, writes: bool) -> None:  # columns
    assert may_write(event, ref, draft=draft) == writes
