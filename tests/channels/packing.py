"""Orders to pack, as the tests of papers use them."""

from decimal import Decimal

from channels.services.packing import parcels
from orders.models import Cancellation
from orders.services.holding import hold_order
from tests import factories

ADDRESS = {
    "name": "Åsa Öberg",
    "line1": "Storgatan 1",
    "postal_code": "114 55",
    "city": "Stockholm",
    "country_code": "SE",
    "phone": "+46 70 123 45 67",
}


def to_pack(**overrides):
    """A placed order with an address."""
    return factories.placed_order(**{"recipient": ADDRESS, **overrides})


def gift(message="Grattis!", **overrides):
    """An order of one gift; "" has no message."""
    item = factories.item(is_gift=True, total=Decimal("77.00"))
    texts = {"gift_messages": {item.order_item_id: message}} if message else None
    return to_pack(items=[item], item_texts=texts, **overrides)


def parcel(order, **more):
    (found,) = parcels([order.pk], **more)
    return found


def held(reason="fraud?"):
    order = to_pack()
    hold_order(order_id=order.commerce_order_id, reason=reason)
    return order


def being_canceled():
    order = to_pack()
    factories.cancellation(order=order.commerce_order, state=Cancellation.State.ACCEPTED)
    return order
