"""The order the merchant processes."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, transition

from customers.models import CommerceStore, Customer, CustomerAddress
from orders.models.fields import AmountField, GuardedByState


class State(models.TextChoices):
    """Adobe Commerce's order states; `on_hold` is its ``holded``."""

    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    ON_HOLD = "on_hold", _("On Hold")
    COMPLETE = "complete", _("Complete")
    CANCELED = "canceled", _("Canceled")
    CLOSED = "closed", _("Closed")


OPEN_STATES = (State.PENDING, State.PROCESSING)  # may be shipped
UNFINISHED_STATES = (*OPEN_STATES, State.ON_HOLD)  # what is left of them has to be shipped


class OrderStatus(models.Model):
    """A label of a state. Every state has one of its own code; merchants may add more."""

    code = models.SlugField(_("code"), max_length=32, primary_key=True)
    label = models.CharField(_("label"), max_length=64)
    state = models.CharField(_("state"), max_length=16, choices=State.choices)

    class Meta:
        verbose_name = _("order status")
        verbose_name_plural = _("order statuses")
        ordering = ["state", "code"]

    def __str__(self) -> str:
        return gettext(self.label)  # as it came; what a merchant makes of it has no translation


class CommerceOrder(GuardedByState, models.Model):
    """A Commerce order. Written by services only; `state` moves by transitions only."""

    State = State

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    # One timeline runs through the channel order and its Commerce order (orders/models/event.py).
    timeline = models.UUIDField(default=uuid4, unique=True, editable=False)
    # The three keys below are indexed together with the order of the list (Meta.indexes).
    store = models.ForeignKey(
        CommerceStore,
        models.PROTECT,
        related_name="orders",
        verbose_name=_("Commerce store"),
        db_index=False,
    )
    number = models.CharField(_("order number"), max_length=48)
    state = FSMField(
        _("state"), max_length=16, choices=State.choices, default=State.PENDING, protected=True
    )
    status = models.ForeignKey(
        OrderStatus, models.PROTECT, verbose_name=_("status"), db_index=False
    )
    state_before_hold = models.CharField(max_length=16, blank=True, editable=False)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,  # a guest order
        blank=True,
        related_name="orders",
        verbose_name=_("customer"),
        db_index=False,
    )
    shipping_address = models.ForeignKey(
        CustomerAddress,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shipping address"),
    )
    # Which sales channel it came from and its number there: words for people, not keys.
    channel = models.CharField(_("sales channel"), max_length=16, default="amazon")
    channel_number = models.CharField(_("channel order"), max_length=32, db_index=True)

    currency = models.CharField(_("currency"), max_length=3, blank=True)
    subtotal = AmountField(_("subtotal"))
    shipping_amount = AmountField(_("shipping"))
    gift_wrap_amount = AmountField(_("gift wrap"))
    other_amount = AmountField(_("other charges"))
    discount_amount = AmountField(_("discount"))
    tax_amount = AmountField(_("tax"))
    grand_total = AmountField(_("grand total"))

    # Created though a product had too little salable stock (order settings, or by hand).
    oversold = models.BooleanField(_("oversold"), default=False)
    purchased_at = models.DateTimeField(_("purchase date"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    canceled_at = models.DateTimeField(_("canceled"), null=True, blank=True)

    class Meta:
        verbose_name = _("Commerce order")
        verbose_name_plural = _("Commerce orders")
        permissions = [
            ("ship_commerceorder", gettext_noop("Can ship Commerce orders")),
            ("cancel_commerceorder", gettext_noop("Can cancel Commerce orders")),
            ("hold_commerceorder", gettext_noop("Can hold and unhold Commerce orders")),
            ("comment_commerceorder", gettext_noop("Can comment on orders")),
            ("dismiss_confirmation", gettext_noop("Can dismiss confirmations")),
            ("view_personal_data", gettext_noop("Can see personal data of buyers")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="commerceorder_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="commerceorder_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="complete") | Q(completed_at__isnull=False),
                name="commerceorder_complete_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-purchased_at", "-id"], name="commerceorder_newest"),
            models.Index(
                fields=["store", "-purchased_at", "-id"], name="commerceorder_store_newest"
            ),
            models.Index(
                fields=["status", "-purchased_at", "-id"], name="commerceorder_status_newest"
            ),
            models.Index(
                fields=["customer", "-purchased_at", "-id"], name="commerceorder_buyer_newest"
            ),
            models.Index(fields=["number"], name="commerceorder_by_number"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_guest(self) -> bool:
        return self.customer_id is None

    @transition(field=state, source=State.PENDING, target=State.PROCESSING)
    def start_processing(self) -> None:
        self.status_id = State.PROCESSING.value

    @transition(field=state, source=OPEN_STATES, target=State.COMPLETE)
    def complete(self, at: datetime) -> None:
        self.completed_at = at
        self.status_id = State.COMPLETE.value

    @transition(field=state, source=OPEN_STATES, target=State.ON_HOLD)
    def hold(self) -> None:
        self.state_before_hold = self.state
        self.status_id = State.ON_HOLD.value

    @transition(field=state, source=State.ON_HOLD, target=RETURN_VALUE(*OPEN_STATES))
    def unhold(self) -> str:
        """Back to where it was."""
        before = self.state_before_hold
        self.state_before_hold = ""
        self.status_id = before
        return before

    @transition(field=state, source=State.COMPLETE, target=State.PROCESSING)
    def reopen(self) -> None:
        """A shipment was taken back: something is left to ship again."""
        self.completed_at = None
        self.status_id = State.PROCESSING.value

    @transition(field=state, source=(*OPEN_STATES, State.ON_HOLD), target=State.CANCELED)
    def cancel(self, at: datetime) -> None:
        self.canceled_at = at
        self.status_id = State.CANCELED.value

    @transition(field=state, source=State.COMPLETE, target=State.CLOSED)
    def close(self) -> None:
        self.status_id = State.CLOSED.value


class CommerceOrderLine(models.Model):
    """One line; amounts are the channel's own for the whole quantity."""

    order = models.ForeignKey(
        CommerceOrder, models.CASCADE, related_name="lines", verbose_name=_("order")
    )
    product = models.ForeignKey(
        "orders.Product",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lines",
        verbose_name=_("product"),
    )
    channel_item_id = models.CharField(_("channel item"), max_length=32)
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=500, blank=True)
    quantity_ordered = models.PositiveIntegerField(_("ordered"))
    quantity_shipped = models.PositiveIntegerField(_("shipped"), default=0)
    quantity_canceled = models.PositiveIntegerField(_("canceled"), default=0)
    item_amount = AmountField(_("item"))
    shipping_amount = AmountField(_("shipping"))
    gift_wrap_amount = AmountField(_("gift wrap"))
    other_amount = AmountField(_("other charges"))
    discount_amount = AmountField(_("discount"))
    tax_amount = AmountField(_("tax"))
    # The channel keeps this tax and pays it to the state: it is not the merchant's revenue.
    tax_collected_by_channel = models.BooleanField(_("tax collected by the channel"), default=False)
    row_total = AmountField(_("row total"))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "channel_item_id"], name="commerceorderline_item_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity_ordered__gte=F("quantity_shipped") + F("quantity_canceled")),
                name="commerceorderline_shipped_within_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity_ordered} × {self.sku or self.channel_item_id}"

    @property
    def quantity_left(self) -> int:
        """Units that still have to be shipped."""
        return self.quantity_ordered - self.quantity_shipped - self.quantity_canceled
