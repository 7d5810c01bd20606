"""What the build cache did for steps and runs, from their documents. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipelines.engines.base import CacheHit, StepStatus
from pipelines.states import State


def cold(step: str) -> str:
    """Where the medians of a run have the seconds that ``step`` took when its cache was empty."""
    return f"{step}/cold"


def with_savings(status: StepStatus, usual: float | None) -> StepStatus:
    """``status`` with what its cache saved against ``usual`` seconds without; as it is while that is unknown."""
    cache = status.cache
    if cache is None or cache.hit is CacheHit.MISS or usual is None or status.state is not State.SUCCESS:
        return status
    if status.started is None or status.ended is None:
        return status
    saved = max(0.0, usual - (status.ended - status.started).total_seconds())
    return replace(status, cache=replace(cache, saved_seconds=round(saved, 3)))


def totals(status: Mapping[str, Any]) -> dict[str, Any] | None:
    """Hits, misses, bytes restored and seconds saved of the latest attempt's own steps; None without a cache."""
    steps = (step for stage in status["stages"] for step in stage["steps"] if step.get("attempt") == status["attempt"])
    found = [step["cache"] for step in steps if step.get("cache")]
    if not found:
        return None
    known = [cache["savedSeconds"] for cache in found if cache.get("savedSeconds") is not None]
    misses = sum(cache["hit"] == CacheHit.MISS.value for cache in found)
    return {
        "hits": len(found) - misses,
        "misses": misses,
        "bytes": sum(cache["restoredBytes"] for cache in found),
        "savedSeconds": round(sum(known), 3) if known else None,
    }
