"""Pipelines that follow others: the end of an attempt is remembered until those that follow it were started."""

from django.utils import timezone

from devops_platform.nudge import nudge
from pipelines.models import Execution, Pipeline, Upstream

FOLLOW_UP = "follow-up"  # the controllers' kind; its keys are those of attempts


def remember_end(execution: Execution) -> None:
    """Note that the present attempt has ended, if any pipeline follows; part of the transaction that ends it."""
    name = Pipeline.objects.filter(pk=execution.pipeline_id).values("name")
    if not Upstream.objects.filter(pipeline__project=execution.project_id, upstream__in=name).exists():
        return
    attempt = execution.attempts.get(number=execution.attempt)
    execution.attempts.filter(pk=attempt.pk).update(follow_up=timezone.now())
    nudge(FOLLOW_UP, str(attempt.pk))
