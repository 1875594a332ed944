"""Switching an Amazon store on and off."""

from django.db import transaction
from django.utils import timezone

from channels.models import AmazonStore
from channels.services.connecting import sweep_from


@transaction.atomic
def set_active(store_id: int, *, active: bool) -> None:
    """An inactive store is not polled; activated again, it catches up from where it was left."""
    store = AmazonStore.objects.select_for_update(of=("self",)).get(pk=store_id)
    if store.active == active:
        return
    now = timezone.now()
    if active and store.inactive_since is not None:
        sweep_from(store.account, store.inactive_since)
    store.active = active
    store.inactive_since = None if active else now
    store.save(update_fields=["active", "inactive_since"])
