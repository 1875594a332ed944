"""`manage.py sandbox`: a local Selling Partner API to try the portal against."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.sandbox.cli import CannotServe, add_arguments, run


class Command(BaseCommand):
    help = "Runs a pretend Amazon on this machine until Ctrl-C."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)
        parser.add_argument("--json", action="store_true", help="Say where it runs as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run(options, self._say)
        except CannotServe as exc:
            raise CommandError(str(exc)) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
