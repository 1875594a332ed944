"""Poll Amazon and read history, as beat does."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from channels.management.base import PortalCommand, find_store
from channels.models import Backfill, SyncRun
from channels.services import backfilling, polling, sales
from channels.services.backfill_progress import describe

IDLE_SECONDS = 5


class Command(PortalCommand):
    help = (
        "Polls the seller accounts that are due and reads history, until stopped. With --once, or "
        "for one store: polls at once, due or not, reads history to its end or to the end of "
        "Amazon's quota, and ends."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="STORE")
        parser.add_argument("--once", action="store_true")

    def run_command(self, options: dict[str, Any]) -> Any:
        if options["store"]:
            store = find_store(options["store"])
            return _report([store.account_id], backfilling.open_backfills(store))
        if options["once"]:
            return _report(polling.accounts(), backfilling.open_backfills())
        return self._forever()

    def _forever(self) -> Any:
        polls = 0
        try:
            while True:
                for account_id in polling.due_accounts(timezone.now()):
                    polls += polling.poll_account(account_id) is not None
                sales.count_sales()
                if due := backfilling.next_due(timezone.now()):
                    backfill_id, due_at = due
                    # A turn, and then whatever became due meanwhile.
                    backfilling.read_backfill(backfill_id, due_at=due_at)
                else:
                    time.sleep(IDLE_SECONDS)
        except KeyboardInterrupt:
            return {"polls": polls}


def _report(account_ids: list[int], backfill_ids: list[int]) -> dict[str, Any]:
    runs = [(pk, polling.poll_account(pk)) for pk in account_ids]
    for pk in backfill_ids:
        backfilling.read_to_the_end(pk)
    sales.count_sales()
    backfills = Backfill.objects.select_related("store").filter(pk__in=backfill_ids).order_by("pk")
    history = [describe(backfill) for backfill in backfills]
    failed = [run.detail for _, run in runs if run and run.outcome == SyncRun.Outcome.FAILED]
    failed += [backfill["detail"] for backfill in history if backfill["detail"]]
    if failed:
        raise CommandError(" ".join(failed))
    return {"accounts": [_line(pk, run) for pk, run in runs], "backfills": history}


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
