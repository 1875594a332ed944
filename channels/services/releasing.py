"""What changed (stock, products, SKU mappings, order settings) releases the orders it held."""

from collections import defaultdict

from django.db.models import Q

from channels.models import AmazonStore, ChannelOrder, OrderSettings
from channels.models.order_status import HIDDEN_STATUSES, Placement, Status
from channels.services.linking import link_lines, seller_skus
from channels.services.reconsidering import reconsider
from orders.models import ChangeEvent, Product

AT_ONCE = 500
ROUNDS = 10  # what is placed may free something in its turn

Topic = ChangeEvent.Topic
IS_HELD = Q(placement=Placement.HELD)
# Kept for by stock that may have come, gone, or be managed now.
MAY_RESERVE = Q(
    placement=Placement.AWAITING,
    status__in=HIDDEN_STATUSES,
    store__order_settings__pending_orders=OrderSettings.PendingOrders.RESERVE,
)
OVER = (Status.CANCELED, Status.UNFULFILLABLE)


def release_held() -> int:
    """Look again at the orders that wait for what changed; returns how many were placed.

    Beat calls it, and every command that changes something. An event is deleted after all that it
    is about was looked at: a crash looks again.
    """
    placed = 0
    for _ in range(ROUNDS):
        events = list(ChangeEvent.objects.order_by("pk")[:AT_ONCE])
        if not events:
            break
        placed += _products_changed([event for event in events if event.topic == Topic.PRODUCT])
        for event in events:
            if event.topic == Topic.SETTINGS:
                placed += _settings_changed(event)
    return placed


def _products_changed(events: list[ChangeEvent]) -> int:
    """Held orders with these products, and Pending ones that reserve them."""
    if not events:
        return 0
    pks = {event.object_id for event in events}
    products = list(Product.objects.filter(pk__in=pks).order_by("pk"))
    for product in products:
        link_lines(product)
    orders = ChannelOrder.objects.filter(
        IS_HELD | MAY_RESERVE, items__seller_sku__in=seller_skus(products)
    )
    waiting: defaultdict[int, set[int]] = defaultdict(set)
    for account_id, pk in orders.values_list("account_id", "pk"):
        waiting[account_id].add(pk)
    placed = sum(reconsider(account, sorted(pks)) for account, pks in sorted(waiting.items()))
    ChangeEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
    return placed


def _settings_changed(event: ChangeEvent) -> int:
    """Every order of the store that is not over and has no Commerce order, whatever the old
    settings made of it: some at a time, so that a great many are not begun again and again."""
    placed = 0
    store = AmazonStore.objects.filter(pk=event.object_id).first()
    while store is not None:
        orders = ChannelOrder.objects.filter(store=store, pk__gt=event.done_up_to)
        open_orders = orders.exclude(placement=Placement.PLACED).exclude(status__in=OVER)
        pks = list(open_orders.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not pks:
            break
        placed += reconsider(store.account_id, pks)
        event.done_up_to = pks[-1]
        event.save(update_fields=["done_up_to"])
    event.delete()
    return placed
