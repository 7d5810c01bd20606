import os

import pytest

from scripts.gates import SETS, Gate, run, run_all


def gate(script: str, *more: str) -> Gate:
    return Gate(script, ("sh", "-c", script, *more))


@pytest.mark.parametrize(
    ("tried", "passed"),
    [
        pytest.param(gate("exit 0"), True, id="success"),
        pytest.param(gate("exit 1"), False, id="failure"),
        pytest.param(gate("exit 5", "pytest"), True, id="pytest without tests to run"),
        pytest.param(gate("exit 5"), False, id="the same number from another program"),
    ],
)
def test_a_gate_passes_by_its_exit_status(tried: Gate, passed: bool) -> None:
    assert run(tried, shown=False, env={**os.environ}).passed is passed


def test_every_gate_runs_although_the_first_fails() -> None:
    outcomes = run_all((gate("echo one; exit 1"), gate("echo two")), shown=False, env={**os.environ})
    assert [(outcome.passed, outcome.output) for outcome in outcomes] == [(False, "one\n"), (True, "two\n")]


@pytest.mark.parametrize("name", SETS)
def test_no_two_gates_of_a_set_have_one_name(name: str) -> None:
    names = [each.name for each in SETS[name]()]
    assert names
    assert len(names) == len(set(names))
