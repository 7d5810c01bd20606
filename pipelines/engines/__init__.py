"""Engines execute run plans. ``base`` is the port; each other module or folder is one adapter."""
