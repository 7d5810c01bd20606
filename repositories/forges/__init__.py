"""Code hosts. ``base`` is the port; each folder is one adapter."""
