"""How the tests bring addresses in, correct them, and look at what became of them."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from channels.amazon.wire_2026_01_01 import split_page
from channels.models import AmazonStore, ChannelOrder
from channels.services.addresses import (
    correct_address,
    drop_correction,
    shipping_address,
    version,
)
from customers.models import CustomerAddress
from orders.models import OrderNote
from tests.channels import pages
from tests.channels.pages import Draft
from tests.channels.shop import bring_raw

Wire = dict[str, Any]  # `recipient.deliveryAddress`
EMAIL = {"email": "anna@marketplace.amazon.se"}  # of pages.Draft


def bring_address(store: AmazonStore, address: Wire | None, draft: Draft = Draft()) -> None:  # noqa: B008  # frozen
    """Import the order as Amazon shows it with this address; None: with no recipient at all."""
    bring_addresses(store, (draft, address))


def bring_addresses(store: AmazonStore, *orders: tuple[Draft, Wire | None]) -> None:
    """A page of orders, each with its address."""
    page = []
    for draft, address in orders:
        order = pages.wire_order(draft)
        order.pop("recipient", None)
        if address is not None:
            order["recipient"] = {"deliveryAddress": address}
        page.append(order)
    result = bring_raw(store, split_page(pages.body(page), pages.DATASETS).orders)
    assert result.set_aside == 0


def somebody() -> User:
    return User.objects.get_or_create(username="kim")[0]


def correct(order: ChannelOrder, *, seen: str | None = None, **changes: str) -> None:
    """Correct these parts of the address as it is now; "" takes one out."""
    order = again(order)
    address = shipping_address(order) | changes
    seen = version(order) if seen is None else seen
    correct_address(order_id=order.pk, address=address, user=somebody(), seen=seen)


def drop(order: ChannelOrder, *, seen: str | None = None) -> None:
    seen = version(again(order)) if seen is None else seen
    drop_correction(order_id=order.pk, user=somebody(), seen=seen)


def again(order: ChannelOrder) -> ChannelOrder:
    """The order as it is stored now."""
    return ChannelOrder.objects.select_related("commerce_order", "store").get(pk=order.pk)


def commerce_address(order: ChannelOrder) -> tuple[str, dict[str, str]]:
    """Source and content of the Commerce order's address; it is the only one there is of it."""
    linked = again(order).commerce_order
    assert linked is not None
    assert linked.shipping_address is not None
    return linked.shipping_address.source, linked.shipping_address.address


def notes_of(order: ChannelOrder) -> list[str]:
    return [str(note) for note in OrderNote.objects.filter(timeline=order.uid).order_by("id")]


def every_stored_value() -> set[str]:
    """Every value of every address of the database, opened."""
    documents: list[Mapping[str, Any]] = [row.address for row in CustomerAddress.objects.all()]
    for order in ChannelOrder.objects.all():
        documents += [order.recipient or {}, *(order.corrected_address or {}).values()]
    assert json.dumps(documents)  # nothing but text
    return {value for document in documents for value in document.values()}
