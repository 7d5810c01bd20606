"""The pipeline language: file → tree → model → run plan. Pure: no framework, no client, no clock."""
