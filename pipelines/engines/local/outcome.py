"""What the files of a step say about it. Pure."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import RetryPlan
from pipelines.engines.base import CacheFacts, StepStatus
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
    killed: bool = False  # because it did not end when it was asked to
    refused: Reason | None = None  # why it could not be started at all
    refused_at: datetime | None = None
    cache: CacheFacts | None = None

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
        return StepStatus(State.BUILDING, started=facts.started, note=note, cache=facts.cache)
    state, why = _end(facts, limit)
    ended = StepStatus(state, started=facts.started, ended=facts.ended, reason=why, note=note, cache=facts.cache)
    return replace(ended, exit_code=facts.exit_code)


def _end(facts: Facts, limit: timedelta | None) -> tuple[State, Reason | None]:
    code = facts.exit_code
    if facts.stopped:
        forced = facts.killed and code in {None, SIGNALLED + signal.SIGKILL}
        return State.ABORTED, reason("KilledAfterGrace") if forced else None
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


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a step stands with all its tries, the first of which counts as 1.

    ``start`` is the try that is to begin now, ``due`` when the next one is; ``over`` tells that none will follow.
    """

    status: StepStatus
    start: int = 0
    due: datetime | None = None
    over: bool = True


def tried(tries: Sequence[StepStatus], retry: RetryPlan, *, refused: bool, stopping: bool, now: datetime) -> Standing:
    """Where a step stands after ``tries``, of which all but the last have failed.

    A failed try is followed by another after the back-off, counted from its end; a clock that was set back to before
    that end shortens the wait rather than prolonging it. What could not be started at all is not tried again.
    """
    *earlier, last = tries
    whole = replace(last, started=tries[0].started, tries=tuple(earlier))
    number = len(tries)
    if last.state is not State.FAILED or refused or number > retry.max:
        return Standing(whole, over=last.state.finished)
    if stopping:
        return Standing(replace(whole, state=State.ABORTED, reason=None))
    seconds = retry.backoff * 2 ** (number - 1)
    why = reason("RetryAfter", number=number + 1, total=retry.max + 1, seconds=seconds)
    between = StepStatus(State.BUILDING, started=whole.started, reason=why, note=whole.note, tries=tuple(tries))
    if last.ended is None or not last.ended <= now < last.ended + timedelta(seconds=seconds):
        return Standing(replace(between, reason=None), start=number + 1, over=False)
    return Standing(between, due=last.ended + timedelta(seconds=seconds), over=False)
