"""The scenarios, each for any peer. Bounded in count and in time; figures are medians over rounds."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

from bench.measure import Figures, memory, milliseconds, noise, quiet, seconds_of, trees
from bench.peer import LINES, TICKS, Peer

LONGEST = 90.0  # seconds for one scenario
IDLE = 20.0  # seconds
BURST = 100
CLIENTS = 8  # connections that ask for the runs of a burst


async def latency(peer: Peer, *, rounds: int = 30) -> Figures:
    """One trivial step: asked for, first output seen by a client, end seen by a client."""
    seen, done = [], []
    for _ in range(rounds):
        begin = time.monotonic()
        run = await peer.trigger("hello")
        end = asyncio.create_task(peer.finished(run))
        await peer.first_output(run)
        seen.append(time.monotonic() - begin)
        await end
        done.append(time.monotonic() - begin)
        await asyncio.sleep(0.05)
    return {**milliseconds(seen, "first_output"), **milliseconds(done, "finished")}


async def burst(peer: Peer, *, runs: int = BURST) -> Figures:
    """Many one-step runs at once, two at a time: until the last one has ended well."""
    gate = asyncio.Semaphore(CLIENTS)

    async def ask() -> str:
        async with gate:
            return await peer.trigger("hello")

    begin = time.monotonic()
    names = await asyncio.gather(*(ask() for _ in range(runs)))
    accepted = time.monotonic() - begin
    for name in sorted(names, key=_number)[-4:]:  # first come, first served: these end last
        await peer.finished(name)
    wall = time.monotonic() - begin
    for name in names:
        await peer.finished(name)
    return {"accepted_s": round(accepted, 2), "wall_s": round(wall, 2), "runs_per_s": round(runs / wall, 2)}


def _number(name: str) -> int:
    return int(name.rsplit("-", 1)[-1])


async def grid(peer: Peer, *, rounds: int = 5) -> Figures:
    """Ten stages in sequence, each of three parallel steps of ``true``."""
    walls = []
    for _ in range(rounds):
        begin = time.monotonic()
        await peer.finished(await peer.trigger("grid"))
        walls.append(time.monotonic() - begin)
    return {"wall_s": round(median(walls), 3)}


async def biglog(peer: Peer, *, rounds: int = 3) -> Figures:
    """One step with 200,000 lines: until its end is seen, and until a client has read every line by HTTP."""
    ended, readable, whole = [], [], True
    for _ in range(rounds):
        begin = time.monotonic()
        run = await peer.trigger("biglog")
        await peer.finished(run)
        ended.append(time.monotonic() - begin)
        text = await peer.log(run)
        readable.append(time.monotonic() - begin)
        whole = whole and _numbers(text) == list(range(1, LINES + 1))
    return {
        "finished_s": round(median(ended), 3),
        "readable_s": round(median(readable), 3),
        "each_line_once_in_order": float(whole),
    }


def _numbers(text: bytes) -> list[int]:
    return [int(line.split()[1]) for line in text.splitlines() if line.startswith(b"line ")]


async def fan_out(peer: Peer, *, viewers: int) -> Figures:
    """A line printed, until each of the viewers has it."""
    run = await peer.trigger("ticker")
    delays: list[float] = []
    got: list[int] = []

    async def view() -> None:
        rest, lines = b"", 0
        async for data in peer.follow(run):
            now = time.time()
            *whole, rest = (rest + data).split(b"\n")
            delays.extend(now - float(line) for line in whole)
            lines += len(whole)
        got.append(lines)

    await asyncio.gather(*(view() for _ in range(viewers)))
    return {**milliseconds(delays, "delay"), "lines_lost": float(viewers * TICKS - sum(got))}


async def idle(peer: Peer) -> Figures:
    """Processor share and memory of a server that has nothing to do."""
    await asyncio.sleep(6)  # what runs have left to be tidied up
    begin = sum(map(seconds_of, trees(peer.pids)))
    await asyncio.sleep(IDLE)
    used = sum(map(seconds_of, trees(peer.pids))) - begin
    return {"cpu_percent": round(100 * used / IDLE, 2), **memory(peer.pids)}


async def measured(peer: Peer, name: str, scenario: Callable[[Peer], Awaitable[Figures]]) -> Figures:
    """The scenario's figures with the noise beside them; none of its own when it takes too long."""
    print(f"{peer.name}: {name}", file=sys.stderr)
    await quiet()
    figures: Figures = {}
    with noise(lambda: peer.pids) as found:
        try:
            async with asyncio.timeout(LONGEST):
                figures = await scenario(peer)
        except TimeoutError:
            print(f"{peer.name}: {name} took longer than {LONGEST:.0f} s", file=sys.stderr)
    return {**figures, "own_cores": found.own, "foreign_cores": found.foreign, "steal_cores": found.steal}
