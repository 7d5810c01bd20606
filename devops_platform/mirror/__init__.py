"""Rows that are Kubernetes objects too: what they hold, and how they are written."""
