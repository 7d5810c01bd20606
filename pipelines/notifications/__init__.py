"""Telling people and programs how runs ended: whom, what, and by which channel."""
