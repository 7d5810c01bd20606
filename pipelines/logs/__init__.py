"""Logs of steps: kept by byte offset, masked before they are kept. ``base`` is the port."""
