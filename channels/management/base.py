"""What the portal's commands share: a document on stdout, or one line on stderr.

Exit codes: 0 done, 1 failed, 2 wrong usage (argparse and UsageError).
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, ProgrammingError

from channels.amazon.errors import SpApiError
from channels.models import AmazonStore
from channels.services.quota import NoQuota
from orders.services.errors import Refusal
from orders.services.notes import by_command

MIGRATE = "Has `manage.py migrate` been run?"


class PortalCommand(BaseCommand):
    """A command answers with a document; people get it as lines, programs with --json."""

    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON document, nothing else.")
        self.add_command_arguments(parser)

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        """The command's own arguments."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with by_command():
                document = self.run_command(options)
        except (Refusal, SpApiError, NoQuota) as exc:
            raise CommandError(str(exc)) from None
        except (OperationalError, ProgrammingError) as exc:
            raise CommandError(
                f"The database is not ready ({type(exc).__name__}). {MIGRATE}"
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False))
        else:
            for line in lines(document):
                self.stdout.write(line)

    def run_command(self, options: dict[str, Any]) -> Any:
        """Do it and answer with a JSON-able document."""
        raise NotImplementedError  # pragma: no cover


def lines(document: Any, indent: str = "") -> list[str]:
    """A document as lines for people: ``name: value``, nested ones indented."""
    result: list[str] = []
    pairs = document.items() if isinstance(document, dict) else enumerate(document, 1)
    for name, value in pairs:
        if isinstance(value, dict | list) and value:
            result += [f"{indent}{name}:", *lines(value, indent + "  ")]
        else:
            result.append(f"{indent}{name}: {_word(value)}")
    return result


def _word(value: Any) -> str:
    if value is None or value in ({}, []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def usage_error(message: str) -> CommandError:
    """Wrong usage: exit code 2."""
    return CommandError(message, returncode=2)


def name_values(changes: list[str]) -> dict[str, str]:
    """``name=value`` arguments; each name once."""
    values: dict[str, str] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise usage_error(f"{change!r} is not of the form name=value.")
        if name in values:
            raise usage_error(f"{name} is given twice.")
        values[name] = value
    return values


def secret(value: str) -> str:
    """A secret from the command line: itself, or the content of the file `@path` names."""
    if not value.startswith("@"):
        return value
    path = Path(value[1:])
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"The secret file {path} cannot be read: {exc}") from None


def find_store(name: str) -> AmazonStore:
    """The Amazon store of this name, or one clear line."""
    store = AmazonStore.objects.select_related("account", "order_settings").filter(name=name)
    if (found := store.first()) is None:
        names = ", ".join(AmazonStore.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no Amazon store {name!r}. Stores: {names}.")
    return found
