"""Measures the platform beside its peers in one run and prints one JSON document; only its ratios mean anything.

python -m bench [scenario …]
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench import buildbot, scenarios
from bench.floors import floors
from bench.measure import Figures
from bench.peer import Peer
from bench.platform import Platform

Scenario = Callable[[Peer], Awaitable[Figures]]
SCENARIOS: Mapping[str, Scenario] = {
    "latency": scenarios.latency,
    "burst": scenarios.burst,
    "grid": scenarios.grid,
    "biglog": scenarios.biglog,
    "fan_out_1": partial(scenarios.fan_out, viewers=1),
    "fan_out_50": partial(scenarios.fan_out, viewers=50),
    "idle": scenarios.idle,
}
OF_PEERS = ("latency", "burst", "grid", "biglog")
# The figure of each scenario that a ratio is made of.
COMPARED = {"latency": "first_output_p50_ms", "burst": "wall_s", "grid": "wall_s", "biglog": "readable_s"}


async def of_platform(names: Sequence[str], folder: Path) -> dict[str, Figures]:
    platform = Platform(folder / "data")
    found: dict[str, Figures] = {}
    try:
        first = await platform.start()
        await platform.stop()
        found["start"] = {"first_s": round(first, 2), "later_s": round(await platform.start(), 2)}
        await platform.log_in()
        for name in names:
            found[name] = await scenarios.measured(platform, name, SCENARIOS[name])
    finally:
        await platform.stop()
    return found


async def of_buildbot(names: Sequence[str], folder: Path, programs: Path) -> dict[str, Figures]:
    peer = buildbot.Buildbot(programs, folder)
    found: dict[str, Figures] = {}
    try:
        found["start"] = {"first_s": round(await peer.start(), 2)}
        for name in names:
            if name in OF_PEERS:
                found[name] = await scenarios.measured(peer, name, SCENARIOS[name])
    finally:
        await peer.stop()
    return found


def ratios(ours: Mapping[str, Figures], theirs: Mapping[str, Figures]) -> Figures:
    """Ours divided by theirs: below 1 is better than the peer."""
    return {
        name: round(ours[name][figure] / theirs[name][figure], 3)
        for name, figure in COMPARED.items()
        if figure in ours.get(name, {}) and figure in theirs.get(name, {})
    }


async def document(names: Sequence[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="devops-platform-bench-") as folder:
        bare = floors()
        ours = await of_platform(names, Path(folder))
        peers: dict[str, object] = {"shell": {"figures": bare, "ours_to_theirs": ratios(ours, bare)}}
        programs = await asyncio.to_thread(buildbot.venv)
        if programs:
            theirs = await of_buildbot(names, Path(folder), programs)
            peers["buildbot"] = {"figures": theirs, "ours_to_theirs": ratios(ours, theirs)}
    return {"cores": os.cpu_count(), "platform": ours, "peers": peers}


def main(arguments: Sequence[str]) -> int:
    unknown = set(arguments) - set(SCENARIOS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    # Ends like Ctrl-C, so that no server under test is left behind.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    print(json.dumps(asyncio.run(document(arguments or list(SCENARIOS))), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
