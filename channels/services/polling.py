"""The sweep: what changed at a seller account since last time, page by page.

One sweep per account and region, not per store: `searchOrders` answers for all marketplaces at once
and refills one call per 179 seconds. The watermark moves only after the last page is committed, to
the bound Amazon itself used, minus an overlap (its index is eventually consistent).
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop

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
from channels.models import AmazonStore, SellerAccount, SyncCursor, SyncRun
from channels.services import errors_log, gateway
from channels.services.answers import words
from channels.services.fetching import DATASETS
from channels.services.importing import PageResult, import_page
from channels.services.looking_again import look_again
from channels.services.quota import NoQuota
from channels.services.searching import (
    TOKEN_LIFE,
    LostLease,
    keep,
    lease,
    search,
    wait_after,
)
from orders.models.fields import save_if
from orders.sentences import gettext as _

STOPPED = gettext_noop("The worker stopped half-way.")
OVERLAP = timedelta(minutes=10)
MAX_PAGES = 500  # of one poll: a loop at Amazon's side ends here and goes on at the next poll


def due_accounts(now: datetime) -> list[int]:
    """Accounts to poll now: due, with an active store, and nobody sweeping. One statement."""
    return list(
        SyncCursor.objects.filter(
            Q(claimed_until__isnull=True) | Q(claimed_until__lt=now),
            due_at__lte=now,
            account__stores__active=True,
        )
        .order_by("due_at")
        .values_list("account_id", flat=True)
        .distinct()
    )


def accounts() -> list[int]:
    """Every account with an active store."""
    return list(
        SellerAccount.objects.filter(stores__active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
        .distinct()
    )


def poll_account(
    account_id: int, *, client: SpApiClient | None = None, only_due: bool = False
) -> SyncRun | None:
    """Sweep one account to its last page or the end of its quota; None when another one sweeps.

    `only_due`: also None when it is not due (any more), so that asking twice polls once.
    """
    now = timezone.now()
    row = SyncCursor.objects.filter(account_id=account_id).select_related("account")
    with lease(row, now, only_due=only_due) as cursor:
        if cursor is None:
            return None
        run = _start_run(account_id, now)
        try:
            _sweep(cursor, run, client)
        except (NoQuota, Throttled, LostLease) as exc:
            _stop(cursor, run, SyncRun.Outcome.PAUSED, exc)
        except SpApiError as exc:
            _stop(cursor, run, SyncRun.Outcome.FAILED, exc)
            if not isinstance(exc, NotAuthorized):  # which the gateway has logged
                errors_log.log_call_error(
                    cursor.account, exc, operation=SEARCH_ORDERS, now=timezone.now()
                )
        except Exception as exc:
            _stop(cursor, run, SyncRun.Outcome.FAILED, exc)
            raise
        return run


def _start_run(account_id: int, now: datetime) -> SyncRun:
    """A run of ours; one that is still marked as running was cut off, since we hold the lease."""
    SyncRun.objects.filter(account_id=account_id, outcome=SyncRun.Outcome.RUNNING).update(
        outcome=SyncRun.Outcome.FAILED, finished_at=now, detail=STOPPED
    )
    return SyncRun.objects.create(account_id=account_id, started_at=now)


def _sweep(cursor: SyncCursor, run: SyncRun, client: SpApiClient | None) -> None:
    account = cursor.account
    client = client or gateway.client_for(account)
    _start_or_resume(cursor)
    if not cursor.sweep_marketplaces:
        _end(run, SyncRun.Outcome.COMPLETE, _("No active store."))
        return
    seen_tokens = {cursor.next_token}
    while run.pages < MAX_PAGES:
        page = _page(account, cursor, client)
        now = timezone.now()
        result = import_page(account, page.orders, datasets=DATASETS, now=now)
        _count(run, result)
        cursor.sweep_bound = cursor.sweep_bound or page.last_updated_before or ""
        if page.next_token is None:
            _finish(cursor, now)
            look_again(account, client=client)
            _end(run, SyncRun.Outcome.COMPLETE)
            return
        going_round = page.next_token in seen_tokens
        seen_tokens.add(page.next_token)
        cursor.next_token = "" if going_round else page.next_token
        _save(cursor, now)
        if going_round:  # begin again: behind this page there may be more
            raise UnexpectedPayload(SEARCH_ORDERS, Detail("a page token came twice"))
    _end(run, SyncRun.Outcome.PAUSED, _("%(count)s pages in one poll.") % {"count": MAX_PAGES})


def _start_or_resume(cursor: SyncCursor) -> None:
    """Go on with a cut-off sweep while its token lives and asks for the same, else a new one."""
    now = timezone.now()
    marketplaces = sorted(
        AmazonStore.objects.filter(account=cursor.account, active=True).values_list(
            "marketplace_id", flat=True
        )
    )
    resumable = (
        cursor.next_token
        and cursor.sweep_started_at is not None
        and cursor.sweep_started_at > now - TOKEN_LIFE
        and cursor.sweep_marketplaces == marketplaces
    )
    if resumable:
        return
    cursor.sweep_after = cursor.watermark.isoformat()
    cursor.sweep_marketplaces = marketplaces
    cursor.sweep_bound = cursor.next_token = ""
    cursor.sweep_started_at = now
    _save(cursor, now)


def _page(account: SellerAccount, cursor: SyncCursor, client: SpApiClient) -> OrdersPage:
    query = SearchQuery(
        last_updated_after=parse_datetime(cursor.sweep_after),
        marketplace_ids=tuple(cursor.sweep_marketplaces),
        datasets=DATASETS,
    )
    try:
        return search(account, query, cursor.next_token, client=client)
    except Rejected:
        if cursor.next_token:  # one Amazon no longer takes: start again, never skip
            cursor.next_token = ""
            _save(cursor, timezone.now())
        raise


def _finish(cursor: SyncCursor, now: datetime) -> None:
    """The whole sweep is committed: the watermark may move, and never moves back."""
    bound = parse_datetime(cursor.sweep_bound) if cursor.sweep_bound else None
    if bound is not None:
        cursor.watermark = max(cursor.watermark, bound - OVERLAP)
    cursor.next_token = cursor.sweep_after = cursor.sweep_bound = ""
    cursor.sweep_started_at = None
    cursor.last_success_at = now
    cursor.due_at = now + timedelta(seconds=cursor.account.poll_interval)
    _save(cursor, now, "watermark", "last_success_at", "due_at")
    errors_log.resolve(cursor.account, [""], now=now, operation=SEARCH_ORDERS)


def _save(cursor: SyncCursor, now: datetime, *more: str) -> None:
    """Write the sweep and renew the lease; a lease that was lost ends this sweep."""
    fields = ["sweep_after", "sweep_marketplaces", "next_token", "sweep_bound", "sweep_started_at"]
    keep(cursor, now, [*fields, *more])


def _count(run: SyncRun, result: PageResult) -> None:
    run.pages += 1
    for name in ("seen", "created", "changed", "placed", "set_aside"):
        setattr(run, name, getattr(run, name) + getattr(result, name))
    run.save(update_fields=["pages", "seen", "created", "changed", "placed", "set_aside"])


def _end(run: SyncRun, outcome: str, detail: str = "") -> None:
    run.outcome, run.detail, run.finished_at = outcome, detail, timezone.now()
    run.save(update_fields=["outcome", "detail", "finished_at"])


def _stop(cursor: SyncCursor, run: SyncRun, outcome: str, error: Exception) -> None:
    """The watermark stays."""
    _end(run, outcome, words(error))
    cursor.due_at = timezone.now() + wait_after(error, cursor.account)
    save_if(cursor, fields=["due_at"], claim=cursor.claim)
