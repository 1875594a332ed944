"""The backfill: history of one store, read beside live polling and never in its way.

`searchOrders` by time of creation, window by window, the newest first: what must be shipped comes
first, and how far it has come can be measured. A page goes through the import like any other.
Sweeps see whatever is created or changed meanwhile (docs/adr/0010-backfill-beside-live-polling.md).
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from channels.amazon.client import SpApiClient
from channels.amazon.errors import (
    Detail,
    NotAuthorized,
    Rejected,
    SpApiError,
    Throttled,
    UnexpectedPayload,
)
from channels.amazon.types import OrdersPage, SearchQuery
from channels.amazon.usage_plan import SEARCH_ORDERS
from channels.models import AmazonStore, Backfill
from channels.services import errors_log, gateway
from channels.services.answers import words
from channels.services.fetching import DATASETS
from channels.services.importing import PageResult, import_page
from channels.services.quota import NoQuota
from channels.services.searching import (
    TOKEN_LIFE,
    LostLease,
    keep,
    lease,
    search,
    wait_after,
)
from channels.troubles import BACKFILL
from orders.models.fields import save_if

# Widths of a window, in seconds.
FIRST, NARROWEST, WIDEST = 7 * 86_400, 3_600, 180 * 86_400
MANY_PAGES = 20  # of one window: a day and more at the pace of Amazon's quota
# Amazon takes no upper bound of less than two minutes ago. What is younger, sweeps see.
SETTLED = timedelta(seconds=130)
TURN = 10  # pages; then the worker is free for whatever came meanwhile


def start_backfill(store: AmazonStore, *, since: datetime, until: datetime) -> Backfill | None:
    """Have the orders of `store` that were placed from `since` to `until` read.

    An open backfill is extended. None when there is nothing to read.
    """
    until = min(until, timezone.now() - SETTLED)
    if since >= until:
        return None
    with transaction.atomic():
        backfill, created = Backfill.objects.select_for_update().get_or_create(
            store=store,
            finished_at=None,
            defaults={"since": since, "until": until, "reached": until, "window_seconds": FIRST},
        )
        if created:
            return backfill
        backfill.since = min(backfill.since, since)
        if until > backfill.until:
            backfill.until = backfill.reached = until
            backfill.next_token = ""
        _hand_over(backfill)
    return backfill


def shorten_backfill(store: AmazonStore, *, since: datetime) -> None:
    """Orders placed before `since` are no longer wanted: an open backfill goes no further back."""
    with transaction.atomic():
        open_ones = Backfill.objects.select_for_update().filter(store=store, finished_at=None)
        backfill = open_ones.first()
        if backfill is None or since <= backfill.since:
            return
        backfill.since = since
        if backfill.window_start and backfill.window_start < since:
            backfill.next_token = ""
        if backfill.reached <= since:
            backfill.finished_at = timezone.now()
        _hand_over(backfill)


def _hand_over(backfill: Backfill) -> None:
    """Write what is wanted now. Whoever is reading knows it differently, and loses the lease."""
    backfill.claim = backfill.claimed_until = None
    backfill.due_at = timezone.now()
    backfill.save(
        update_fields=[
            "since", "until", "reached", "next_token", "finished_at", "claim", "claimed_until",
            "due_at",
        ]
    )  # fmt: skip


def next_due(now: datetime) -> tuple[int, datetime] | None:
    """The backfill to go on with, and since when: due for longest. None while one is being read.

    One at a time, however many stores: the other workers are left to sweeps and deliveries.
    """
    unfinished = Backfill.objects.filter(finished_at=None)
    if unfinished.filter(claimed_until__gte=now).exists():
        return None
    due = unfinished.filter(due_at__lte=now, store__active=True).order_by("due_at", "pk")
    return due.values_list("pk", "due_at").first()


def open_backfills(store: AmazonStore | None = None) -> list[int]:
    """What is not finished, of all active stores or of one."""
    backfills = Backfill.objects.filter(finished_at=None, store__active=True)
    if store is not None:
        backfills = backfills.filter(store=store)
    return list(backfills.order_by("pk").values_list("pk", flat=True))


def read_to_the_end(backfill_id: int) -> Backfill | None:
    """Turn after turn, due or not, until it is finished or has to wait; None as below."""
    backfill = read_backfill(backfill_id)
    while backfill and not backfill.finished_at and backfill.due_at <= timezone.now():
        backfill = read_backfill(backfill_id)
    return backfill


def read_backfill(
    backfill_id: int, *, client: SpApiClient | None = None, due_at: datetime | None = None
) -> Backfill | None:
    """Read a turn of pages, and fewer when it is finished or has to wait before.

    None when another one reads it, its store is inactive, or there is nothing (more) to read; with
    `due_at` also when it is not due as of then (any more): each page moves that, so that of all who
    are asked for one turn one makes it.
    """
    row = Backfill.objects.filter(pk=backfill_id, finished_at=None).select_related("store__account")
    if due_at:
        row = row.filter(due_at=due_at)
    with lease(row, timezone.now(), only_due=bool(due_at)) as backfill:
        if backfill is None or not backfill.store.active:
            return None
        try:
            _read(backfill, client or gateway.client_for(backfill.store.account))
        except LostLease:
            return None
        except (NoQuota, Throttled) as exc:
            _stop(backfill, exc, detail="")  # waiting its turn is nothing to look at
        except SpApiError as exc:
            _stop(backfill, exc, detail=words(exc))
            if not isinstance(exc, NotAuthorized):  # which the gateway has logged
                errors_log.log_call_error(
                    backfill.store.account, exc, operation=BACKFILL, now=timezone.now()
                )
        except Exception as exc:
            _stop(backfill, exc, detail=words(exc))
            raise
        return backfill


def _read(backfill: Backfill, client: SpApiClient) -> None:
    account = backfill.store.account
    seen_tokens = set()
    for _ in range(TURN):
        _open_window(backfill, timezone.now())
        seen_tokens.add(backfill.next_token)
        page = _page(backfill, client)
        now = timezone.now()
        result = import_page(account, page.orders, datasets=DATASETS, now=now)
        if backfill.detail:
            errors_log.resolve(account, [""], now=now, operation=BACKFILL)
        _count(backfill, result)
        going_round = page.next_token in seen_tokens
        if page.next_token is None:
            _close_window(backfill, now)
        elif going_round:  # behind this page there may be more
            _begin_again(backfill)
        else:
            backfill.next_token = page.next_token
        backfill.due_at, backfill.detail = now, ""
        _save(backfill, now)
        if going_round:
            raise UnexpectedPayload(SEARCH_ORDERS, Detail("a page token came twice"))
        if backfill.finished_at:
            return


def _open_window(backfill: Backfill, now: datetime) -> None:
    """Go on with the window in progress while its token lives, else begin one."""
    opened_at = backfill.window_opened_at
    if backfill.next_token:
        if opened_at and opened_at > now - TOKEN_LIFE:
            return
        _begin_again(backfill)
    width = timedelta(seconds=backfill.window_seconds)
    backfill.window_start = max(backfill.since, backfill.reached - width)
    backfill.window_opened_at = now
    backfill.window_pages = 0


def _page(backfill: Backfill, client: SpApiClient) -> OrdersPage:
    query = SearchQuery(
        created_after=backfill.window_start,
        created_before=backfill.reached,
        marketplace_ids=(backfill.store.marketplace_id,),
        datasets=DATASETS,
    )
    account, token = backfill.store.account, backfill.next_token
    try:
        return search(account, query, token, client=client, history=True)
    except Rejected:
        if token:  # one Amazon no longer takes
            _begin_again(backfill)
            _save(backfill, timezone.now())
        raise


def _begin_again(backfill: Backfill) -> None:
    """This window is read anew, and less of it at a time: what went wrong may be its length."""
    assert backfill.window_start is not None
    seconds = (backfill.reached - backfill.window_start).total_seconds()
    backfill.window_seconds = narrower(int(seconds))
    backfill.next_token = ""


def _close_window(backfill: Backfill, now: datetime) -> None:
    """All of it is committed. The next window ends where this one begins: bounds are inclusive."""
    assert backfill.window_start is not None
    backfill.reached = backfill.window_start
    backfill.window_seconds = next_width(backfill.window_seconds, backfill.window_pages)
    backfill.window_start, backfill.next_token = None, ""
    if backfill.reached <= backfill.since:
        backfill.finished_at = now


def next_width(seconds: int, pages: int) -> int:
    """The width of the next window, when one of `seconds` had so many pages."""
    if pages <= 1:
        return min(seconds * 2, WIDEST)
    return narrower(seconds) if pages > MANY_PAGES else seconds


def narrower(seconds: int) -> int:
    """Half as wide."""
    return max(seconds // 2, NARROWEST)


def _count(backfill: Backfill, result: PageResult) -> None:
    backfill.pages += 1
    backfill.window_pages += 1
    backfill.seen += result.seen
    backfill.created += result.created
    backfill.placed += result.placed
    backfill.set_aside += result.set_aside


def _save(backfill: Backfill, now: datetime) -> None:
    """Write how far it is and renew the lease, with one statement."""
    fields = [
        "reached", "window_start", "window_seconds", "window_pages", "window_opened_at",
        "next_token", "pages", "seen", "created", "placed", "set_aside", "detail", "due_at",
        "finished_at",
    ]  # fmt: skip
    keep(backfill, now, fields)


def _stop(backfill: Backfill, error: Exception, *, detail: str) -> None:
    """It stays where it is, and goes on when that may help."""
    backfill.due_at = timezone.now() + wait_after(error, backfill.store.account)
    backfill.detail = detail
    save_if(backfill, fields=["due_at", "detail"], claim=backfill.claim)
