"""What changed (stock, products, SKU mappings, order settings) releases the orders it held."""

from collections import defaultdict

from django.db.models import Q

from channels.models import ChannelOrder, OrderSettings
from channels.models.channel_order import HIDDEN_STATUSES, Placement, Status
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
        placed += _look_again(events)
        ChangeEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
    return placed


def _look_again(events: list[ChangeEvent]) -> int:
    changed = defaultdict(set)
    for event in events:
        changed[event.topic].add(event.object_id)
    products = list(Product.objects.filter(pk__in=changed[Topic.PRODUCT]).order_by("pk"))
    for product in products:
        link_lines(product)
    waiting: defaultdict[int, set[int]] = defaultdict(set)
    for condition in (_of_products(products), _of_stores(changed[Topic.SETTINGS])):
        orders = ChannelOrder.objects.filter(condition).exclude(placement=Placement.PLACED)
        for account_id, pk in orders.values_list("account_id", "pk"):
            waiting[account_id].add(pk)
    return sum(reconsider(account_id, sorted(pks)) for account_id, pks in sorted(waiting.items()))


def _of_products(products: list[Product]) -> Q:
    if not products:
        return Q(pk__in=[])
    return (IS_HELD | MAY_RESERVE) & Q(items__seller_sku__in=seller_skus(products))


def _of_stores(pks: set[int]) -> Q:
    """Order settings are for every order that is not over, whatever the old ones made of it."""
    return Q(store__in=pks) & ~Q(status__in=OVER)
