"""Real threads with database connections of their own, for races."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from tests.processes import PATIENCE_SECONDS


def in_parallel(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all at once, each in a thread; their results in order, an exception in place of one.

    The test needs ``django_db(transaction=True)``: others must see what it wrote.
    """
    start = threading.Barrier(len(calls), timeout=PATIENCE_SECONDS)

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return call()
        except Exception as exc:  # noqa: BLE001  # a thread's failure is its result
            return exc
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
