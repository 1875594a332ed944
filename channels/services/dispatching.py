"""What each account sends now, and on which way; and what is read back one by one."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from channels import way
from channels.amazon.usage_plan import CONFIRM_SHIPMENT, GET_ORDER
from channels.models import Feed, SellerAccount
from channels.services import feeding, quota
from channels.services.read_only import is_read_only
from orders.models import OutboxMessage
from orders.models.outbox import OutboxQuerySet

log = logging.getLogger(__name__)

CALL_SECONDS = 5.0  # between two dispatches of what is sent
LOOK_SECONDS = 10.0  # between two dispatches of what is looked for
MAX_FEED = 10_000  # messages of one feed: with a few items each below Amazon's 10 MiB
FEED_ATTEMPTS = 3  # what was tried so often goes by call
ACCOUNT = "package__order__channel_order__account"


@dataclass(frozen=True, slots=True)
class Turn:
    """What an account sends now: ids of confirmations."""

    account_id: int
    calls: list[int]
    feed: list[int]


def turns(now: datetime) -> Iterator[Turn]:
    """Every account with something to send. What is in neither list waits for the next turn.

    One statement where nothing is due; nothing is handed out in read-only mode.
    """
    if is_read_only():
        return
    may_be_fed = _feedable()
    counts = (
        _due(now)
        .order_by()
        .values(ACCOUNT)
        .annotate(all=Count("pk", distinct=True), fed=Count("pk", filter=may_be_fed, distinct=True))
        .order_by(ACCOUNT)
    )
    accounts = SellerAccount.objects.in_bulk([row[ACCOUNT] for row in counts])
    for row in counts:
        yield _turn(accounts[row[ACCOUNT]], now, fed=row["fed"], other=row["all"] - row["fed"])


def _turn(account: SellerAccount, now: datetime, *, fed: int, other: int) -> Turn:
    outlook = _outlook(account, now, fed + other)
    plan = way.choose(fed, outlook, ahead=other)
    calls = min(other + plan.calls, outlook.calls_within(CALL_SECONDS))
    due = _due(now).filter(**{ACCOUNT: account})
    others = list(due.exclude(_feedable()).values_list("pk", flat=True)[:calls]) if other else []
    by_feed = plan.feed and not outlook.feed_wait
    feedable = due.filter(_feedable()).values_list("pk", flat=True)
    ids = list(feedable[: calls - len(others) + (MAX_FEED if by_feed else 0)])
    by_call = calls - len(others)
    return Turn(account.pk, others + ids[:by_call], ids[by_call:])


def _outlook(account: SellerAccount, now: datetime, waiting: int) -> way.Outlook:
    """Feeds are asked about only where there are more packages than calls."""
    level = quota.look(account, CONFIRM_SHIPMENT)
    few = waiting <= level.tokens
    return way.Outlook(
        tokens=level.tokens,
        rate=level.rate,
        feed_wait=0.0 if few else feeding.feed_wait(account, now),
        feed_seconds=feeding.EXPECTED_SECONDS if few else feeding.feed_seconds(account),
    )


def _due(now: datetime) -> OutboxQuerySet:
    """Also what is in a feed that Amazon has not processed yet waits: its feed would overtake it
    (its number was corrected meanwhile)."""
    in_open_feed = OutboxMessage.objects.filter(feed_entries__feed__state__in=feeding.OPEN)
    due: OutboxQuerySet = OutboxMessage.objects.due(now).exclude(pk__in=in_open_feed)
    return due.filter(**{f"{ACCOUNT}__isnull": False})


def _feedable() -> Q:
    """What must be looked for first goes by call, and so does what was in a feed that failed: one
    bad message may be what fails it."""
    failed = OutboxMessage.objects.filter(feed_entries__feed__state=Feed.State.FAILED)
    return Q(outcome_unknown=False, attempts__lt=FEED_ATTEMPTS) & ~Q(pk__in=failed)


def looks(now: datetime) -> list[int]:
    """Channel orders to read back now: of each account as many as it has calls for."""
    waiting = OutboxMessage.objects.unproven(now)
    account_ids = waiting.order_by().values_list(ACCOUNT, flat=True).distinct()
    found: dict[int, None] = {}
    for account in SellerAccount.objects.filter(pk__in=account_ids):
        level = quota.look(account, GET_ORDER)
        calls = max(1, int(level.tokens + level.rate * LOOK_SECONDS))
        orders = waiting.filter(**{ACCOUNT: account}).values_list(
            "package__order__channel_order", flat=True
        )
        found |= dict.fromkeys(orders[:calls])
    return list(found)
