"""Runs a command until it ends: killed once at every SQL statement it makes.

``python -m tests.dying poll_orders --once`` prints how often it was killed. A function that has no
command is named by its path, and its arguments are ids:
``python -m tests.dying channels.services.bulk.run 1``.

Each life is a process of its own and dies by SIGKILL, without a rollback or a ``finally``, just
before the first statement that nobody died at yet; leases are over when the next one begins.
"""

import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial

import django
from django.core.management import call_command, load_command_class
from django.db import connection
from django.utils.module_loading import import_string


def main() -> None:
    django.setup()
    from tests import portal  # models: not before the setup

    call = callable_for(*sys.argv[1:])  # imported once, for all lives
    graves: set[str] = set()
    gc.freeze()  # the lives share the memory they only read
    while True:
        reader, writer = os.pipe()
        if (pid := os.fork()) == 0:
            portal.hurry()
            portal.end_leases()
            live(call, graves, writer)
        os.close(writer)
        with os.fdopen(reader) as last_words:
            graves.add(last_words.read())
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            print(len(graves) - 1)  # noqa: T201  # the last one left no words
            sys.exit(os.waitstatus_to_exitcode(status))


def callable_for(name: str, *arguments: str) -> Callable[[], object]:
    """A command, or a function."""
    if "." in name:
        return partial(import_string(name), *map(int, arguments))
    load_command_class("channels", name)
    return partial(call_command, name, *arguments, stdout=sys.stderr)


def live(call: Callable[[], object], graves: set[str], writer: int) -> None:
    """Do `call` up to a statement that is not among the `graves`, and die there."""
    made: Counter[str] = Counter()

    def mortal(execute, sql, params, many, context):
        made[sql] += 1
        here = f"{made[sql]}: {sql}"
        if here not in graves:
            os.write(writer, here.encode())
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(mortal):
        call()
    sys.exit(0)


if __name__ == "__main__":
    main()
