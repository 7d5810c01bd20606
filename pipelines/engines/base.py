"""The engine port: hand over a build, ask where it stands, stop it, forget it.

A *build* is one attempt of a run. Its key is chosen and stored by the platform before the engine hears of it,
so every call may be repeated after a crash, from any process, and means the same build.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from pipelines.definition.messages import Reason
from pipelines.definition.runplan import RunPlan, SecretRef, StepId
from pipelines.states import State


@dataclass(frozen=True, slots=True)
class Source:
    """What a sourceCode step checks out: exactly ``commit``; ``ref`` is where it was found (``refs/heads/main``)."""

    url: str
    commit: str
    ref: str
    credential: str = ""  # name of the credential that clones; empty for public repositories


class CacheHit(StrEnum):
    """Whether a step found its cache: under its very key, under one that begins alike, or not at all."""

    EXACT = "exact"
    PARTIAL = "partial"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class CacheFacts:
    """What the cache did for a step. ``saved_seconds`` is against the usual step without, if that is known."""

    key: str
    hit: CacheHit
    restored_bytes: int = 0
    restore_seconds: float = 0.0
    published_bytes: int = 0
    publish_seconds: float = 0.0
    saved_seconds: float | None = None
    note: Reason | None = None  # what did not work; a cache never fails a step


@dataclass(frozen=True, slots=True)
class CacheAccess:
    """Which entries of the cache the steps of a build may use.

    ``home`` is ``<project>/<pipeline>``; ``reads`` are scopes below it, in this order, and ``writes`` is one of them,
    or empty if nothing may be written. ``quota`` is in bytes, for the whole project.
    """

    home: PurePosixPath
    reads: tuple[str, ...]
    writes: str
    quota: int


@dataclass(frozen=True, slots=True)
class StepStatus:
    """What an engine knows of one step. Times are the engine's own, in UTC.

    ``reason`` says why the step is where it is; ``note`` is something to know of it that is no such reason.
    """

    state: State
    started: datetime | None = None
    ended: datetime | None = None
    reason: Reason | None = None
    note: Reason | None = None
    exit_code: int | None = None
    tries: tuple["StepStatus", ...] = ()  # the tries before the present one, each of which failed
    cache: CacheFacts | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """Everything an engine needs; but for what people say meanwhile the same value in every pass over an attempt.

    ``carried`` are steps whose results stand from an earlier attempt: they are not executed, and a failed one
    among them does not keep later stages from running. ``secrets`` holds the values of every reference in the
    plan; they reach steps by environment only and are masked in their logs. ``continues`` is the key of the earlier
    attempt whose workspace this one takes over, if the engine still has it; else it begins with an empty one.

    An approval step is no process: once its turn has come, the engine tells of it what ``approvals`` says. A stage in
    ``held`` does not begin: its steps are Pending for that reason, once everything before it has ended.
    """

    key: str
    plan: RunPlan
    source: Source
    log_prefix: PurePosixPath  # where this attempt's logs are kept in the log store
    carried: Mapping[StepId, StepStatus] = field(default_factory=dict)
    secrets: Mapping[SecretRef, str] = field(default_factory=dict, repr=False)
    continues: str = ""
    approvals: Mapping[StepId, StepStatus] = field(default_factory=dict)
    held: Mapping[int, Reason] = field(default_factory=dict)  # by index of the stage
    cache: CacheAccess | None = None  # None: steps have no cache


@dataclass(frozen=True, slots=True)
class Observation:
    """Where a build stands: one status for each step of the plan that is not skipped by it or carried."""

    steps: Mapping[StepId, StepStatus]
    reason: Reason | None = None  # why the build as a whole is not (yet) running; None when it is
    notes: tuple[Reason, ...] = ()  # what a person should know about how this engine runs the build

    @property
    def finished(self) -> bool:
        return all(status.state.finished for status in self.steps.values())


class Engine(Protocol):
    """One way of executing builds.

    Implementations are safe for use from several threads and processes at once; passes over one key are
    serialised by the caller. They raise ``Unavailable`` when the engine cannot be reached (the caller keeps the
    run as it is and asks again), and never report lost contact as a failed step.
    """

    def advance(self, build: Build) -> Observation:
        """Start the build if it has not been, move it on as far as it can go now, and tell where it stands.

        Never blocks on a step. A step is started at most once for a key, whatever crashes in between. Statuses
        only move forward. Changes that need another call are announced by the engine's nudge.
        """
        ...

    def stop(self, key: str, *, grace: timedelta) -> bool:
        """Ask every running step to end, kill what still runs after ``grace``, start no further step.

        Returns whether nothing of the build is alive any more; False means: ask again. Does not block for the
        grace period. The unknown counts as stopped.
        """
        ...

    def forget(self, key: str) -> None:
        """Remove what the engine keeps of a finished build, its workspace included; the unknown is no error."""
        ...

    def kept(self) -> Mapping[str, datetime]:
        """The keys of all builds of which something is kept, each with the time of its last change."""
        ...
