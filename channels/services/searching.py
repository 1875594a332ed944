"""What those who read from Amazon share: a lease, a page of `searchOrders`, when to come again.

Each is a row (`SyncCursor`, `Backfill`, `Report`) that one worker at a time reads for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from django.db.models import Q, QuerySet
from django.utils import timezone

from channels.amazon.client import SpApiClient
from channels.amazon.errors import NotAuthorized, Rejected, SpApiError, Throttled
from channels.amazon.types import OrdersPage, SearchQuery
from channels.amazon.usage_plan import SEARCH_ORDERS
from channels.models import Backfill, BulkJob, Report, SellerAccount, SyncCursor
from channels.services import gateway
from channels.services.quota import NoQuota
from orders.models.fields import save_if
from orders.sentences import gettext as _

LEASE = timedelta(minutes=10)  # renewed with every page
TOKEN_LIFE = timedelta(hours=23)  # Amazon keeps a pagination token 24 hours
AFTER_REFUSAL = timedelta(minutes=15)  # Amazon refuses now and then what it took an hour ago
AFTER_NO_AUTHORIZATION = timedelta(hours=1)
AFTER_OUTAGE = timedelta(minutes=1)
A_DAY = 86_400.0

Row = TypeVar("Row", SyncCursor, Backfill, Report, BulkJob)


class LostLease(Exception):
    """Another worker took over: this one was too slow. What it imported stays and is harmless."""

    def __init__(self) -> None:
        super().__init__(_("The lease ran out: another process goes on."))


@contextmanager
def lease(
    row: QuerySet[Row], now: datetime, *, only_due: bool, length: timedelta = LEASE
) -> Iterator[Row | None]:
    """Be the only one to read for this row. In the database: it ends by itself if we die.

    `row` selects it by columns of its own, so that taking the lease is one conditional UPDATE.
    None when another one has it or (`only_due`) when it is not due.
    """
    claim = uuid4()
    free = row.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))
    if only_due:
        free = free.filter(due_at__lte=now)
    taken = free.update(claim=claim, claimed_until=now + length)
    held = row.filter(claim=claim).first() if taken else None
    try:
        yield held
    finally:
        if held is not None:
            ours = row.model._base_manager.filter(pk=held.pk, claim=claim)
            ours.update(claim=None, claimed_until=None)


def keep(
    row: SyncCursor | Backfill | Report | BulkJob,
    now: datetime,
    fields: list[str],
    *,
    length: timedelta = LEASE,
) -> None:
    """Write `fields` and renew the lease; a lease that was lost ends the reading."""
    row.claimed_until = now + length
    if not save_if(row, fields=[*fields, "claimed_until"], claim=row.claim):
        raise LostLease


def search(
    account: SellerAccount,
    query: SearchQuery,
    token: str,
    *,
    client: SpApiClient,
    history: bool = False,
) -> OrdersPage:
    """One page: the first with the token "". Raises SpApiError or NoQuota."""
    return gateway.call(
        account,
        SEARCH_ORDERS,
        lambda api: api.search_orders(query, pagination_token=token or None),
        now=timezone.now(),
        client=client,
        history=history,
    )


def wait_after(error: Exception, account: SellerAccount) -> timedelta:
    """How soon to ask again depends on what went wrong."""
    interval = timedelta(seconds=account.poll_interval)
    if isinstance(error, NoQuota):
        return timedelta(seconds=error.seconds)
    if isinstance(error, Throttled):
        return timedelta(seconds=min(error.retry_after or account.poll_interval, A_DAY))
    if isinstance(error, NotAuthorized):
        return AFTER_NO_AUTHORIZATION
    if isinstance(error, Rejected):
        return max(AFTER_REFUSAL, interval)
    return min(AFTER_OUTAGE, interval) if isinstance(error, SpApiError) else AFTER_OUTAGE
