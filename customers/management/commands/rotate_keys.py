"""Seal personal data and credentials with the newest key of PII_KEYS."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.sealed import CannotUnseal
from customers.services.rotation import reseal


class Command(BaseCommand):
    help = (
        "Seals everything with the newest key of PII_KEYS; afterwards older keys can be dropped. "
        "May run beside the portal, and again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON document, nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = reseal()
        except CannotUnseal as exc:
            raise CommandError(str(exc)) from None
        if options["json"]:
            self.stdout.write(json.dumps(changed))
        else:
            for model, rows in changed.items():
                self.stdout.write(f"{model}: {rows}")
