"""The orders somebody must do something about: late, due, asked to cancel, needing a person."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from channels.models import AmazonStore, ChannelOrder
from channels.models.order_status import ANSWERED, TO_SHIP, Placement
from channels.services.attention import needing_attention, with_ship_by
from channels.ship_by import Due, span
from orders.models import OutboxMessage

# As the partial indexes of ChannelOrder have it
ASKED_TO_CANCEL = Q(cancel_requested=True) & ~Q(status__in=ANSWERED)
MERCHANT_SHIPS = Q(fulfilled_by="merchant", status__in=TO_SHIP)


def due_on(
    orders: QuerySet[ChannelOrder], day: Due, stores: Iterable[AmazonStore], now: datetime
) -> QuerySet[ChannelOrder]:
    """Those of `orders` that the merchant has to ship on `day`, as each store counts its days."""
    if day is Due.LATE:
        return orders.filter(MERCHANT_SHIPS, ship_by__lt=now)
    in_zone: dict[ZoneInfo, list[int]] = {}
    for store in stores:
        in_zone.setdefault(store.zone, []).append(store.pk)
    that_day = Q(pk__in=[])
    for zone, pks in in_zone.items():
        start, end = span(day, now, zone)
        that_day |= Q(store__in=pks, ship_by__gte=start, ship_by__lt=end)
    return orders.filter(that_day, MERCHANT_SHIPS)


def needing_a_person(orders: QuerySet[ChannelOrder], now: datetime) -> QuerySet[ChannelOrder]:
    """Those that cannot be imported, are late, whose buyer wants to cancel, or whose confirmation
    Amazon refuses or does not show."""
    every = ChannelOrder.objects.order_by().values("pk")
    unsettled = needing_attention(with_ship_by(OutboxMessage.objects.order_by()), now)
    return orders.filter(
        pk__in=every.filter(placement=Placement.HELD).union(
            every.filter(MERCHANT_SHIPS, ship_by__lt=now),
            every.filter(ASKED_TO_CANCEL),
            every.filter(commerce_order__in=unsettled.values("package__order")),
            all=True,
        )
    )
