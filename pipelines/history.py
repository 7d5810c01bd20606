"""How long things usually take: medians over a pipeline's recent successes."""

from collections.abc import Iterator
from statistics import median

from pipelines import caching
from pipelines.definition.runplan import RunPlan
from pipelines.engines.base import CacheHit
from pipelines.models import Execution, Pipeline
from pipelines.states import State
from pipelines.status import Document, moment

RECENT = 10


def medians_of(pipeline: Pipeline, plan: RunPlan) -> dict[str, float]:
    """Median seconds of the last ten successful runs: ``run``, and ``<stage>.<step>`` for steps known by name.

    ``<stage>.<step>/cold`` is the same of those that found nothing in their cache.
    """
    found = Execution.objects.filter(pipeline=pipeline, state=State.SUCCESS.value).order_by("-run")[:RECENT]
    runs: list[float] = []
    steps: dict[tuple[str, str, bool], list[float]] = {}
    for status, plan_json in found.values_list("status", "plan_json"):
        if (seconds := seconds_of(status)) is not None:
            runs.append(seconds)
        for stage, name, step in _successes(status, plan_json):
            if (taken := seconds_of(step)) is not None:
                for cold in {False, _missed(step)}:
                    steps.setdefault((stage, name, cold), []).append(taken)
    known = {"run": runs}
    for where, planned in plan.steps():
        called = (plan.stages[where.stage].name, planned.name)
        known[str(where)] = steps.get((*called, False), [])
        known[caching.cold(str(where))] = steps.get((*called, True), [])
    return {key: round(median(taken), 3) for key, taken in known.items() if taken}


def _successes(status: Document, plan: Document) -> Iterator[tuple[str, str, Document]]:
    """The steps that succeeded: name of the stage, name, document."""
    for stage, planned in zip(status["stages"], plan["stages"], strict=True):
        for step, named in zip(stage["steps"], planned["steps"], strict=True):
            if step["state"] == State.SUCCESS.value:
                yield planned["name"], named["name"], step


def _missed(step: Document) -> bool:
    return (step.get("cache") or {}).get("hit") == CacheHit.MISS.value


def seconds_of(document: Document) -> float | None:
    """From ``started`` to ``ended`` in seconds; None while either is missing."""
    started, ended = moment(document.get("started")), moment(document.get("ended"))
    return None if started is None or ended is None else (ended - started).total_seconds()
