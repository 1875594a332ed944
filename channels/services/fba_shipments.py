"""Which FBA orders wait for tracking numbers, and which reports are to be asked for.

Amazon tells the numbers in a report only, hours after shipping. A `Report` row is written here and
taken step by step in channels/services/fba_reports.py.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet

from channels.models import AmazonStore, ChannelOrder, Report
from orders.models import Shipment

TYPE = Report.Type.FBA_SHIPMENTS
OPEN_STATES = (Report.State.WANTED, Report.State.REQUESTED)
EVERY = timedelta(hours=2)  # one report of an account; rows appear 1 to 3 hours after shipping
LOOK_BACK = timedelta(days=60)  # a number that has not come by then does not come
BOUGHT_WITHIN = timedelta(days=120)  # pre-orders leave late; older ones need not be looked through
LONGEST = timedelta(days=30)  # of what one report may cover
SETTLED = timedelta(minutes=2)  # a report ends before Amazon's now, whose clock is not ours


def due_accounts(now: datetime) -> dict[int, datetime]:
    """Accounts that wait for tracking numbers: since when the oldest of their orders does.

    Two hours must have passed since the last report, unless that did not reach its own present.
    """
    oldest = waiting_since(now)
    for report in _recent(oldest, now):  # in their order: the newest one decides
        if report.state == Report.State.DONE and report.until < report.created_at - SETTLED:
            oldest[report.account_id] = report.until
        else:
            oldest.pop(report.account_id, None)
    return oldest


def waiting_since(now: datetime) -> dict[int, datetime]:
    """Accounts with orders that wait, whenever they were asked about last; one statement."""
    bought = _waiting(now).values_list("account").annotate(Min("purchase_date")).order_by()
    return {account: max(at, now - LOOK_BACK) for account, at in bought}


def _waiting(now: datetime) -> QuerySet[ChannelOrder]:
    """FBA orders of active stores with a package that has no tracking number.

    When Amazon shipped is not known: after the purchase, and not after its last update.
    """
    orders: QuerySet[ChannelOrder] = ChannelOrder.objects.filter(
        store__active=True,
        fulfilled_by="amazon",
        purchase_date__gte=now - BOUGHT_WITHIN,
        last_updated__gte=now - LOOK_BACK,
        commerce_order__packages__tracking_number="",
        commerce_order__packages__shipment__by=Shipment.By.AMAZON,
    )
    return orders


def _recent(accounts: Iterable[int], now: datetime) -> Iterable[Report]:
    since = now - EVERY
    return Report.objects.filter(
        Q(state__in=OPEN_STATES) | Q(created_at__gt=since) | Q(finished_at__gt=since),
        account__in=list(accounts),
        report_type=TYPE,
    ).order_by("pk")


def want_reports(now: datetime, *, account_id: int | None = None) -> None:
    """Write down the reports to ask for. The database keeps it to one open one per account.

    `account_id`: for this account only, whether two hours have passed or not.
    """
    since = due_accounts(now)
    if account_id is not None:
        at = since.get(account_id) or waiting_since(now).get(account_id)
        since = {account_id: at} if at else {}
    wanted = [
        Report(
            account_id=account,
            report_type=TYPE,
            since=start,
            until=min(start + LONGEST, now - SETTLED),
            created_at=now,
            due_at=now,
        )
        for account, start in sorted(since.items())
        if start < now - SETTLED
    ]
    Report.objects.bulk_create(wanted, ignore_conflicts=True)


def due_reports(now: datetime) -> list[int]:
    """Reports to go on with now, longest waiting first; none that somebody else reads."""
    return list(
        open_reports()
        .filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now), due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)
    )


def open_reports() -> QuerySet[Report]:
    """What is not finished, of accounts with an active store."""
    active = AmazonStore.objects.filter(active=True).values("account")
    return Report.objects.filter(state__in=OPEN_STATES, account__in=active)
