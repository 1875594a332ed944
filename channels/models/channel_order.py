"""The Amazon order as this portal knows it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_fsm import FSMField, transition

from channels.models.order_indexes import INDEXES
from channels.models.order_status import (
    ANSWERED,
    HIDDEN_STATUSES,
    HOLD_REASONS,
    NOT_YET_SHIPPED,
    OPEN_STATUSES,
    SHOWN_STATUS,
    TO_SHIP,
    UNPLACED,
    Placement,
    Status,
)
from channels.models.store import AmazonStore, SellerAccount
from customers.sealed import BytesField, SealedField
from orders.models.commerce_order import CommerceOrder
from orders.models.fields import AmountField, GuardedByState


def _amazon_has_not_shipped(order: "ChannelOrder") -> bool:
    """True while Shipped is only our own word, ahead of Amazon's list."""
    return order.amazon_status != "SHIPPED"


class ChannelOrder(GuardedByState, models.Model):
    """An Amazon order. What Amazon says (`status`) and what we did (`placement`) are two machines.

    `uid` binds the sealed columns and is the timeline that the Commerce order shares.
    """

    Status = Status
    Placement = Placement

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    account = models.ForeignKey(SellerAccount, models.PROTECT, related_name="orders")
    store = models.ForeignKey(
        AmazonStore, models.PROTECT, related_name="orders", verbose_name=_("store")
    )
    amazon_order_id = models.CharField(_("order number"), max_length=32)
    commerce_order = models.OneToOneField(
        CommerceOrder,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="channel_order",
        verbose_name=_("Commerce order"),
    )
    status = FSMField(
        _("status"), max_length=24, choices=Status.choices, default=Status.UNKNOWN, protected=True
    )
    placement = FSMField(
        _("placement"),
        max_length=12,
        choices=Placement.choices,
        default=Placement.AWAITING,
        protected=True,
    )
    hold_reason = models.CharField(
        _("cause"), max_length=20, choices=list(HOLD_REASONS.items()), blank=True
    )
    hold_detail = models.CharField(_("cause in words"), max_length=500, blank=True)
    amazon_status = models.CharField(_("status at Amazon"), max_length=32, blank=True)

    fulfilled_by = models.CharField(
        _("fulfilled by"),
        max_length=8,
        choices=[("merchant", _("Merchant")), ("amazon", "Amazon")],
    )
    purchase_date = models.DateTimeField(_("purchase date"))
    last_updated = models.DateTimeField(_("last update at Amazon"))
    ship_by = models.DateTimeField(_("ship by"), null=True, blank=True)
    deliver_by = models.DateTimeField(_("deliver by"), null=True, blank=True)
    service_level = models.CharField(_("service level"), max_length=32, blank=True)
    sales_channel = models.CharField(_("sales channel"), max_length=32, blank=True)
    programs = models.JSONField(_("programs"), default=list, blank=True)
    replaces_order_id = models.CharField(_("replaces order"), max_length=32, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    grand_total = AmountField(_("grand total"))
    # Given to the driver, part of the total and of no line.
    delivery_tip = AmountField(_("delivery tip"))
    cancel_requested = models.BooleanField(_("cancel requested by the buyer"), default=False)
    # {"name", "email", "company", "purchase_order_number", "vat_id"}; None: not provided by Amazon
    buyer = SealedField(null=True)
    # keys of channels.amazon.types.Address; None: not provided by Amazon
    recipient = SealedField(null=True)
    # {"address": what staff made of it, "original": `recipient` as it was then}, keys as above;
    # None: nothing corrected. No sync touches it, and when `original` is not `recipient` any more,
    # Amazon's address changed afterwards. Read it with channels/services/addresses.py.
    corrected_address = SealedField(null=True)
    corrected_at = models.DateTimeField(_("address corrected"), null=True, blank=True)
    corrected_by = models.CharField(_("address corrected by"), max_length=150, blank=True)
    # {"gift_messages": {item id: text}, "cancel_reasons": {item id: text}}: buyers' own words
    item_texts = SealedField(null=True)
    # [{"reference", "carrier", "tracking_number", "shipped_at", "items": [[item id, quantity]]}]
    packages = models.JSONField(_("packages at Amazon"), default=list, blank=True)
    # BLAKE2b of the raw order as last imported: an unchanged one is recognised before decoding.
    digest = BytesField(max_length=16, editable=False)
    # When Amazon was seen to show everything that left the house. With a Complete Commerce order
    # this makes the channel order Completed.
    proven_at = models.DateTimeField(_("proven"), null=True, blank=True)
    # Stock of a Pending order: kept until then; `holds_stock` while the ledger has it.
    reserved_until = models.DateTimeField(_("stock reserved until"), null=True, blank=True)
    holds_stock = models.BooleanField(_("stock reserved"), default=False)
    # The buyer's data was erased on request: no sync brings it back.
    erased_at = models.DateTimeField(_("personal data erased"), null=True, blank=True)
    # Kept by the database: whoever writes `status`, `placement`, `proven_at` need not think of it.
    shown_status = models.GeneratedField(
        expression=SHOWN_STATUS, output_field=models.CharField(max_length=24), db_persist=True
    )
    imported_at = models.DateTimeField(_("imported"), default=timezone.now, editable=False)
    synced_at = models.DateTimeField(_("last synced"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("correct_address", gettext_noop("Can correct shipping addresses")),
            ("print_channelorder", gettext_noop("Can print packing slips and pick lists")),
            ("export_channelorder", gettext_noop("Can export orders")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "amazon_order_id"], name="channelorder_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="channelorder_status_known"
            ),
            models.CheckConstraint(
                condition=Q(placement="placed", commerce_order__isnull=False)
                | Q(~Q(placement="placed"), commerce_order__isnull=True),
                name="channelorder_placed_means_linked",
            ),
            models.CheckConstraint(
                condition=Q(placement="held") ^ Q(hold_reason=""),
                name="channelorder_held_has_reason",
            ),
        ]
        indexes = INDEXES

    def __str__(self) -> str:
        return self.amazon_order_id

    @property
    def is_fba(self) -> bool:
        return self.fulfilled_by == "amazon"

    @property
    def on_orders_tab(self) -> bool:
        return self.status not in HIDDEN_STATUSES

    @property
    def tab_status(self) -> tuple[str, object]:
        """Code and label as the Orders tab shows them: Amazon's status, or Error, or Completed."""
        if self.placement == Placement.HELD:
            return "error", _("Error")
        if self.is_completed:
            return "completed", _("Completed")
        return self.status, Status(self.status).label

    @property
    def is_completed(self) -> bool:
        """The linked Commerce order is Complete, and Amazon shows all that left the house."""
        is_open = self.status in OPEN_STATUSES
        return bool(self.placement == Placement.PLACED and self.proven_at and not is_open)

    @property
    def is_late(self) -> bool:
        """Still to ship, and the latest ship date is over."""
        return bool(self.is_to_ship and self.ship_by and self.ship_by < timezone.now())

    @property
    def is_to_ship(self) -> bool:
        """The merchant has to ship it, or the rest of it."""
        return self.status in TO_SHIP and not self.is_fba

    @property
    def is_asked_to_cancel(self) -> bool:
        """The buyer asked to cancel and has no answer yet."""
        return self.cancel_requested and self.status not in ANSWERED

    # Amazon's word. Each target lists where it may come from; what is not listed is refused.

    @transition(field=status, source=Status.UNKNOWN, target=Status.PENDING_AVAILABILITY)
    def amazon_pending_availability(self) -> None: ...

    @transition(
        field=status,
        source=(Status.UNKNOWN, Status.PENDING_AVAILABILITY, Status.UNSHIPPED),
        target=Status.PENDING,
    )
    def amazon_pending(self) -> None:
        """From Unshipped too: Amazon verifies an order again, rarely."""

    @transition(
        field=status,
        source=(Status.UNKNOWN, Status.PENDING_AVAILABILITY, Status.PENDING),
        target=Status.UNSHIPPED,
    )
    def amazon_unshipped(self) -> None: ...

    @transition(
        field=status, source=(Status.UNKNOWN, *NOT_YET_SHIPPED), target=Status.PARTIALLY_SHIPPED
    )
    def amazon_partially_shipped(self) -> None: ...

    @transition(
        field=status,
        source=(Status.UNKNOWN, *NOT_YET_SHIPPED, Status.PARTIALLY_SHIPPED),
        target=Status.SHIPPED,
    )
    def amazon_shipped(self) -> None: ...

    @transition(
        field=status,
        source=(Status.UNKNOWN, *NOT_YET_SHIPPED, Status.PARTIALLY_SHIPPED),
        target=Status.CANCELED,
    )
    def amazon_canceled(self) -> None: ...

    @transition(
        field=status,
        source=Status.SHIPPED,
        target=Status.CANCELED,
        conditions=[_amazon_has_not_shipped],  # type: ignore[list-item]  # stub wants Model
    )
    def amazon_canceled_before_confirmation(self) -> None:
        """Shipped was our word; Amazon canceled before it heard of the package."""

    @transition(
        field=status, source=(Status.UNKNOWN, *NOT_YET_SHIPPED), target=Status.UNFULFILLABLE
    )
    def amazon_unfulfillable(self) -> None: ...

    # Our shipping, ahead of Amazon's list.

    @transition(
        field=status,
        source=(Status.UNSHIPPED, Status.PARTIALLY_SHIPPED),
        target=Status.PARTIALLY_SHIPPED,
    )
    def ship_partially(self) -> None: ...

    @transition(
        field=status, source=(Status.UNSHIPPED, Status.PARTIALLY_SHIPPED), target=Status.SHIPPED
    )
    def ship(self) -> None: ...

    @transition(
        field=status,
        source=(Status.SHIPPED, Status.PARTIALLY_SHIPPED),
        target=Status.UNSHIPPED,
        conditions=[_amazon_has_not_shipped],  # type: ignore[list-item]  # stub wants Model
    )
    def take_back_shipping(self) -> None:
        """Nothing is shipped any more, and Amazon was not told."""

    @transition(
        field=status,
        source=Status.SHIPPED,
        target=Status.PARTIALLY_SHIPPED,
        conditions=[_amazon_has_not_shipped],  # type: ignore[list-item]  # stub wants Model
    )
    def take_back_some_shipping(self) -> None:
        """Some packages are left."""

    # What the portal did with it.

    @transition(field=placement, source=UNPLACED, target=Placement.PLACED)
    def place(self, commerce_order: CommerceOrder) -> None:
        self.commerce_order = commerce_order
        self.hold_reason = self.hold_detail = ""

    @transition(field=placement, source=UNPLACED, target=Placement.HELD)
    def hold(self, reason: str, detail: str) -> None:
        self.hold_reason, self.hold_detail = reason, detail

    @transition(field=placement, source=UNPLACED, target=Placement.VIEW_ONLY)
    def view_only(self) -> None:
        self.hold_reason = self.hold_detail = ""

    @transition(field=placement, source=UNPLACED, target=Placement.IGNORED)
    def ignore(self) -> None:
        self.hold_reason = self.hold_detail = ""

    @transition(field=placement, source=UNPLACED, target=Placement.AWAITING)
    def wait(self) -> None:
        self.hold_reason = self.hold_detail = ""
