"""Which part of the build cache a run may read and write."""

from hashlib import sha256
from pathlib import PurePosixPath

from pipelines import queue
from pipelines.definition.runplan import Event
from pipelines.engines.base import CacheAccess
from pipelines.models import Execution
from pipelines.preferences import bytes_of

PROTECTED = "protected"
BRANCH = "refs/heads/"
FOREIGN = ("refs/pull/", "refs/pull-requests/", "refs/merge-requests/", "refs/changes/")


def access_of(execution: Execution) -> CacheAccess:
    spec = execution.spec
    own = scope_of(spec["ref"], protected=execution.pipeline.branch)
    quota = bytes_of(queue.settings_of(execution.project)["cache-quota"])
    return CacheAccess(
        home=PurePosixPath(execution.namespace, execution.pipeline.name),
        reads=tuple(dict.fromkeys((own, PROTECTED))),
        writes=own if may_write(Event(spec["event"]), spec["ref"], draft=execution.draft) else "",
        quota=quota,
    )


def scope_of(ref: str, *, protected: str) -> str:
    """A name for the entries that runs of ``ref`` write: what protected branches write everybody reads."""
    if ref == BRANCH + protected:
        return PROTECTED
    return f"ref-{sha256(ref.encode()).hexdigest()[:24]}"


def may_write(event: Event, ref: str, *, draft: bool) -> bool:
    """Whether later runs may find what this one leaves: not if its sources are a stranger's or a draft."""
    return event is not Event.PULL_REQUEST and not ref.startswith(FOREIGN) and not draft
