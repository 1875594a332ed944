"""Telling the sales channel what changed here: events in the transaction of the change."""

from collections.abc import Collection

from orders.models import ChangeEvent


def products_changed(pks: Collection[int]) -> None:
    """These products, or what is salable of them, are not what they were."""
    _write(ChangeEvent.Topic.PRODUCT, pks)


def settings_changed(store_id: int) -> None:
    """A sales channel's settings of one of its stores changed."""
    _write(ChangeEvent.Topic.SETTINGS, [store_id])


def _write(topic: ChangeEvent.Topic, object_ids: Collection[int]) -> None:
    if object_ids:
        ChangeEvent.objects.bulk_create(
            ChangeEvent(topic=topic, object_id=object_id) for object_id in sorted(object_ids)
        )
