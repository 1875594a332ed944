"""What the timeline says moved: from what to what, for every event that changes something."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.amazon.types import instant_text
from channels.amazon.wire_2026_01_01 import split_page
from channels.models import ChannelOrder
from channels.services.following import follow
from channels.services.merging import Merged
from orders.models import CommerceOrder, OrderNote, OrderStatus, Product
from orders.services.holding import hold_order, unhold_order
from orders.services.taking_back import take_back_package
from tests import factories, portal
from tests.channels import pages
from tests.channels.correcting import bring_address, correct, drop
from tests.channels.pages import Draft
from tests.channels.shop import PENDING, UNSHIPPED, bring, bring_raw, shop
from tests.orders.shipping import draft, line_of, ship
from tests.timeline import history, moved

pytestmark = pytest.mark.django_db

CANCELED = replace(UNSHIPPED, status="CANCELLED", minutes=60)
HOME = {"name": "Anna", "addressLine1": "Storgatan 1", "city": "Umeå", "countryCode": "SE"}


def order():
    return ChannelOrder.objects.select_related("commerce_order").get()


def news():
    """What moved, of the newest note."""
    return moved(OrderNote.objects.latest("id"))


def test_a_new_order_has_moved_from_nowhere():
    bring(shop(), UNSHIPPED)
    assert history(order()) == [
        ("Unshipped at Amazon: ready to ship.", []),
        ("Commerce order 000000001 created.", []),
    ]


def test_every_status_at_amazon_says_which_one_it_was():
    store = shop()
    bring(store, PENDING)
    bring(store, UNSHIPPED)
    bring(store, CANCELED)
    assert history(order()) == [
        ("Pending at Amazon: payment is being verified.", []),
        ("Unshipped at Amazon: ready to ship.", ["Channel order: Pending → Unshipped"]),
        ("Commerce order 000000001 created.", []),
        ("Canceled at Amazon.", ["Channel order: Unshipped → Canceled"]),
        (
            "Commerce order 000000001 canceled; its stock is released.",
            ["Commerce order: Pending → Canceled"],
        ),
    ]


def bring_due(store, ship_by, deliver_by, *, minutes, status="UNSHIPPED"):
    """The order as Amazon shows it with these dates, in days from its purchase."""
    wire = pages.wire_order(Draft(minutes=minutes, status=status))
    for name, days in (("shipByWindow", ship_by), ("deliverByWindow", deliver_by)):
        moment = instant_text(pages.PURCHASED + timedelta(days=days))
        wire["fulfillment"][name] = {"latestDateTime": moment}
    bring_raw(store, split_page(pages.body([wire]), pages.DATASETS).orders)


def test_another_date_to_ship_by_is_told_the_first_is_not():
    store = shop()
    bring_due(store, 2, 5, minutes=30)
    count = OrderNote.objects.count()
    bring_due(store, 2, 5, minutes=40)
    assert OrderNote.objects.count() == count
    bring_due(store, 1, 5, minutes=50)
    note = OrderNote.objects.latest("id")
    assert (str(note), note.actor) == ("Amazon changed when the order is due.", "amazon")
    assert moved(note) == ["Ship by: 2026-03-04 09:30:00+00:00 → 2026-03-03 09:30:00+00:00"]
    bring_due(store, 1, 6, minutes=60)
    assert news() == ["Deliver by: 2026-03-07 09:30:00+00:00 → 2026-03-08 09:30:00+00:00"]
    bring_due(store, 3, 9, minutes=70, status="CANCELLED")
    told = [text for text, _moved in history(order())]
    assert told.count("Amazon changed when the order is due.") == 2


def test_shipping_moves_both_orders_and_its_last_package_says_so():
    placed = factories.placed_order(items=[factories.item(quantity=3)])
    line = line_of(placed)
    ship(placed, draft(quantities={line.pk: 1}))
    assert news() == [
        "Channel order: Unshipped → Partially shipped",
        "Commerce order: Pending → Processing",
    ]
    one = draft(quantities={line.pk: 1})
    ship(placed, one, one)
    *_, first, last = history(placed)
    assert (first[1], last[1]) == (
        [],
        ["Channel order: Partially shipped → Shipped", "Commerce order: Processing → Complete"],
    )


def test_taking_back_moves_them_back():
    store = factories.amazon_store(grace_minutes=60)
    placed = factories.placed_order(store=store)
    package = ship(placed).packages.get()
    take_back_package(package_id=package.pk)
    assert news() == [
        "Channel order: Shipped → Unshipped",
        "Commerce order: Complete → Processing",
    ]


def test_holding_and_releasing():
    placed = factories.placed_order()
    hold_order(order_id=placed.commerce_order_id, reason="fraud?", user="anna")
    assert news() == ["Commerce order: Pending → On Hold"]
    unhold_order(order_id=placed.commerce_order_id)
    assert news() == ["Commerce order: On Hold → Pending"]


def test_the_rest_canceled_completes_even_what_is_on_hold():
    bring(shop(), UNSHIPPED)
    portal.ship(UNSHIPPED.amazon_order_id, quantities={UNSHIPPED.item_id(0): 1})
    hold_order(order_id=order().commerce_order_id, reason="fraud?")
    bring(order().store, CANCELED)
    assert news() == ["Commerce order: On Hold → Complete"]


def test_what_holds_an_order_and_what_held_it():
    Product.objects.create(sku="MUG", enabled=False)
    store = shop(unknown_sku="hold", out_of_stock="hold")
    bring(store, Draft())
    assert news() == []  # the first cause is no news
    Product.objects.update(enabled=True, manage_stock=True, quantity=0)
    bring(store, Draft(minutes=40))
    assert news() == ["Cause: Product disabled → Out of stock"]
    Product.objects.update(quantity=9)
    bring(store, Draft(minutes=50))
    assert news() == ["Cause: Out of stock → –"]


def test_a_status_of_the_merchants_own():
    status = OrderStatus.objects.create(code="pick", label="To pick", state="processing")
    bring(shop(order_status="custom", processing_order_status=status), UNSHIPPED)
    assert news() == ["Order status: – → To pick"]


def test_of_an_address_only_the_parts_that_changed():
    store = shop()
    bring_address(store, HOME)
    bring_address(store, HOME | {"city": "Luleå", "postalCode": "97231"}, Draft(minutes=40))
    assert news() == ["Postcode", "City"]
    correct(order(), line1="Storgatan 11")
    assert news() == ["Address line 1"]
    drop(order())
    assert news() == ["Address line 1"]
    kept = [(note.params, note.changes) for note in OrderNote.objects.all()]
    for value in ("Storgatan", "Luleå", "97231"):
        assert value not in str(kept)


def test_nothing_left_to_ship_completes_the_order_and_says_so():
    placed = factories.placed_order(items=[factories.item(quantity=2)])
    ship(placed, draft(quantities={line_of(placed).pk: 1}))
    stored = order()
    (item,) = stored.items.all()
    item.quantity_unshipped, item.quantity_shipped = 0, 1
    merged = Merged(
        stored, [item], is_new=False, contents_changed=True, changed_items=[item],
        total_before=stored.grand_total,
    )  # fmt: skip
    follow([merged], now=factories.NOW)
    assert CommerceOrder.objects.get().state == "complete"
    told = merged.notes[-1]
    assert str(told) == f"Nothing of Commerce order {stored.commerce_order} is left to ship."
    assert moved(told) == ["Commerce order: Processing → Complete"]
