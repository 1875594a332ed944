"""Which orders Amazon lets a merchant ship."""

from django.utils.translation import gettext as _

from channels.models import ChannelOrder
from channels.models.channel_order import Status

FBM_SHIP_PLUS = "FBM_SHIP_PLUS"
# A status the portal does not know yet is for people to judge.
SHIPPABLE = (Status.UNSHIPPED, Status.PARTIALLY_SHIPPED, Status.UNKNOWN)


def refuses(order: ChannelOrder) -> str:
    """Why Amazon would refuse a confirmation of this order; "" when it would not."""
    number = {"number": order.commerce_order or order.amazon_order_id}
    if order.is_fba:
        return _("Order %(number)s is fulfilled by Amazon: Amazon ships it.") % number
    if order.status == Status.SHIPPED:
        return _("Amazon shows order %(number)s shipped already.") % number
    if order.status not in SHIPPABLE:
        status = str(order.get_status_display()).lower()
        return _("Order %(number)s is %(status)s at Amazon: do not ship it.") % {
            **number,
            "status": status,
        }
    if FBM_SHIP_PLUS in order.programs:
        return _("Order %(number)s is FBM Ship+: Amazon confirms it by itself.") % number
    return ""
