"""Finding one order by either of its numbers."""

from django.db.models import Q

from channels.models import ChannelOrder
from orders.models import CommerceOrder
from orders.sentences import gettext as _
from orders.services.errors import Refusal


class NoSuchOrder(Refusal):
    """No order, or more than one, has this number."""


def find_order(number: str) -> ChannelOrder:
    """The channel order with this Amazon order id or Commerce order number."""
    found: list[ChannelOrder] = list(
        ChannelOrder.objects.select_related("commerce_order", "store", "account").filter(
            Q(amazon_order_id=number) | Q(commerce_order__number=number)
        )[:2]
    )
    if not found:
        raise NoSuchOrder(_("There is no order %(number)s.") % {"number": number})
    if len(found) > 1:
        names = ", ".join(str(order.store) for order in found)
        raise NoSuchOrder(
            _("Order %(number)s is not unique: stores %(names)s have one each.")
            % {"number": number, "names": names}
        )
    return found[0]


def find_commerce_order(number: str) -> CommerceOrder:
    """The Commerce order with either of these numbers."""
    order = find_order(number)
    if order.commerce_order is None:
        raise NoSuchOrder(_("Order %(order)s has no Commerce order.") % {"order": order})
    return order.commerce_order
