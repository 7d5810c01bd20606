"""Keeps schedules and upstream pipelines as the pipeline's file has them."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from pipelines import automation
from pipelines.models import Pipeline

REREAD = timedelta(minutes=5)  # a file that changes without a run is noticed within this
AT_A_TIME = 20  # of each sweep; the others come next


class PipelineController:
    kind = automation.PIPELINE

    def open_keys(self) -> Iterable[str]:
        """Pipelines whose file was not looked at for a while, the longest first."""
        asked = F("trigger_file__asked")
        old = Q(trigger_file=None) | Q(trigger_file__asked=None) | Q(trigger_file__asked__lt=timezone.now() - REREAD)
        found = Pipeline.objects.filter(old).order_by(asked.asc(nulls_first=True), "pk")
        return map(str, found.values_list("uid", flat=True)[:AT_A_TIME])

    def reconcile(self, key: str) -> timedelta | None:
        pipeline = Pipeline.objects.select_related("project").filter(uid=key).first()
        if pipeline is not None:
            automation.refresh(pipeline)
        return None
