"""The state machine: final is final, and a whole is what its parts make it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.states import FINISHED, NEXT, State, folded, may_become

states = st.sampled_from(State)

FOLDS = [
    pytest.param([], State.SKIPPED, id="nothing at all is skipped"),
    pytest.param([State.WAITING, State.WAITING], State.WAITING, id="nothing begun waits"),
    pytest.param([State.SUCCESS, State.WAITING], State.BUILDING, id="begun and not at its end is under way"),
    pytest.param([State.FAILED, State.BUILDING], State.BUILDING, id="a failed part does not end what still runs"),
    pytest.param([State.BUILDING, State.PENDING], State.PENDING, id="a person who must answer is told first"),
    pytest.param([State.SUCCESS, State.SKIPPED], State.SUCCESS, id="what was left out takes nothing from success"),
    pytest.param([State.SKIPPED, State.SKIPPED], State.SKIPPED, id="all left out is skipped"),
    pytest.param([State.SUCCESS, State.FAILED, State.ABORTED], State.FAILED, id="failure outweighs an abort"),
    pytest.param([State.SUCCESS, State.ABORTED], State.ABORTED, id="an abort outweighs success"),
    pytest.param([State.SKIPPED, State.WAITING], State.WAITING, id="skipping alone is no beginning"),
]


@pytest.mark.parametrize(("parts", "whole"), FOLDS)
def test_parts_make_the_whole(parts: list[State], whole: State) -> None:
    assert folded(parts) is whole


@given(st.lists(states))
def test_a_whole_is_finished_only_when_every_part_is(parts: list[State]) -> None:
    assert folded(parts).finished == all(part.finished for part in parts)


@given(st.lists(states), st.randoms())
def test_the_order_of_parts_does_not_matter(parts: list[State], chance: object) -> None:
    shuffled = list(parts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert folded(shuffled) is folded(parts)


@pytest.mark.parametrize("final", sorted(FINISHED))
def test_a_final_state_becomes_no_other(final: State) -> None:
    assert [state for state in State if may_become(final, state)] == [final]


@pytest.mark.parametrize("state", [state for state in State if not state.finished])
def test_every_open_state_can_reach_an_end(state: State) -> None:
    assert NEXT[state] & FINISHED
