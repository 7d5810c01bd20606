"""Logs of steps: kept by byte offset, masked before they are kept. ``base`` is the port."""

from pipelines.logs.registry import log_store

__all__ = ["log_store"]
