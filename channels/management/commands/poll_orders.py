"""Poll Amazon, as beat does."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from channels.management.base import PortalCommand, find_store
from channels.models import SyncRun
from channels.services import polling

IDLE_SECONDS = 5


class Command(PortalCommand):
    help = (
        "Polls the seller accounts that are due, until stopped. With --once, or for one store: "
        "polls at once, due or not, and ends."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="STORE")
        parser.add_argument("--once", action="store_true")

    def run_command(self, options: dict[str, Any]) -> Any:
        if options["store"]:
            return _report([find_store(options["store"]).account_id])
        if options["once"]:
            return _report(polling.accounts())
        return self._forever()

    def _forever(self) -> Any:
        polls = 0
        try:
            while True:
                for account_id in polling.due_accounts(timezone.now()):
                    polls += polling.poll_account(account_id) is not None
                time.sleep(IDLE_SECONDS)
        except KeyboardInterrupt:
            return {"polls": polls}


def _report(account_ids: list[int]) -> dict[str, Any]:
    runs = [(pk, polling.poll_account(pk)) for pk in account_ids]
    failed = [run for _, run in runs if run and run.outcome == SyncRun.Outcome.FAILED]
    if failed:
        raise CommandError(" ".join(run.detail for run in failed))
    return {"accounts": [_line(pk, run) for pk, run in runs]}


def _line(account_id: int, run: SyncRun | None) -> dict[str, Any]:
    if run is None:
        return {"account": account_id, "outcome": "busy"}
    return {
        "account": account_id,
        "seller_id": run.account.seller_id,
        "outcome": run.outcome,
        "detail": run.detail,
        "pages": run.pages,
        "seen": run.seen,
        "created": run.created,
        "changed": run.changed,
        "placed": run.placed,
        "set_aside": run.set_aside,
    }
