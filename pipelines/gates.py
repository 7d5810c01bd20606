"""Where a run waits for people: approval steps, and stages that it pauses before. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from devops_platform.projects.roles import Role
from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import RunPlan, StepId, StepKind
from pipelines.engines.base import StepStatus
from pipelines.states import State
from pipelines.status import Document, moment, step_status

PAUSES = frozenset({"PausedBefore", "PausedBy"})


@dataclass(frozen=True, slots=True)
class Vote:
    user: str
    approve: bool
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What an approval step asks: ``required`` of ``approvers`` must agree within ``expiry``, and nobody object.

    An approver is a user name or a role, which wins over a user of that name: ``owner``, or ``member`` for everybody
    who may run. Nobody named means the same as ``member``. Who started the run may answer like everybody else.
    """

    approvers: tuple[str, ...]
    required: int
    message: str
    expiry: timedelta

    def asks(self, user: str, role: Role | None) -> bool:
        """Whether ``user``, who may run in the project with ``role``, is among those who may answer."""
        named = {name for name in self.approvers if name not in set(Role)}
        roles = {name for name in self.approvers if name in set(Role)}
        return not self.approvers or user in named or Role.MEMBER in roles or role in roles

    def status(self, votes: Iterable[Vote], *, asked: datetime, now: datetime) -> StepStatus:
        """Where the step is, asked at ``asked``. The votes count in their order; what comes too late does not."""
        end = asked + self.expiry
        given: list[str] = []
        for vote in votes:
            if vote.at >= end:
                continue
            if not vote.approve:
                return StepStatus(State.FAILED, started=asked, ended=vote.at, reason=_rejected(vote))
            given.append(vote.user)
            if len(given) == self.required:
                return StepStatus(State.SUCCESS, started=asked, ended=vote.at, reason=reason("ApprovedBy", users=given))
        if now >= end:
            minutes = int(self.expiry.total_seconds() // 60)
            why = reason("ApprovalExpired", minutes=minutes, given=len(given), required=self.required)
            return StepStatus(State.FAILED, started=asked, ended=end, reason=why)
        return StepStatus(State.PENDING, started=asked, reason=self._awaited(len(given)))

    def _awaited(self, given: int) -> Reason:
        if not self.approvers:
            return reason("ApprovalAwaitedOfAnyone", given=given, required=self.required)
        return reason("ApprovalAwaited", approvers=list(self.approvers), given=given, required=self.required)


def _rejected(vote: Vote) -> Reason:
    if not vote.comment:
        return reason("Rejected", user=vote.user)
    return reason("RejectedBecause", user=vote.user, comment=vote.comment)


def questions(plan: RunPlan) -> Mapping[StepId, Question]:
    """What the plan's approval steps ask; without an expiry of its own one has as long as the run."""
    return {
        where: Question(
            approvers=tuple(step.config.get("approvers", ())),
            required=int(step.config.get("required", 1)),
            message=str(step.config.get("message", "")),
            expiry=timedelta(minutes=int(step.config.get("expiry", 0)) or plan.timeout),
        )
        for where, step in plan.steps()
        if step.kind is StepKind.APPROVAL
    }


def asked(status: Document, where: StepId) -> datetime | None:
    """Since when the step waits, or waited, for people; None when its turn has not come in this attempt."""
    step = _step(status, where)
    return moment(step.get("started")) if step["attempt"] == status["attempt"] else None


def approvals(
    plan: RunPlan, status: Document, votes: Mapping[StepId, Sequence[Vote]], *, stop: datetime | None, now: datetime
) -> dict[StepId, StepStatus]:
    """What an engine is to tell of each approval step once its turn has come; ``stop`` is when the run was stopped."""
    found: dict[StepId, StepStatus] = {}
    for where, question in questions(plan).items():
        known, since = step_status(_step(status, where)), asked(status, where)
        if known.state.finished:
            found[where] = known
        elif since is not None or stop is None:
            found[where] = question.status(votes.get(where, ()), asked=since or now, now=now)
            if stop is not None and found[where].state is State.PENDING:
                found[where] = StepStatus(State.ABORTED, started=since, ended=stop)
    return found


def next_expiry(plan: RunPlan, status: Document) -> datetime | None:
    """When the first of the approvals that are waited for expires."""
    ends = (
        since + question.expiry
        for where, question in questions(plan).items()
        if _step(status, where)["state"] == State.PENDING.value and (since := asked(status, where)) is not None
    )
    return min(ends, default=None)


def held(
    plan: RunPlan, status: Document, *, pause: Mapping[str, Any] | None, passed: Iterable[int]
) -> dict[int, Reason]:
    """The stages that may not begin yet, and why: someone paused the run, or the file asks for a person."""
    waiting: dict[int, Reason] = {}
    for index, stage in enumerate(plan.stages):
        if _begun(status, index):
            continue
        if pause is not None:
            waiting[index] = reason("PausedBy", user=str(pause["by"]), stage=stage.name)
        elif stage.pause_before and index not in set(passed):
            waiting[index] = reason("PausedBefore", stage=stage.name)
    return waiting


def paused_stages(status: Document) -> list[int]:
    """The stages that the run is paused before: one, or none."""
    return [
        index
        for index, stage in enumerate(status["stages"])
        if any((step.get("reason") or {}).get("code") in PAUSES for step in stage["steps"])
    ]


def can_pause(status: Document) -> bool:
    """Whether a stage has not begun yet, for the run to be paused before."""
    return any(
        not _begun(status, index) and stage["state"] == State.WAITING.value
        for index, stage in enumerate(status["stages"])
    )


def waits_for_people(status: Document) -> bool:
    """Whether nothing of the run goes on until somebody acts."""
    states = {step["state"] for stage in status["stages"] for step in stage["steps"]}
    return State.PENDING.value in states and State.BUILDING.value not in states


def _begun(status: Document, index: int) -> bool:
    steps = status["stages"][index]["steps"]
    return any(step.get("started") and step["attempt"] == status["attempt"] for step in steps)


def _step(status: Document, where: StepId) -> Document:
    step: Document = status["stages"][where.stage]["steps"][where.step]
    return step
