"""Switching an Amazon store on and off."""

from django.db import transaction

from channels.models import AmazonStore, SyncCursor
from channels.services.connecting import sweep_from


@transaction.atomic
def set_active(store_id: int, *, active: bool) -> None:
    """An inactive store is not polled; activated again, it catches up from where it was left."""
    store = AmazonStore.objects.select_for_update(of=("self",)).get(pk=store_id)
    if store.active == active:
        return
    if active and store.inactive_since is not None:
        sweep_from(store.account, store.inactive_since)
    store.active = active
    # Not the clock: what Amazon changed since the last whole sweep has not been seen.
    cursor = SyncCursor.objects.filter(pk=store.account_id).first()
    store.inactive_since = None if active or cursor is None else cursor.watermark
    store.save(update_fields=["active", "inactive_since"])
