"""How long things usually take: medians over a pipeline's recent successes."""

from statistics import median

from pipelines.definition.runplan import RunPlan
from pipelines.models import Execution, Pipeline
from pipelines.states import State
from pipelines.status import Document, moment

RECENT = 10


def medians_of(pipeline: Pipeline, plan: RunPlan) -> dict[str, float]:
    """Median seconds of the last ten successful runs: ``run``, and ``<stage>.<step>`` for steps known by name."""
    found = Execution.objects.filter(pipeline=pipeline, state=State.SUCCESS.value).order_by("-run")[:RECENT]
    runs: list[float] = []
    steps: dict[tuple[str, str], list[float]] = {}
    for status, plan_json in found.values_list("status", "plan_json"):
        if (seconds := seconds_of(status)) is not None:
            runs.append(seconds)
        for stage, planned in zip(status["stages"], plan_json["stages"], strict=True):
            for step, named in zip(stage["steps"], planned["steps"], strict=True):
                if step["state"] == State.SUCCESS.value and (taken := seconds_of(step)) is not None:
                    steps.setdefault((planned["name"], named["name"]), []).append(taken)
    medians = {"run": round(median(runs), 3)} if runs else {}
    for where, step in plan.steps():
        known = steps.get((plan.stages[where.stage].name, step.name))
        if known:
            medians[str(where)] = round(median(known), 3)
    return medians


def seconds_of(document: Document) -> float | None:
    """From ``started`` to ``ended`` in seconds; None while either is missing."""
    started, ended = moment(document.get("started")), moment(document.get("ended"))
    return None if started is None or ended is None else (ended - started).total_seconds()
