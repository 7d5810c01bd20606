"""The build cache on this machine's disk. Standard library only: steps run ``work.py``, outside the platform."""
