"""Shipping one order after the other: the carrier it likely is, and the order that is next."""

from django.db.models import F, Q, QuerySet

from channels.models import ChannelOrder
from channels.models.order_status import MERCHANT_SHIPS
from orders.models import CommerceOrder, OutboxMessage, Package
from orders.models.commerce_order import OPEN_STATES
from orders.sales_channel import Carrier

RECENT = 500  # confirmations that are looked through, so that it costs the same at any size


def usual_carrier(order: CommerceOrder) -> Carrier | None:
    """That of the newest package somebody shipped of this store; one statement."""
    recent = OutboxMessage.objects.order_by("-pk").values("package")[:RECENT]
    store = ChannelOrder.objects.filter(commerce_order=order).values("store")
    packages = Package.objects.filter(pk__in=recent, order__channel_order__store__in=store)
    newest = packages.order_by("-pk").values_list("carrier_code", "carrier_name").first()
    return Carrier(code=newest[0], label=newest[0], name=newest[1]) if newest else None


def next_to_ship(order: CommerceOrder) -> CommerceOrder | None:
    """The one after this by ship-by moment, or the first; without those asked to be canceled."""
    here = ChannelOrder.objects.only("store_id", "ship_by").get(commerce_order=order)
    to_ship = ChannelOrder.objects.filter(
        MERCHANT_SHIPS,
        store=here.store_id,
        cancel_requested=False,
        commerce_order__state__in=OPEN_STATES,
    ).exclude(pk=here.pk)
    later = Q(ship_by__gt=here.ship_by) | Q(ship_by=here.ship_by, pk__gt=here.pk)
    after = _first(to_ship.filter(later)) if here.ship_by else None
    return after or _first(to_ship)


def _first(orders: QuerySet[ChannelOrder]) -> CommerceOrder | None:
    by_moment = orders.order_by(F("ship_by").asc(nulls_last=True), "pk")
    found = by_moment.select_related("commerce_order").only("commerce_order__number").first()
    return found.commerce_order if found else None
