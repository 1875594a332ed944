"""The orders that rows of jobs stand for, as they are now."""

from django.utils.translation import gettext as _

from channels.models import BulkJobRow, ChannelOrder
from orders.models import CommerceOrder
from orders.services.errors import Refusal


def order_of(row: BulkJobRow) -> ChannelOrder:
    """Its channel order, with account and Commerce order. Raises Refusal."""
    orders = ChannelOrder.objects.select_related("account", "commerce_order")
    order: ChannelOrder | None = orders.filter(pk=row.order_id).first()
    if order is None:
        raise Refusal(_("There is no such order."))
    return order


def commerce_order_of(order: ChannelOrder) -> CommerceOrder:
    """Its Commerce order. Raises Refusal."""
    linked: CommerceOrder | None = order.commerce_order
    if linked is None:
        raise Refusal(_("It has no Commerce order."))
    return linked
