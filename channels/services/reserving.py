"""Stock kept for orders whose payment Amazon still verifies (order settings, *Pending orders*)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from channels.models import ChannelOrder, OrderSettings, SellerAccount
from channels.policy import reserves_pending
from channels.services.facts import facts
from channels.services.matching import Catalog
from channels.services.merging import Merged
from orders.models import OrderNote
from orders.services.inventory import Event, Need, fresh_key, give_back, settle
from orders.services.notes import note

AT_ONCE = 500

NOT_RESERVED_NOTE = gettext_noop("Not reserved: SKU %(sku)s is short by %(units)s.")
EXPIRED_NOTE = gettext_noop("Pending for long: its reserved stock was released.")


def take_while_pending(
    merged: Merged, settings: OrderSettings, catalog: Catalog, *, now: datetime
) -> dict[int, int]:
    """Units by product that an order may keep while it is Pending, taken from `catalog`.

    Only what is salable: a Pending order oversells nothing.
    """
    order = merged.order
    if not reserves_pending(facts(merged), settings.rules()):
        return {}
    is_first = order.reserved_until is None
    if order.reserved_until is None:
        order.reserved_until = now + timedelta(days=settings.pending_reserve_days)
    if order.reserved_until <= now:
        return {}
    units = catalog.units(order, merged.items)
    for pk, count in list(units.items()):
        if (short := count - catalog.salable[pk]) > 0:
            del units[pk]
            if is_first:
                params = {"sku": catalog.sku(pk), "units": short}
                merged.notes.append(note(order.uid, NOT_RESERVED_NOTE, params=params))
    catalog.take(units)
    return units


def settle_pending(
    orders: Sequence[ChannelOrder],
    pending: Mapping[UUID, Mapping[int, int]],
    held: Mapping[UUID, Mapping[int, int]],
) -> None:
    """Bring the ledger to what these orders may keep; no statement where nothing changes.

    `pending` and `held`: units by product, by order (uid). What an order of `orders` holds and may
    no longer keep is released; if it is placed now, placing reserves.
    """
    needs = []
    for order in orders:
        units = pending.get(order.uid, {})
        if units == held.get(order.uid, {}):
            continue
        needs.append(
            Need(
                order_uid=order.uid,
                event=Event.PENDING if units else Event.RELEASED,
                object_key=fresh_key(order.uid),
                units=units,
            )
        )
        order.holds_stock = bool(units)
    settle(needs, held=held)


def release_expired(*, now: datetime) -> int:
    """Beat: give back what Pending orders have kept for too long; how many orders did."""
    due: defaultdict[int, list[int]] = defaultdict(list)
    expired = ChannelOrder.objects.filter(holds_stock=True, reserved_until__lte=now)
    for account_id, pk in expired.order_by("pk").values_list("account_id", "pk")[:AT_ONCE]:
        due[account_id].append(pk)
    return sum(_release(account_id, pks, now) for account_id, pks in sorted(due.items()))


@transaction.atomic
def _release(account_id: int, pks: Sequence[int], now: datetime) -> int:
    SellerAccount.objects.select_for_update(no_key=True).get(pk=account_id)  # as the import does
    expired = ChannelOrder.objects.select_for_update(of=("self",)).filter(
        pk__in=pks, holds_stock=True, reserved_until__lte=now
    )
    uids = list(expired.order_by("pk").values_list("uid", flat=True))
    give_back(uids, Event.RELEASED)
    ChannelOrder.objects.filter(uid__in=uids).update(holds_stock=False)
    OrderNote.objects.bulk_create(note(uid, EXPIRED_NOTE) for uid in uids)
    return len(uids)
