"""Amazon's answers to the merchant's side (orders/sales_channel.py)."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from channels.amazon.carriers import carriers_for
from channels.amazon.marketplaces import by_id
from channels.models import ChannelOrder
from channels.models.channel_order import Status
from channels.policy import grace_end
from channels.services import cancel_rules, delivery, errors_log
from orders.models import CommerceOrder, OutboxMessage, Package
from orders.models.outbox import State
from orders.sales_channel import Carrier
from orders.services.notes import add_note

FBM_SHIP_PLUS = "FBM_SHIP_PLUS"
PARTIALLY = "PARTIALLY_SHIPPED"  # Amazon's own word
# A status the portal does not know yet is for people to judge.
SHIPPABLE = (Status.UNSHIPPED, Status.PARTIALLY_SHIPPED, Status.UNKNOWN)
CANNOT_SHIP_NOTE = gettext_noop("Shipped here while Amazon's status is %(status)s.")


class AmazonSalesChannel:
    """Implements orders.sales_channel.SalesChannel."""

    def packages_created(
        self, order: CommerceOrder, packages: list[Package], *, all_shipped: bool, now: datetime
    ) -> None:
        """The channel order goes ahead of Amazon's list: it will not fall back to Unshipped."""
        channel_order = ChannelOrder.objects.select_for_update(of=("self",)).get(
            commerce_order=order
        )
        move = channel_order.ship if all_shipped else channel_order.ship_partially
        if can_proceed(move):
            move()
        else:
            status = channel_order.get_status_display()
            add_note(order.timeline, CANNOT_SHIP_NOTE, params={"status": status})
        channel_order.proven_at = None  # Amazon has yet to show these packages
        channel_order.save(update_fields=["status", "proven_at"])

    def grace(self, order: CommerceOrder, now: datetime) -> datetime:
        """By the order settings of its store, and never close to its ship-by moment."""
        minutes, ship_by = ChannelOrder.objects.values_list(
            "store__order_settings__grace_minutes", "ship_by"
        ).get(commerce_order=order)
        return grace_end(now, minutes=minutes, ship_by=ship_by)

    def units_wanted(self, order: CommerceOrder) -> dict[str, int]:
        """As Amazon counts them."""
        channel_order = ChannelOrder.objects.get(commerce_order=order)
        if channel_order.status == Status.CANCELED:
            return {}
        return {item.order_item_id: item.quantity_wanted for item in channel_order.items.all()}

    def package_taken_back(self, order: CommerceOrder, *, some_shipped: bool) -> None:
        """The channel order goes back to what is shipped, here or as Amazon says."""
        channel_order = ChannelOrder.objects.select_for_update(of=("self",)).get(
            commerce_order=order
        )
        if some_shipped or channel_order.amazon_status == PARTIALLY:
            move = channel_order.take_back_some_shipping
        else:
            move = channel_order.take_back_shipping
        if can_proceed(move):
            move()
            channel_order.save(update_fields=["status"])
        if some_shipped:  # and all of it may be proven, now that this one is gone
            delivery.mark_proven(channel_order.pk)

    def confirmations_dismissed(self, order: CommerceOrder, *, now: datetime) -> None:
        """The errors log has nothing open any more, unless another package was refused, too."""
        refused = OutboxMessage.objects.open().filter(state=State.REFUSED, package__order=order)
        if refused.exists():
            return
        channel_order = ChannelOrder.objects.select_related("account").get(commerce_order=order)
        errors_log.resolve(
            channel_order.account,
            [channel_order.amazon_order_id],
            now=now,
            operation=delivery.CONFIRM,
        )

    def refuses_shipping(self, order: CommerceOrder) -> str:
        """Amazon would refuse the confirmation: say so before anything is written."""
        channel_order = ChannelOrder.objects.get(commerce_order=order)
        if channel_order.is_fba:
            return _("Order %(number)s is fulfilled by Amazon: Amazon ships it.") % {
                "number": order.number
            }
        if channel_order.status == Status.SHIPPED:
            return _("Amazon shows order %(number)s shipped already.") % {"number": order.number}
        if channel_order.status not in SHIPPABLE:
            return _("Order %(number)s is %(status)s at Amazon: do not ship it.") % {
                "number": order.number,
                "status": str(channel_order.get_status_display()).lower(),
            }
        if FBM_SHIP_PLUS in channel_order.programs:
            return _("Order %(number)s is FBM Ship+: Amazon confirms it by itself.") % {
                "number": order.number
            }
        return ""

    def carriers(self, order: CommerceOrder) -> list[Carrier]:
        """Amazon's carrier codes, those of the order's marketplace first, then Other."""
        marketplace_id = (
            ChannelOrder.objects.filter(commerce_order=order)
            .values_list("store__marketplace_id", flat=True)
            .first()
        )
        return [Carrier(code=code, label=code) for code in carriers_for(marketplace_id or "")]

    def refuses_cancelling(self, order: CommerceOrder) -> str:
        """Amazon would refuse: say so before anything is written."""
        return cancel_rules.refuses(_of(order))

    def reasons_to_cancel(self, order: CommerceOrder) -> list[tuple[str, str]]:
        """Amazon's reasons, the buyer's own wish first where there is one."""
        return cancel_rules.reasons(_of(order))

    def order_url(self, order: CommerceOrder) -> str:
        """The order's page in Seller Central."""
        channel_order = _of(order)
        marketplace = by_id(channel_order.store.marketplace_id)
        return marketplace.order_page_url(channel_order.amazon_order_id) if marketplace else ""


def _of(order: CommerceOrder) -> ChannelOrder:
    channel_order: ChannelOrder = ChannelOrder.objects.select_related("store__order_settings").get(
        commerce_order=order
    )
    return channel_order
