"""The REST API of pipelines, runs, logs and settings."""
