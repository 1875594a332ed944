"""Bring the tracking numbers of FBA orders in, as beat and the worker do."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db.models import QuerySet
from django.utils import timezone

from channels.management.base import PortalCommand, find_store
from channels.models import Report
from channels.services.fba_reports import read_report
from channels.services.fba_shipments import open_reports, want_reports

PAUSE_SECONDS = 2.0


class Command(PortalCommand):
    help = (
        "Asks Amazon for reports of FBA shipments where tracking numbers are missing, and takes "
        "open reports a step further, due or not. With --until-idle it goes on until none is open."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--store", metavar="STORE", help="Only its account, asked about now in any case."
        )
        parser.add_argument("--until-idle", action="store_true")
        parser.add_argument(
            "--timeout", type=float, default=3600.0, metavar="SECONDS", help="Default 3600."
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        account_id = find_store(options["store"]).account_id if options["store"] else None
        want_reports(timezone.now(), account_id=account_id)
        give_up = time.monotonic() + options["timeout"]
        seen = _round(account_id)
        while options["until_idle"] and _open(account_id).exists() and time.monotonic() < give_up:
            _stop_at_trouble(seen)
            time.sleep(PAUSE_SECONDS)
            seen |= _round(account_id)
        _stop_at_trouble(seen)
        waiting = _open(account_id).count()
        if options["until_idle"] and waiting:
            raise CommandError(f"{waiting} report(s) are still waiting; see Reports.")
        return {"reports": [_line(report) for report in _rows(seen)], "waiting": waiting}


def _open(account_id: int | None) -> QuerySet[Report]:
    reports = open_reports()
    return reports if account_id is None else reports.filter(account=account_id)


def _round(account_id: int | None) -> set[int]:
    """A step of each open report, and the next window of a long time; the reports."""
    pks = list(_open(account_id).order_by("pk").values_list("pk", flat=True))
    for pk in pks:
        read_report(pk)
    want_reports(timezone.now())
    return set(pks)


def _rows(pks: set[int]) -> QuerySet[Report]:
    return Report.objects.filter(pk__in=pks).select_related("account").order_by("pk")


def _stop_at_trouble(pks: set[int]) -> None:
    """What failed, and what waits because something did, are for a person to look at."""
    trouble = [r.detail for r in _rows(pks) if r.detail and r.state != Report.State.DONE]
    if trouble:
        raise CommandError(" ".join(trouble))


def _line(report: Report) -> dict[str, Any]:
    return {
        "account": report.account_id,
        "seller_id": report.account.seller_id,
        "state": report.state,
        "since": report.since,
        "until": report.until,
        "rows": report.rows,
        "applied": report.applied,
        "detail": report.detail,
    }
