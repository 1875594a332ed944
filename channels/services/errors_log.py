"""The communication errors log: what went wrong with Amazon, one open row per cause."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from channels.amazon.errors import SpApiError
from channels.amazon.types import RawOrder
from channels.models import AmazonStore, ChannelOrder, CommunicationError, SellerAccount
from channels.services.answers import words
from channels.troubles import CONFIRM, IMPORT
from orders.sentences import gettext as _
from orders.services.errors import CannotDismiss

NO_NUMBER = "?"


def set_aside(account: SellerAccount, raw: RawOrder, cause: Exception, *, now: datetime) -> None:
    """Keep an order that could not be imported, with the reason and (sealed) what Amazon sent.

    Not what it sent of a buyer whose data was erased.
    """
    # An order without a readable id is told apart by its content.
    order_id = raw.amazon_order_id or f"{NO_NUMBER}{raw.digest.hex()[:24]}"
    with transaction.atomic():
        # Locked, so that nobody is forgotten between the look and the writing.
        stored = ChannelOrder.objects.select_for_update(of=("self",), no_key=True).filter(
            account=account, amazon_order_id=order_id
        )
        is_erased = any(stored.values_list("erased_at", flat=True))
        payload = None if is_erased else raw.raw.decode("utf-8", "replace")
        log_import_error(account, order_id, cause, payload=payload, now=now)


def log_import_error(
    account: SellerAccount,
    order_id: str,
    cause: Exception,
    *,
    now: datetime,
    payload: str | None = None,
) -> None:
    """An order could not be imported, and why."""
    log_error(
        account,
        operation=IMPORT,
        code=type(cause).__name__,
        message=words(cause) if isinstance(cause, SpApiError) else _safe(cause),
        request_id=cause.request_id if isinstance(cause, SpApiError) else "",
        amazon_order_id=order_id,
        payload=payload,
        now=now,
    )


def _safe(cause: Exception) -> str:
    """The kind of failure. A database's own words may quote the row: personal data."""
    return _("The order could not be stored (%(error)s).") % {"error": type(cause).__name__}


def log_call_error(
    account: SellerAccount, error: SpApiError, *, operation: str, now: datetime
) -> None:
    """A call for the whole account failed."""
    log_error(
        account,
        operation=operation,
        code=type(error).__name__,
        message=words(error),
        request_id=error.request_id,
        now=now,
    )


def log_error(
    account: SellerAccount,
    *,
    operation: str,
    code: str,
    message: str,
    now: datetime,
    amazon_order_id: str = "",
    request_id: str = "",
    payload: str | None = None,
) -> None:
    """One open row per (order, operation): a repeat counts up and refreshes it."""
    columns = {
        "store_id": _store_id(account, amazon_order_id),
        "code": code[:64],
        "message": message,
        "request_id": request_id[:64],
        "at": now,
    }
    with transaction.atomic():
        error, created = CommunicationError.objects.select_for_update().get_or_create(
            account=account,
            amazon_order_id=amazon_order_id,
            operation=operation,
            resolved_at=None,
            defaults={**columns, "payload": payload},
        )
        if not created:
            CommunicationError.objects.filter(pk=error.pk).update(times=F("times") + 1, **columns)


def _store_id(account: SellerAccount, amazon_order_id: str) -> int | None:
    """Where it happened: the order's store, or the only one the account has."""
    orders = ChannelOrder.objects.filter(account=account, amazon_order_id=amazon_order_id)
    of_order: int | None = orders.values_list("store_id", flat=True).first()
    if of_order:
        return of_order
    stores = AmazonStore.objects.filter(account=account).values_list("pk", flat=True)[:2]
    return stores[0] if len(stores) == 1 else None


def dismiss(error_id: int, *, user: str, now: datetime) -> bool:
    """A person has seen to it, or gives up; False when it is open no more.

    An order that was set aside is not fetched again. The same error opens a new row.
    """
    error = CommunicationError.objects.get(pk=error_id)
    if error.operation == CONFIRM:
        raise CannotDismiss(_("Dismiss the confirmation: this is settled with it."))
    still_open = CommunicationError.objects.filter(pk=error_id, resolved_at__isnull=True)
    return bool(still_open.update(resolved_at=now, resolved_by=user[:150]))


def open_of(account: SellerAccount, operation: str = IMPORT) -> QuerySet[CommunicationError]:
    """What is not resolved yet."""
    return CommunicationError.objects.filter(
        account=account, operation=operation, resolved_at__isnull=True
    )


def resolve(
    account: SellerAccount,
    order_ids: Sequence[str],
    *,
    now: datetime,
    operation: str = IMPORT,
) -> None:
    """The cause is gone: these orders, or (with "") the account's calls, work again."""
    open_of(account, operation).filter(amazon_order_id__in=order_ids).update(resolved_at=now)


def resolve_account(account: SellerAccount, *, now: datetime) -> None:
    """Amazon lets this account in again: whatever its calls failed with is over."""
    CommunicationError.objects.filter(
        account=account, amazon_order_id="", resolved_at__isnull=True
    ).update(resolved_at=now)
