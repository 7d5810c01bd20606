"""What set a run off, as facts for the plan."""

from dataclasses import dataclass

from pipelines.definition.runplan import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """``branch`` is the base branch of a pull request. ``changed_paths`` is None when nobody knows what changed."""

    event: Event
    branch: str = ""
    ref: str = ""
    commit: str = ""
    message: str = ""
    author: str = ""
    tag: str = ""
    changed_paths: tuple[str, ...] | None = None
    fork: bool = False  # the sources come from someone who may not write to the repository
    image: str = ""  # the image whose push set the run off
    run: int = 1
    execution: str = ""
    pipeline: str = ""
    project: str = ""
    cluster: str = ""
    repository_url: str = ""
    triggered_by: str = "user"
    user: str = ""
