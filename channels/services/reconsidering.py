"""Orders without a Commerce order, looked at again: what they waited for may have come."""

import logging
from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazystr
from django.utils.translation import gettext_noop

from channels.models import AmazonStore, ChannelOrder, SellerAccount
from channels.models.order_status import HOLD_REASONS, Placement
from channels.policy import HoldReason
from channels.services import errors_log
from channels.services.bisecting import bisect
from channels.services.importing import stores_of, write
from channels.services.merging import Merged
from channels.services.placing import place
from orders.models.event import Actor
from orders.sentences import gettext as _
from orders.services.errors import Refusal
from orders.services.notes import note

log = logging.getLogger(__name__)

BATCH = 100
MAX_REASON = 200

BY_HAND_NOTE = gettext_noop("Created by hand although it was held (%(cause)s): %(reason)s")


class CannotPlace(Refusal):
    """The Commerce order cannot be created, not even by hand."""


def reconsider(account_id: int, pks: Sequence[int]) -> int:
    """Decide again about these orders of one account, as the import would. Twice is harmless.

    Returns how many Commerce orders were created. An order that the database refuses stays as it is
    and is told in the communication errors log; the others are not stopped by it.
    """
    placed = 0
    for start in range(0, len(pks), BATCH):
        batch = pks[start : start + BATCH]
        results = bisect(batch, partial(_reconsider, account_id), partial(_give_up, account_id))
        placed += sum(results)
    return placed


@transaction.atomic
def _reconsider(account_id: int, pks: Sequence[int]) -> int:
    account = SellerAccount.objects.select_for_update(no_key=True).get(pk=account_id)
    batch = [
        Merged(order, list(order.items.all()), is_new=False) for order in _locked(account, pks)
    ]
    placed = place(batch, _stores(account), now=timezone.now())
    write(batch)
    return placed


def _locked(account: SellerAccount, pks: Sequence[int]) -> list[ChannelOrder]:
    orders = (
        ChannelOrder.objects.select_for_update(of=("self",))
        .filter(pk__in=pks, account=account)
        .exclude(placement=Placement.PLACED)
    )
    return list(orders.order_by("pk").prefetch_related("items"))


def _stores(account: SellerAccount) -> dict[int, AmazonStore]:
    return {store.pk: store for store in stores_of(account).values()}


def _give_up(account_id: int, pk: int, exc: Exception) -> int:
    order = ChannelOrder.objects.select_related("account").get(pk=pk)
    log.error(  # without its words, which may quote the row
        "Order not placed: %s",
        type(exc).__name__,
        extra={"amazon_order_id": order.amazon_order_id},
    )
    errors_log.log_import_error(order.account, order.amazon_order_id, exc, now=timezone.now())
    return 0


@transaction.atomic
def place_by_hand(order_id: int, *, reason: str, user: str) -> ChannelOrder:
    """Create the Commerce order of a held order whatever holds it; the reason is noted.

    Raises CannotPlace, with nothing written: without a reason, and when it is not held (any more).
    """
    reason = " ".join(reason.split())
    if not reason:
        raise CannotPlace(_("Give a reason: it is kept in the order's history."))
    if len(reason) > MAX_REASON:
        raise CannotPlace(
            _("The reason is longer than %(count)s characters.") % {"count": MAX_REASON}
        )
    account_id = ChannelOrder.objects.values_list("account_id", flat=True).get(pk=order_id)
    account = SellerAccount.objects.select_for_update(no_key=True).get(pk=account_id)
    order = next(iter(_locked(account, [order_id])), None)
    if order is None or order.placement != Placement.HELD:
        raise CannotPlace(_("This order is not held (any more): look at it again."))
    cause = [HOLD_REASONS[HoldReason(order.hold_reason)]]
    if order.hold_detail:
        cause.append(lazystr(order.hold_detail))
    merged = Merged(order, list(order.items.all()), is_new=False)
    merged.notes.append(
        note(
            order.uid,
            BY_HAND_NOTE,
            actor=Actor.STAFF,
            user=user,
            params={"cause": cause, "reason": reason},
        )
    )
    if not place([merged], _stores(account), now=timezone.now(), by_hand=True):
        raise CannotPlace(_("Order settings do not import this order."))
    write([merged])
    return order
