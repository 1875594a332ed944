"""Runs a command until it ends: killed at its first SQL statement, then at its second, and so on.

``python -m tests.dying poll_orders --once`` prints how often it was killed. Each life is a process
of its own and dies by SIGKILL, without a rollback or a ``finally``; leases are over when the next
one begins.
"""

import itertools
import os
import signal
import sys

import django
from django.core.management import call_command, load_command_class
from django.db import connection


def main() -> None:
    django.setup()
    from tests import portal  # models: not before the setup

    command = sys.argv[1:]
    load_command_class("channels", command[0])  # imported once, for all lives
    for deaths in itertools.count():
        if (pid := os.fork()) == 0:
            portal.hurry()
            portal.end_leases()
            live(command, statements=deaths)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            print(deaths)  # noqa: T201
            sys.exit(os.waitstatus_to_exitcode(status))


def live(command: list[str], *, statements: int) -> None:
    """Run `command` for as many statements, and die at the next."""
    left = iter(range(statements))

    def mortal(execute, sql, params, many, context):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(mortal):
        call_command(*command, stdout=sys.stderr)
    sys.exit(0)


if __name__ == "__main__":
    main()
