"""What the files of a step say about it. Pure."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.definition.messages import Reason, reason
from pipelines.engines.base import StepStatus
from pipelines.states import State

SIGNALLED = 128  # a shell tells of a signal by an exit status above this
TIMED_OUT = frozenset({124, SIGNALLED + signal.SIGKILL})  # what timeout(1) answers, the latter after its grace
CLOCK_GRAIN = timedelta(milliseconds=50)  # file times are coarser than timers
SIGNALS: Mapping[int, str] = {number.value: number.name for number in signal.Signals}


@dataclass(frozen=True, slots=True)
class Facts:
    """``alive`` is read before everything else, so that what is not alive has said its last word."""

    alive: bool
    started: datetime | None = None
    ended: datetime | None = None  # of the exit status, or of the last sign of life when there is none
    exit_code: int | None = None
    stopped: bool = False
    refused: Reason | None = None  # why it could not be started at all
    refused_at: datetime | None = None

    @property
    def begun(self) -> bool:
        """Whether this step must not be started again."""
        return self.alive or self.started is not None or self.refused is not None


def status(facts: Facts, *, limit: timedelta | None = None, note: Reason | None = None) -> StepStatus | None:
    """The step's status, None when it was never started."""
    if facts.refused:
        return StepStatus(State.FAILED, started=facts.refused_at, ended=facts.refused_at, reason=facts.refused)
    if not facts.begun:
        return None
    if facts.alive:
        return StepStatus(State.BUILDING, started=facts.started, note=note)
    state, why = _end(facts, limit)
    return StepStatus(state, started=facts.started, ended=facts.ended, reason=why, note=note, exit_code=facts.exit_code)


def _end(facts: Facts, limit: timedelta | None) -> tuple[State, Reason | None]:
    code = facts.exit_code
    if facts.stopped:
        return State.ABORTED, None
    if code is None:
        return State.FAILED, reason("StepLost")
    if code == 0:
        return State.SUCCESS, None
    lasted = facts.ended - facts.started if facts.ended and facts.started else timedelta()
    if limit and code in TIMED_OUT and lasted >= limit - CLOCK_GRAIN:
        return State.FAILED, reason("StepDeadline", minutes=int(limit.total_seconds() // 60))
    if code - SIGNALLED in SIGNALS:
        return State.FAILED, reason("Killed", signal=SIGNALS[code - SIGNALLED])
    return State.FAILED, reason("ExitCode", code=code)
