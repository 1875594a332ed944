"""Which orders are to be packed now, and what is in them: for packing slips and pick lists.

What should not be packed is left out, with the reason, unless a person wants it all the same. That
is judged by what is stored: nobody can ask Amazon about hundreds of orders while a person waits.
The last look at Amazon comes when an order is shipped (sales_channel.refresh).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy

from channels.amazon.marketplaces import by_id
from channels.models import ChannelOrder, ChannelOrderItem
from channels.models.order_status import HIDDEN_STATUSES, Placement, Status
from channels.services.causes import cause_of
from orders.models import Cancellation, CommerceOrder, CommerceOrderLine, OrderNote, Product
from orders.models.commerce_order import OPEN_STATES
from orders.sentences import gettext as _
from orders.services.holding import HOLD_NOTE

MAX_ORDERS = 500
LETTER_COUNTRIES = {"US", "CA", "MX"}
BY_SHIP_DATE, BY_PURCHASE_DATE, BY_SKU = "ship_by", "purchase_date", "sku"
SORTS = {
    BY_SHIP_DATE: gettext_lazy("Ship by"),
    BY_PURCHASE_DATE: gettext_lazy("Purchase date"),
    BY_SKU: gettext_lazy("SKU"),
}


@dataclass(frozen=True, slots=True)
class Content:
    """Units of one item. `left` are still to ship, `wanted` are all but those canceled."""

    item: ChannelOrderItem
    line: CommerceOrderLine | None

    @property
    def sku(self) -> str:
        """The product's, where the item is matched to one."""
        return self.line.sku if self.line else self.item.seller_sku

    @property
    def title(self) -> str:
        return (self.line.name if self.line else "") or self.item.title

    @property
    def left(self) -> int:
        return self.line.quantity_left if self.line else self.item.quantity_left

    @property
    def wanted(self) -> int:
        if self.line is None:
            return self.item.quantity_wanted
        return self.line.quantity_ordered - self.line.quantity_canceled

    @property
    def product(self) -> Product | None:
        return self.line.product if self.line else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An order that is to be packed; `doubt` says why it should not be, "" when nothing does."""

    order: ChannelOrder
    contents: Sequence[Content]
    doubt: str

    @property
    def number(self) -> str:
        """The Commerce order's, else Amazon's."""
        return str(self.order.commerce_order or self.order)

    @property
    def seller(self) -> str:
        """The name of its Commerce store, within which its number is unique."""
        linked = self.order.commerce_order
        store = linked.store if linked else self.order.store.commerce_store
        return str(store.name)

    @property
    def size(self) -> str:
        """The paper of its marketplace."""
        marketplace = by_id(self.order.store.marketplace_id)
        is_letter = marketplace and marketplace.country_code in LETTER_COUNTRIES
        return "letter" if is_letter else "A4"


def parcels(order_ids: Collection[int], *, sort: str = BY_SHIP_DATE) -> list[Parcel]:
    """These orders by one of SORTS: five statements, however many they are."""
    orders = (
        ChannelOrder.objects.filter(pk__in=order_ids)
        .select_related("store__commerce_store", "commerce_order__store")
        .prefetch_related(
            "items",
            Prefetch("commerce_order__lines", CommerceOrderLine.objects.select_related("product")),
        )
    )
    cancellations = {
        cancellation.order_id: str(cancellation.get_state_display()).lower()
        for cancellation in Cancellation.objects.open().filter(order__channel_order__in=order_ids)
    }
    found = list(orders)
    reasons = _hold_reasons([order.uid for order in found])
    made = [_parcel(order, cancellations, reasons) for order in found]
    return sorted(made, key=lambda parcel: _key(parcel, sort))


def _key(parcel: Parcel, sort: str) -> tuple[object, ...]:
    order = parcel.order
    if sort == BY_SKU:
        return (sorted(content.sku for content in parcel.contents), order.pk)
    if sort == BY_SHIP_DATE:
        return (order.ship_by is None, order.ship_by or order.purchase_date, order.pk)
    return (order.purchase_date, order.pk)


def _hold_reasons(timelines: Sequence[UUID]) -> dict[UUID, str]:
    notes = OrderNote.objects.filter(timeline__in=timelines, text=HOLD_NOTE).order_by("id")
    return {note.timeline: str(note.params["reason"]) for note in notes}


def _parcel(order: ChannelOrder, cancellations: dict[int, str], reasons: dict[UUID, str]) -> Parcel:
    linked = order.commerce_order
    lines = {line.channel_item_id: line for line in linked.lines.all()} if linked else {}
    contents = [Content(item, lines.get(item.order_item_id)) for item in order.items.all()]
    doubt = _unfit(order) or _stopped(order, cancellations, reasons)
    if not doubt and not any(content.left for content in contents):
        doubt = _("Nothing is left to pack.")
    return Parcel(order=order, contents=contents, doubt=doubt)


def _unfit(order: ChannelOrder) -> str:
    """What Amazon's side says against packing."""
    if order.is_fba:
        return _("Fulfilled by Amazon: Amazon packs it.")
    if order.status in HIDDEN_STATUSES:
        return _("Amazon is verifying the payment. Do not ship yet.")
    if order.status == Status.CANCELED:
        return _("Canceled at Amazon.")
    if order.status == Status.UNFULFILLABLE:
        return _("Amazon says that it cannot be fulfilled.")
    if order.placement == Placement.HELD:
        return cause_of(order)
    return ""


def _stopped(order: ChannelOrder, cancellations: dict[int, str], reasons: dict[UUID, str]) -> str:
    """What was decided here, or wished by the buyer."""
    linked = order.commerce_order
    if linked and linked.state == CommerceOrder.State.CANCELED:
        return _("Canceled.")
    if linked and (state := cancellations.get(linked.pk)):
        return _("Being canceled: %(state)s. Do not ship.") % {"state": state}
    if linked and linked.state == CommerceOrder.State.ON_HOLD:
        return _("On hold: %(reason)s") % {"reason": reasons.get(order.uid, "–")}
    if order.status == Status.SHIPPED:
        if linked and linked.state in OPEN_STATES:
            return _("Amazon shows it shipped, but its Commerce order is still open.")
        return _("Nothing is left to pack.")
    if order.cancel_requested:
        return _("The buyer asked to cancel. Ship only if you cannot stop it.")
    return ""
