"""Commands as a user runs them."""

import json
from dataclasses import dataclass

import pytest
from django.core.management import ManagementUtility
from django.db import connections


@dataclass
class Outcome:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document on stdout."""
        return json.loads(self.out)


@pytest.fixture
def manage(capsys, monkeypatch):
    """``manage("show_order", "000000001")``, up to the exit code, in this process."""
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the test still needs them

    def run(*arguments):
        argv = ["manage.py", *map(str, arguments)]
        capsys.readouterr()
        code = 0
        try:
            ManagementUtility(argv).fetch_command(argv[1]).run_from_argv(argv)
        except SystemExit as exc:
            code = exc.code or 0
        return Outcome(code, *capsys.readouterr())

    return run
