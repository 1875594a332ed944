"""What Amazon says now, laid over what is stored. In memory: nothing here has a database."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from channels.amazon.types import Address, Amounts, Buyer, FulfilledBy, Money, Status
from channels.models import ChannelOrder
from channels.services.merging import Merged, merge
from tests.channels.updates import FULL_ADDRESS, LATER, PACKAGE, first_seen, update
from tests.factories import NOW, PURCHASED, amazon_item, amazon_order
from tests.machines import changed_columns, columns

S = Status


# First sight


def test_the_first_update_fills_the_order():
    merged = first_seen(
        ship_by=LATER,
        deliver_by=LATER + timedelta(days=3),
        service_level="STANDARD",
        sales_channel="Amazon.se",
        programs=("PRIME",),
        replaces_order_id="702-0000000-0000000",
        buyer=Buyer(name="Åsa Öberg", email="asa@marketplace.amazon.se"),
        recipient=FULL_ADDRESS,
        packages=(PACKAGE,),
    )
    order = columns(merged.order)
    for name in ("id", "uid", "account_id", "store_id", "commerce_order_id", "imported_at"):
        del order[name]
    assert order == {
        "amazon_order_id": "702-1111111-2222222",
        "status": "unshipped",
        "placement": "awaiting",
        "hold_reason": "",
        "hold_detail": "",
        "amazon_status": "UNSHIPPED",
        "fulfilled_by": "merchant",
        "purchase_date": PURCHASED,
        "last_updated": NOW,
        "ship_by": LATER,
        "deliver_by": LATER + timedelta(days=3),
        "service_level": "STANDARD",
        "sales_channel": "Amazon.se",
        "programs": ["PRIME"],
        "replaces_order_id": "702-0000000-0000000",
        "currency": "SEK",
        "grand_total": Decimal("100.00"),
        "delivery_tip": None,
        "cancel_requested": False,
        "buyer": {"name": "Åsa Öberg", "email": "asa@marketplace.amazon.se"},
        "recipient": {
            "name": "Åsa Öberg",
            "line1": "Storgatan 1",
            "city": "Umeå",
            "country_code": "SE",
            "phone": "+46701740605",
        },
        "item_texts": None,
        "corrected_address": None,
        "corrected_at": None,
        "corrected_by": "",
        "packages": [
            {
                "reference": "1",
                "carrier": "PostNord",
                "tracking_number": "UA1SE",
                "shipped_at": NOW.isoformat(),
                "items": [["00000000000001", 1]],
            }
        ],
        "digest": b"first",
        "proven_at": None,
        "reserved_until": None,
        "holds_stock": False,
        "erased_at": None,
        "synced_at": NOW,
    }


def test_the_first_update_fills_the_items():
    amounts = Amounts(
        item=Decimal("90.00"),
        shipping=Decimal("10.00"),
        gift_wrap=Decimal("2.00"),
        cod_fee=Decimal("3.00"),
        other=Decimal("4.00"),
        discount=Decimal("-5.00"),
        tax=Decimal("26.00"),
        total=Decimal("130.00"),
        tax_detail=(("item", Decimal("24.00")), ("shipping", Decimal("2.00"))),
        tax_collected_by_amazon=True,
    )
    sent = amazon_item(
        quantity_ordered=2, condition="NEW", is_gift=True, programs=("SUBSCRIBE",), amounts=amounts
    )
    (item,) = first_seen(items=(sent,)).items
    stored = columns(item)
    del stored["id"], stored["order_id"]
    assert stored == {
        "order_item_id": "00000000000001",
        "asin": "B000000001",
        "seller_sku": "MUG",
        "title": "A mug",
        "condition": "NEW",
        "quantity_ordered": 2,
        "quantity_shipped": 0,
        "quantity_unshipped": None,
        "currency": "SEK",
        "unit_price": Decimal("100.00"),
        "item_amount": Decimal("90.00"),
        "shipping_amount": Decimal("10.00"),
        "gift_wrap_amount": Decimal("2.00"),
        "other_amount": Decimal("7.00"),
        "discount_amount": Decimal("-5.00"),
        "tax_amount": Decimal("26.00"),
        "total": Decimal("130.00"),
        "tax_detail": {"item": "24.00", "shipping": "2.00"},
        "tax_collected_by_amazon": True,
        "programs": ["SUBSCRIBE"],
        "is_gift": True,
        "cancel_requested": False,
    }


@pytest.mark.parametrize(
    ("status", "word", "note"),
    [
        (S.PENDING, "PENDING", "Pending at Amazon: payment is being verified."),
        (S.UNSHIPPED, "UNSHIPPED", "Unshipped at Amazon: ready to ship."),
        (S.SHIPPED, "SHIPPED", "Shipped at Amazon."),
        (S.CANCELED, "CANCELLED", "Canceled at Amazon."),
        (
            S.UNKNOWN,
            "LOST_AT_SEA",
            "Amazon sent a status the portal does not know: LOST_AT_SEA.",
        ),
    ],
)
def test_the_first_status_is_noted(status, word, note):
    merged = Merged(ChannelOrder(), [], is_new=True)
    told = amazon_order(status=status, amazon_status=word)
    merge(told, merged, digest=b"", now=NOW)
    assert [str(n) for n in merged.notes] == [note]
    assert (merged.order.status, merged.order.amazon_status) == (status, word)
    assert {n.actor for n in merged.notes} == {"amazon"}
    assert {n.timeline for n in merged.notes} == {merged.order.uid}


# A group that Amazon leaves out


@pytest.mark.parametrize(
    ("name", "value", "column", "stored"),
    [
        ("status", S.UNSHIPPED, "status", "unshipped"),
        ("fulfilled_by", FulfilledBy.MERCHANT, "fulfilled_by", "merchant"),
        ("service_level", "EXPEDITED", "service_level", "EXPEDITED"),
        ("ship_by", LATER, "ship_by", LATER),
        ("deliver_by", LATER, "deliver_by", LATER),
        ("sales_channel", "NON_AMAZON", "sales_channel", "NON_AMAZON"),
        ("replaces_order_id", "702-3-3", "replaces_order_id", "702-3-3"),
        ("grand_total", Money(amount=Decimal(7), currency="EUR"), "grand_total", Decimal(7)),
        ("grand_total", Money(amount=Decimal(7), currency="EUR"), "currency", "EUR"),
        ("buyer", Buyer(name="Ek"), "buyer", {"name": "Ek"}),
        ("recipient", Address(city="Umeå"), "recipient", {"city": "Umeå"}),
    ],
)
def test_what_amazon_leaves_out_stays(name, value, column, stored):
    merged = first_seen(**{name: value})
    update(merged, **{name: None})
    assert getattr(merged.order, column) == stored


@pytest.mark.parametrize("empty", [Buyer(), Address()])
def test_an_empty_group_blanks_nothing(empty):
    name = "buyer" if isinstance(empty, Buyer) else "recipient"
    merged = first_seen(buyer=Buyer(name="Ek"), recipient=Address(city="Umeå"))
    before = columns(merged.order)
    update(merged, **{name: empty})
    assert set(changed_columns(merged.order, before)) <= {"last_updated", "synced_at", "digest"}


def test_packages_left_out_stay_and_none_left_are_gone():
    merged = first_seen(packages=(PACKAGE,))
    update(merged, packages=None)
    assert len(merged.order.packages) == 1
    update(merged, packages=())
    assert merged.order.packages == []


@pytest.mark.parametrize(
    ("name", "column", "stored"),
    [
        ("quantity_shipped", "quantity_shipped", 1),
        ("asin", "asin", "B000000009"),
        ("seller_sku", "seller_sku", "CUP"),
        ("title", "title", "A cup"),
        ("condition", "condition", "USED"),
        ("currency", "currency", "EUR"),
        ("unit_price", "unit_price", Decimal(5)),
        ("amounts", "total", Decimal(6)),
        ("amounts", "tax_detail", {"item": "1"}),
        ("is_gift", "is_gift", True),
        ("cancel_requested", "cancel_requested", True),
    ],
)
def test_what_amazon_leaves_out_of_an_item_stays(name, column, stored):
    full = amazon_item(
        quantity_shipped=1,
        asin="B000000009",
        seller_sku="CUP",
        title="A cup",
        condition="USED",
        currency="EUR",
        unit_price=Money(amount=Decimal(5), currency="EUR"),
        amounts=Amounts(total=Decimal(6), tax_detail=(("item", Decimal(1)),)),
        is_gift=True,
        cancel_requested=True,
    )
    merged = first_seen(items=(full,))
    update(merged, items=(replace(full, **{name: None}),))
    assert getattr(merged.items[0], column) == stored


def test_an_order_without_a_total_is_in_the_currency_of_its_marketplace():
    merged = first_seen(grand_total=None, marketplace_id="A1VC38T7YXB528")
    assert (merged.order.grand_total, merged.order.currency) == (None, "JPY")


def test_a_marketplace_nobody_knows_has_no_currency():
    assert first_seen(grand_total=None, marketplace_id="UNKNOWN").order.currency == ""


def test_prices_that_come_later_are_filled_in():
    merged = first_seen(
        status=S.PENDING, grand_total=None, items=(amazon_item(amounts=None, unit_price=None),)
    )
    assert merged.items[0].total is None
    update(merged)
    assert merged.order.grand_total == Decimal("100.00")
    assert merged.items[0].total == Decimal("100.00")
    assert merged.items[0].unit_price == Decimal("100.00")


# Old news


def test_an_older_update_changes_nothing():
    merged = first_seen(buyer=Buyer(name="Ek"))
    before, item_before = columns(merged.order), columns(merged.items[0])
    older = amazon_order(
        last_updated=NOW - timedelta(seconds=1),
        status=S.CANCELED,
        items=(amazon_item(quantity_ordered=9, cancel_requested=True), amazon_item("2")),
        buyer=Buyer(name="Al"),
    )
    assert merge(older, merged, digest=b"older", now=LATER) is False
    assert changed_columns(merged.order, before) == {}
    assert changed_columns(merged.items[0], item_before) == {}
    assert (len(merged.items), merged.notes) == (1, [])


def test_an_update_of_the_same_moment_is_taken():
    merged = first_seen()
    same = amazon_order(last_updated=NOW, status=S.CANCELED, amazon_status="CANCELLED")
    assert merge(same, merged, digest=b"same", now=LATER) is True
    assert (merged.order.status, merged.order.digest) == ("canceled", b"same")


def test_the_same_update_twice_notes_nothing():
    merged = first_seen(recipient=FULL_ADDRESS)
    assert update(merged, recipient=FULL_ADDRESS) == []


# People


def test_an_address_of_which_amazon_withdraws_parts_stays_whole():
    merged = first_seen(recipient=FULL_ADDRESS)
    before = merged.order.recipient
    update(merged, recipient=replace(FULL_ADDRESS, phone=None, line1=None, name=None))
    assert merged.order.recipient is before  # not even sealed anew


def test_a_changed_address_replaces_the_whole_one():
    merged = first_seen(recipient=FULL_ADDRESS)
    update(merged, recipient=Address(line1="Nygatan 2", city="Luleå", country_code="SE"))
    assert merged.order.recipient == {
        "line1": "Nygatan 2",
        "city": "Luleå",
        "country_code": "SE",
    }


def test_parts_of_an_address_that_come_later_are_taken():
    merged = first_seen(recipient=Address(city="Umeå", country_code="SE"))
    update(merged, recipient=FULL_ADDRESS)
    assert merged.order.recipient["phone"] == "+46701740605"


def test_a_buyer_of_whom_amazon_withdraws_parts_stays_whole():
    merged = first_seen(buyer=Buyer(name="Åsa Öberg", email="a@marketplace.amazon.se"))
    before = merged.order.buyer
    update(merged, buyer=Buyer(email="a@marketplace.amazon.se"))
    assert merged.order.buyer is before


def test_a_buyers_new_mail_address_is_taken():
    merged = first_seen(buyer=Buyer(name="Åsa Öberg", email="a@marketplace.amazon.se"))
    update(merged, buyer=Buyer(email="b@marketplace.amazon.se"))
    assert merged.order.buyer == {"name": "Åsa Öberg", "email": "b@marketplace.amazon.se"}


def test_names_stay_as_sent():
    merged = first_seen(buyer=Buyer(name="  O'Brien 山田 "))
    assert merged.order.buyer == {"name": "  O'Brien 山田 "}


# Erased


def test_nothing_of_the_buyer_comes_back_once_it_was_erased():
    merged = first_seen(buyer=Buyer(name="Åsa Öberg"), recipient=FULL_ADDRESS)
    order = merged.order
    order.buyer = order.recipient = order.item_texts = None
    order.erased_at = NOW

    update(
        merged,
        status=Status.SHIPPED,
        amazon_status="SHIPPED",
        buyer=Buyer(name="Åsa Öberg", vat_id="SE556677889901"),
        recipient=FULL_ADDRESS,
        items=(amazon_item(gift_message="Grattis, mormor!", cancel_reason="Fel färg"),),
    )

    assert (order.buyer, order.recipient, order.item_texts) == (None, None, None)
    assert (order.status, order.last_updated) == ("shipped", LATER)
