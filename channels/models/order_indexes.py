"""How Amazon orders are found: an index for each way to sort and for each list."""

from django.db import models
from django.db.models import Q

from channels.models.order_status import ANSWERED, TO_SHIP

INDEXES = [
    models.Index(
        fields=["-purchase_date", "-id"],
        condition=~Q(status__in=["pending", "pending_availability"]),
        name="channelorder_tab",
    ),
    # One for each way to sort; those of few values also serve the filter on them.
    models.Index(fields=["shown_status", "purchase_date", "id"], name="channelorder_by_status"),
    models.Index(fields=["fulfilled_by", "purchase_date", "id"], name="channelorder_by_fulfiller"),
    models.Index(fields=["ship_by", "id"], name="channelorder_by_ship_by"),
    models.Index(fields=["grand_total", "id"], name="channelorder_by_total"),
    models.Index(
        fields=["ship_by", "id"],
        condition=Q(fulfilled_by="merchant", status__in=TO_SHIP),
        name="channelorder_to_ship",
    ),
    models.Index(
        fields=["purchase_date", "id"],
        condition=Q(cancel_requested=True) & ~Q(status__in=ANSWERED),
        name="channelorder_cancel_asked",
    ),
    models.Index(fields=["store", "-purchase_date", "-id"], name="channelorder_store_newest"),
    models.Index(
        fields=["store", "hold_reason"],
        condition=Q(placement="held"),
        name="channelorder_held",
    ),
    models.Index(fields=["amazon_order_id"], name="channelorder_by_number"),
    models.Index(
        fields=["replaces_order_id"],
        condition=~Q(replaces_order_id=""),
        name="channelorder_replaces",
    ),
    models.Index(
        fields=["reserved_until"],
        condition=Q(holds_stock=True),
        name="channelorder_holding_stock",
    ),
]
