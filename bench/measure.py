"""Figures and the noise beside them: percentiles, processor time of process trees, quiet moments to begin in."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

QUIET = 0.3  # cores that others may use while a measurement begins
PATIENCE = 15.0  # seconds to wait for that

Figures = dict[str, float]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(values: Sequence[float], name: str) -> Figures:
    return {
        f"{name}_p50_ms": round(percentile(values, 0.5) * 1000, 2),
        f"{name}_p95_ms": round(percentile(values, 0.95) * 1000, 2),
    }


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds up to now: of the whole machine, of our process trees, and stolen by the hypervisor."""

    at: float
    busy: float
    own: float
    steal: float


def usage(pids: Sequence[int]) -> Usage:
    times = psutil.cpu_times()
    busy = times.user + times.nice + times.system + times.irq + times.softirq
    own = sum(seconds_of(process) for process in (psutil.Process(), *trees(pids)))
    return Usage(time.monotonic(), busy, own, times.steal)


def trees(pids: Sequence[int]) -> Iterator[psutil.Process]:
    """Each process with its living descendants; ended ones count with their parents."""
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            yield root
            yield from root.children(recursive=True)


def seconds_of(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        return float(sum(process.cpu_times()[:4]))
    return 0.0


@dataclass(slots=True)
class Noise:
    """Cores in use during a measurement: by the measured and the measuring, by others, and stolen."""

    own: float = 0.0
    foreign: float = 0.0
    steal: float = 0.0
    figures: Figures = field(default_factory=dict)


@contextmanager
def noise(pids: Callable[[], Sequence[int]]) -> Iterator[Noise]:
    found = Noise()
    begin = usage(pids())
    yield found
    end = usage(pids())
    seconds = max(end.at - begin.at, 0.001)
    found.own = round((end.own - begin.own) / seconds, 2)
    found.foreign = round(max(0.0, (end.busy - begin.busy) / seconds - found.own), 2)
    found.steal = round((end.steal - begin.steal) / seconds, 2)


async def quiet() -> None:
    """Return in a second in which others leave the machine alone, or when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        begin = usage(())
        await asyncio.sleep(0.5)
        end = usage(())
        if (end.busy - begin.busy - end.own + begin.own) / (end.at - begin.at) < QUIET:
            return


def memory(pids: Sequence[int]) -> Figures:
    """Megabytes of the process trees: resident, and with shared pages counted once."""
    resident = proportional = 0
    for process in trees(pids):
        with suppress(psutil.NoSuchProcess):
            full = process.memory_full_info()
            resident += full.rss
            proportional += full.pss
    return {"rss_mb": round(resident / 1e6, 1), "pss_mb": round(proportional / 1e6, 1)}
