"""The abstract row of a mirrored kind: the resource itself as JSON beside the few columns that queries need."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import F
from django.db.models.fields.json import KT
from django.utils import timezone
from typing_extensions import override

from devops_platform.errors import Conflict


def lifted(path: str, *, length: int = 253) -> models.GeneratedField:
    """A text column that the database keeps equal to ``path`` in a JSON column (``status__executionState``).

    Only text is safe: booleans, integers and times differ between SQLite and PostgreSQL.
    """
    return models.GeneratedField(
        expression=KT(path), output_field=models.CharField(max_length=length, null=True), db_persist=True
    )


class Mirrored(models.Model):
    """One object of a kind. ``version`` guards every write: it grows by one, and a stale writer gets Conflict."""

    namespace = models.CharField(max_length=63)
    name = models.CharField(max_length=253)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    labels = models.JSONField(default=dict, blank=True)
    annotations = models.JSONField(default=dict, blank=True)
    spec = models.JSONField()
    status = models.JSONField(default=dict, blank=True)
    generation = models.PositiveBigIntegerField(default=1)
    version = models.PositiveBigIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @override
    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only: an existing row is changed by ``write``, which cannot overwrite what happened meanwhile."""
        assert self._state.adding, "mirrored rows are changed by write()"
        super().save(*args, **kwargs)

    def write(self, **changes: Any) -> Self:
        """Write columns if the row is still as it was read, and return it fresh. Raises Conflict otherwise."""
        if "spec" in changes:
            changes["generation"] = F("generation") + 1
        manager = type(self)._default_manager
        if not manager.filter(pk=self.pk, version=self.version).update(version=F("version") + 1, **changes):
            raise Conflict(f"{self} was changed meanwhile")
        return manager.get(pk=self.pk)
