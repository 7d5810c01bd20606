"""Several threads that do things at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def at_once(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """What each task returns, in order; the first exception among them is raised once all have ended."""
    start = threading.Barrier(len(tasks))

    def do(task: Callable[[], Result]) -> Result:
        start.wait(10)
        try:
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [done.result() for done in [pool.submit(do, task) for task in tasks]]
