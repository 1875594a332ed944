"""Processes that work on the database of the test they belong to.

Such a test needs ``django_db(transaction=True)``: another process sees only what is committed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import connection

# What does not happen by then will not; a busy machine is given time.
PATIENCE_SECONDS = 120.0


def environment(**more: str) -> dict[str, str]:
    """What a process needs to be part of the test's portal."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return {**os.environ, "DATABASE_URL": url, "LOG_LEVEL": "WARNING", **more}


def start(*command: str, **more: str) -> "subprocess.Popen[bytes]":
    """Start ``python`` with these arguments; `more` goes into its environment."""
    return subprocess.Popen([sys.executable, *command], env=environment(**more))


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Until `happened`; fails with `what` did not happen."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < give_up, f"{what} did not happen."
        time.sleep(0.01)
