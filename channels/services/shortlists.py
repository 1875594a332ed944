"""The orders somebody must do something about: late, due, asked to cancel, needing a person."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from channels.models import AmazonStore, ChannelOrder
from channels.models.order_status import ASKED_TO_CANCEL, MERCHANT_SHIPS, Placement
from channels.services.attention import needing_attention, with_order
from channels.ship_by import Due, span
from orders.models import OutboxMessage


def due_on(
    orders: QuerySet[ChannelOrder], day: Due, stores: Iterable[AmazonStore], now: datetime
) -> QuerySet[ChannelOrder]:
    """Those of `orders` that the merchant has to ship on `day`, as each store counts its days."""
    if day is Due.LATE:
        return orders.filter(MERCHANT_SHIPS, ship_by__lt=now)
    in_zone: dict[ZoneInfo, list[int]] = {}
    for store in stores:
        in_zone.setdefault(store.zone, []).append(store.pk)
    if not in_zone:
        return orders.none()
    spans = {zone: span(day, now, zone) for zone in in_zone}
    first, last = min(start for start, _ in spans.values()), max(end for _, end in spans.values())
    that_day = Q()
    for zone, pks in in_zone.items():
        start, end = spans[zone]
        that_day |= Q(store__in=pks, ship_by__gte=start, ship_by__lt=end)
    # The outermost ends, for the index.
    return orders.filter(that_day, MERCHANT_SHIPS, ship_by__gte=first, ship_by__lt=last)


def causes(now: datetime) -> list[Q]:
    """Why orders need a person: they cannot be imported, are late, their buyer wants to cancel, or
    Amazon refuses or does not show their confirmation. Each has an index of its own."""
    unsettled = needing_attention(with_order(OutboxMessage.objects.order_by()), now)
    return [
        Q(placement=Placement.HELD),
        MERCHANT_SHIPS & Q(ship_by__lt=now),
        ASKED_TO_CANCEL,
        Q(pk__in=unsettled.values("channel_order")),  # type: ignore[misc]  # annotated
    ]


def needing_a_person(orders: QuerySet[ChannelOrder], now: datetime) -> QuerySet[ChannelOrder]:
    """Those that have one of the `causes`."""
    every = ChannelOrder.objects.order_by().values("pk")
    first, *rest = (every.filter(cause) for cause in causes(now))
    return orders.filter(pk__in=first.union(*rest, all=True))
