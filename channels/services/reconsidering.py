"""Orders without a Commerce order, looked at again: their cause may be gone."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from channels.models import AmazonStore, ChannelOrder, SellerAccount
from channels.models.channel_order import Placement
from channels.services.importing import stores_of, write
from channels.services.merging import Merged
from channels.services.placing import place

BATCH = 100


def reconsider_store(store: AmazonStore) -> int:
    """Decide again about every held order of a store; returns how many could be placed."""
    held = ChannelOrder.objects.filter(store=store, placement=Placement.HELD)
    pks = list(held.order_by("pk").values_list("pk", flat=True))
    return reconsider(store.account_id, pks)


def reconsider(account_id: int, pks: Sequence[int]) -> int:
    """Decide again about these orders of one account, as the import would. Twice is harmless."""
    starts = range(0, len(pks), BATCH)
    return sum(_reconsider(account_id, pks[start : start + BATCH]) for start in starts)


@transaction.atomic
def _reconsider(account_id: int, pks: Sequence[int]) -> int:
    account = SellerAccount.objects.select_for_update(no_key=True).get(pk=account_id)
    orders = (
        ChannelOrder.objects.select_for_update(of=("self",))
        .filter(pk__in=pks, account=account)
        .exclude(placement=Placement.PLACED)
        .order_by("pk")
        .prefetch_related("items")
    )
    batch = [Merged(order, list(order.items.all()), is_new=False) for order in orders]
    stores = {store.pk: store for store in stores_of(account).values()}
    placed = place(batch, stores, now=timezone.now())
    write(batch)
    return placed
