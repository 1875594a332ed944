"""Whether Amazon would take a confirmation of an order: by what is stored, without a statement."""

from collections.abc import Collection

from channels.models import ChannelOrder
from channels.models.order_status import Status
from orders.models import CommerceOrder
from orders.sentences import gettext as _
from orders.sentences import lower

FBM_SHIP_PLUS = "FBM_SHIP_PLUS"
TRANSPARENCY = "TRANSPARENCY"
# A status the portal does not know yet is for people to judge.
SHIPPABLE = (Status.UNSHIPPED, Status.PARTIALLY_SHIPPED, Status.UNKNOWN)


def is_coded(programs: Collection[str]) -> bool:
    """Whether each unit of an item in these programs has a code that Amazon wants to know."""
    return TRANSPARENCY in programs


def refuses(channel_order: ChannelOrder, order: CommerceOrder | None) -> str:
    """Why Amazon would refuse it, in one sentence; "" when it would not."""
    number = {"number": order.number if order else channel_order.amazon_order_id}
    if channel_order.is_fba:
        return _("Order %(number)s is fulfilled by Amazon: Amazon ships it.") % number
    if channel_order.status == Status.SHIPPED:
        return _("Amazon shows order %(number)s shipped already.") % number
    if channel_order.status not in SHIPPABLE:
        return _("Order %(number)s is %(status)s at Amazon: do not ship it.") % {
            **number,
            "status": lower(Status(channel_order.status).label),
        }
    if FBM_SHIP_PLUS in channel_order.programs:
        return _("Order %(number)s is FBM Ship+: Amazon confirms it by itself.") % number
    return ""
