"""Amazon's answers to the merchant's side (orders/sales_channel.py)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop
from django_fsm import can_proceed

from channels.amazon.marketplaces import by_id
from channels.amazon.unit_codes import is_unit_code
from channels.models import ChannelOrder
from channels.models.order_status import Status
from channels.policy import grace_end
from channels.services import (
    cancel_rules,
    carriers,
    confirming,
    delivery,
    errors_log,
    last_look,
    proving,
    ship_along,
    ship_rules,
)
from channels.services.merging import status_change
from channels.services.next_step import next_step
from channels.services.read_only import is_read_only
from channels.services.reported_shipments import number_of
from channels.services.sales import sales_changed
from channels.services.taking_over import take_over_stored
from orders.models import CommerceOrder, OutboxMessage, Package
from orders.models.event import Change
from orders.models.outbox import State
from orders.sales_channel import Carrier, Demands, InvoiceData, NextStep
from orders.services.notes import add_note

PARTIALLY, SHIPPED = "PARTIALLY_SHIPPED", "SHIPPED"  # Amazon's own words
COD_METHODS = {"JP": ("DirectPayment",)}  # ``codCollectionMethod``, which only Japan has
UNKNOWN = gettext_lazy("The portal has no channel order of it: nothing can be sent to Amazon.")
CANNOT_SHIP_NOTE = gettext_noop("Shipped here while Amazon's status is %(status)s.")


class AmazonSalesChannel:
    """Implements orders.sales_channel.SalesChannel."""

    def packages_created(
        self, order: CommerceOrder, packages: list[Package], *, all_shipped: bool, now: datetime
    ) -> list[Change]:
        """The channel order goes ahead of Amazon's list: it will not fall back to Unshipped."""
        channel_order = ChannelOrder.objects.select_for_update(of=("self",)).get(
            commerce_order=order
        )
        before = channel_order.status
        move = channel_order.ship if all_shipped else channel_order.ship_partially
        if can_proceed(move):
            move()
        else:
            status = Status(channel_order.status).label
            add_note(order.timeline, CANNOT_SHIP_NOTE, params={"status": status})
        channel_order.proven_at = None  # Amazon has yet to show these packages
        channel_order.save(update_fields=["status", "proven_at"])
        sales_changed([(channel_order.store_id, channel_order.purchase_date)])
        return status_change(before, channel_order)

    def grace(self, order: CommerceOrder, now: datetime) -> datetime:
        """By the order settings of its store, and never close to its ship-by moment."""
        minutes, ship_by = ChannelOrder.objects.values_list(
            "store__order_settings__grace_minutes", "ship_by"
        ).get(commerce_order=order)
        return grace_end(now, minutes=minutes, ship_by=ship_by)

    def is_told(self, order: CommerceOrder) -> bool:
        """Not in read-only mode."""
        return not is_read_only()

    def units_wanted(self, order: CommerceOrder) -> dict[str, int]:
        """As Amazon counts them."""
        channel_order = ChannelOrder.objects.get(commerce_order=order)
        if channel_order.status == Status.CANCELED:
            return {}
        return {item.order_item_id: item.quantity_wanted for item in channel_order.items.all()}

    def package_taken_back(self, order: CommerceOrder, *, some_shipped: bool) -> list[Change]:
        """The channel order goes back to what is shipped, here or as Amazon says."""
        channel_order = ChannelOrder.objects.select_for_update(of=("self",)).get(
            commerce_order=order
        )
        before = channel_order.status
        if some_shipped or channel_order.amazon_status == PARTIALLY:
            move = channel_order.take_back_some_shipping
        else:
            move = channel_order.take_back_shipping
        if can_proceed(move):
            move()
            channel_order.save(update_fields=["status"])
            sales_changed([(channel_order.store_id, channel_order.purchase_date)])
        if some_shipped:  # and all of it may be proven, now that this one is gone
            proving.mark_proven(channel_order.pk)
        if channel_order.packages or channel_order.amazon_status == SHIPPED:
            # These units were shipped elsewhere, too: now there is room for that.
            take_over = partial(take_over_stored, channel_order.pk)
            transaction.on_commit(take_over, robust=True)
        return status_change(before, channel_order)

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
        channel_order = _of(order)
        return ship_rules.refuses(channel_order, order) if channel_order else str(UNKNOWN)

    def package_corrected(self, order: CommerceOrder) -> None:
        """Amazon has yet to show it as it is now."""
        ChannelOrder.objects.filter(commerce_order=order).update(proven_at=None)

    def refuses_confirming(self, order: CommerceOrder) -> str:
        """Amazon has canceled it."""
        channel_order = _of(order)
        return confirming.refuses_confirming(channel_order) if channel_order else ""

    def refresh(self, order: CommerceOrder) -> str:
        """Read the order again when what is known is older than a minute.

        A person waits: the last calls of the quota are theirs, and the answer is asked for once.
        """
        channel_order = _of(order)
        return last_look.for_a_person(channel_order) if channel_order else str(UNKNOWN)

    def buyer_cancel_reasons(self, order: CommerceOrder) -> list[str] | None:
        """What buyers wrote, as far as Amazon passes it on."""
        channel_order = _of(order)
        if channel_order is None or not channel_order.cancel_requested:
            return None
        reasons = (channel_order.item_texts or {}).get("cancel_reasons", {})
        return list(dict.fromkeys(reasons.values()))

    def carriers(self, order: CommerceOrder) -> list[Carrier]:
        """Mapped names, then Amazon's codes, those of the order's marketplace first, then Other."""
        return carriers.choices(_marketplace_id(order))

    def usual_carrier(self, order: CommerceOrder) -> Carrier | None:
        """That of the newest package of the order's Amazon store."""
        return ship_along.usual_carrier(order)

    def next_to_ship(self, order: CommerceOrder) -> CommerceOrder | None:
        """Of the order's Amazon store."""
        return ship_along.next_to_ship(order)

    def resolve_carrier(self, order: CommerceOrder, text: str, name: str) -> Carrier:
        """Amazon's code that `text` means, or a mapping's."""
        return carriers.resolve(_marketplace_id(order), text, name)

    def demands(self, order: CommerceOrder) -> Demands:
        """Codes of Transparency items; how cash on delivery was taken, in Japan."""
        channel_order = _of(order)
        if channel_order is None:
            return Demands()
        items = channel_order.items.values_list("order_item_id", "programs")
        marketplace = by_id(channel_order.store.marketplace_id)
        return Demands(
            coded_items=frozenset(pk for pk, programs in items if ship_rules.is_coded(programs)),
            cod_methods=COD_METHODS.get(marketplace.country_code, ()) if marketplace else (),
        )

    def is_unit_code(self, code: str) -> bool:
        """Whether this can be a Transparency code or a serial number."""
        return is_unit_code(code)

    def numbers_shown(self, order: CommerceOrder) -> frozenset[int]:
        """References of Amazon's packages, as far as ours could be the same."""
        shown = ChannelOrder.objects.values_list("packages", flat=True).get(commerce_order=order)
        numbers = (number_of(package["reference"]) for package in shown)
        return frozenset(number for number in numbers if number)

    def refuses_cancelling(self, order: CommerceOrder) -> str:
        """Amazon would refuse: say so before anything is written."""
        channel_order = _of(order)
        return cancel_rules.refuses(channel_order) if channel_order else str(UNKNOWN)

    def reasons_to_cancel(self, order: CommerceOrder) -> list[tuple[str, str]]:
        """Amazon's reasons, the buyer's own wish first where there is one."""
        channel_order = _of(order)
        return cancel_rules.reasons(channel_order) if channel_order else []

    def next_step(self, order: CommerceOrder, packages: Sequence[Package]) -> NextStep:
        """As the channel order's own page says it."""
        channel_order = _of(order)
        if channel_order is None:
            return NextStep(tone="off", text=str(UNKNOWN))
        return next_step(channel_order, packages, now=timezone.now())

    def invoice_data(self, order: CommerceOrder) -> InvoiceData:
        """Buyer and tax per component, summed over the items."""
        channel_order = _of(order)
        if channel_order is None:
            return InvoiceData(buyer={}, taxes={})
        taxes: dict[str, Decimal] = {}
        collected = False
        for item in channel_order.items.all():
            collected |= item.tax_collected_by_amazon
            for component, amount in item.tax_detail.items():
                taxes[component] = taxes.get(component, Decimal(0)) + Decimal(amount)
        buyer = channel_order.buyer or {}
        return InvoiceData(buyer=buyer, taxes=taxes, tax_collected_by_channel=collected)

    def order_url(self, order: CommerceOrder) -> str:
        """The order's page in Seller Central."""
        channel_order = _of(order)
        marketplace = by_id(channel_order.store.marketplace_id) if channel_order else None
        return marketplace.order_page_url(order.channel_number) if marketplace else ""


def _of(order: CommerceOrder) -> ChannelOrder | None:
    """None of one that somebody deleted, or that never was: its page opens all the same."""
    found = ChannelOrder.objects.select_related("account", "store__order_settings")
    channel_order: ChannelOrder | None = found.filter(commerce_order=order).first()
    if channel_order:
        channel_order.commerce_order = order
    return channel_order


def _marketplace_id(order: CommerceOrder) -> str:
    found = ChannelOrder.objects.filter(commerce_order=order)
    return found.values_list("store__marketplace_id", flat=True).first() or ""
