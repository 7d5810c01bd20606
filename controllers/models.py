"""Who is making a pass over which object."""

from typing import ClassVar

from django.db import models
from typing_extensions import override


class Claim(models.Model):
    """A pass under way, or the memory of one that must be repeated.

    ``dirty`` is set by whoever finds the claim held; the holder then makes another pass. ``look_at`` is when
    the object wants its next look, ``failures`` counts passes that raised in a row.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=320)
    token = models.CharField(max_length=32, default="")
    until = models.DateTimeField(null=True)
    dirty = models.BooleanField(default=False)
    look_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "key"], name="claim_key")]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
