"""What Amazon says now, laid over what is stored. In memory: nothing here has a database."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.amazon.types import (
    Address,
    AmazonOrder,
    AmazonPackage,
    Amounts,
    Buyer,
    FulfilledBy,
    Money,
    Status,
)
from channels.models import ChannelOrder
from channels.services.merging import Merged, merge
from tests.factories import NOW, PURCHASED, amazon_item, amazon_order
from tests.machines import changed_columns, columns

S = Status
LATER = NOW + timedelta(hours=1)
FULL_ADDRESS = Address(
    name="Åsa Öberg", line1="Storgatan 1", city="Umeå", country_code="SE", phone="+46701740605"
)
PACKAGE = AmazonPackage(
    package_reference_id="1",
    carrier="PostNord",
    tracking_number="UA1SE",
    shipped_at=NOW,
    items=(("00000000000001", 1),),
)


def first_seen(**overrides) -> Merged:
    """An order as its first update left it."""
    merged = Merged(ChannelOrder(amazon_order_id="702-1111111-2222222"), [], is_new=True)
    assert merge(amazon_order(**overrides), merged, digest=b"first", now=NOW)
    return Merged(merged.order, merged.items, is_new=False)


def update(merged: Merged, **overrides) -> list[str]:
    """Lay a newer update over `merged`; the notes that came of it."""
    before = len(merged.notes)
    told = amazon_order(**{"last_updated": LATER, **overrides})
    assert merge(told, merged, digest=b"later", now=LATER)
    return [str(note) for note in merged.notes[before:]]


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


# Status


def test_amazons_list_that_lags_behind_our_shipping_changes_nothing():
    merged = first_seen()
    merged.order.ship()
    assert update(merged, status=S.UNSHIPPED, amazon_status="UNSHIPPED") == []
    assert merged.order.status == "shipped"


def test_amazons_list_that_lags_behind_a_part_shipped_changes_nothing():
    merged = first_seen()
    merged.order.ship_partially()
    assert update(merged, status=S.UNSHIPPED, amazon_status="UNSHIPPED") == []
    assert merged.order.status == "partially_shipped"


def test_amazon_confirms_what_we_shipped_without_a_note():
    merged = first_seen()
    merged.order.ship()
    assert update(merged, status=S.SHIPPED, amazon_status="SHIPPED") == []
    assert (merged.order.status, merged.order.amazon_status) == ("shipped", "SHIPPED")


def test_a_refused_move_is_noted_once():
    merged = first_seen(status=S.SHIPPED, amazon_status="SHIPPED")
    back = {"status": S.UNSHIPPED, "amazon_status": "UNSHIPPED"}
    assert update(merged, **back) == ["Amazon's list says UNSHIPPED; the order stays Shipped here."]
    assert update(merged, **back, last_updated=LATER + timedelta(hours=1)) == []
    assert merged.order.status == "shipped"


def test_canceled_before_amazon_heard_of_our_package():
    merged = first_seen()
    merged.order.ship()
    assert update(merged, status=S.CANCELED, amazon_status="CANCELLED") == ["Canceled at Amazon."]
    assert (merged.order.status, merged.order.amazon_status) == ("canceled", "CANCELLED")


def test_canceled_after_amazon_itself_said_shipped_is_refused():
    merged = first_seen(status=S.SHIPPED, amazon_status="SHIPPED")
    assert update(merged, status=S.CANCELED, amazon_status="CANCELLED") == [
        "Amazon's list says CANCELLED; the order stays Shipped here."
    ]
    assert merged.order.status == "shipped"


def test_an_unknown_status_is_kept_as_a_word_and_noted_once():
    merged = first_seen()
    unknown = {"status": S.UNKNOWN, "amazon_status": "LOST_AT_SEA"}
    assert update(merged, **unknown) == [
        "Amazon sent a status the portal does not know: LOST_AT_SEA."
    ]
    assert update(merged, **unknown) == []
    assert (merged.order.status, merged.order.amazon_status) == ("unshipped", "LOST_AT_SEA")


def test_another_unknown_status_is_noted_again():
    merged = first_seen(status=S.UNKNOWN, amazon_status="LOST_AT_SEA")
    assert update(merged, status=S.UNKNOWN, amazon_status="FOUND") == [
        "Amazon sent a status the portal does not know: FOUND."
    ]


@pytest.mark.parametrize("status", [status for status in Status if status is not S.UNKNOWN])
def test_an_order_first_seen_in_an_unknown_status_takes_any_known_one(status):
    merged = first_seen(status=S.UNKNOWN, amazon_status="LOST_AT_SEA")
    update(merged, status=status, amazon_status=status.upper())
    assert merged.order.status == status


def test_a_word_of_amazons_that_is_too_long_is_cut_and_noted_once():
    merged = first_seen(status=S.UNKNOWN, amazon_status="X" * 99)
    assert merged.order.amazon_status == "X" * 32
    assert update(merged, status=S.UNKNOWN, amazon_status="X" * 99) == []


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


# Items


def test_quantities_follow_amazon_both_ways():
    merged = first_seen(items=(amazon_item(quantity_ordered=5, quantity_shipped=2),))
    update(merged, items=(amazon_item(quantity_ordered=3, quantity_shipped=3),))
    item = merged.items[0]
    assert (item.quantity_ordered, item.quantity_shipped, item.quantity_left) == (3, 3, 0)
    update(merged, items=(amazon_item(quantity_ordered=0, quantity_shipped=0),))
    assert (item.quantity_ordered, item.quantity_shipped) == (0, 0)


def test_an_item_that_comes_later_is_added():
    merged = first_seen()
    update(merged, items=(amazon_item(), amazon_item("2", seller_sku="CUP")))
    assert [item.seller_sku for item in merged.items] == ["MUG", "CUP"]


def test_an_item_that_amazon_no_longer_sends_stays():
    merged = first_seen(items=(amazon_item(), amazon_item("2")))
    update(merged, items=(amazon_item("2"),))
    assert [item.order_item_id for item in merged.items] == ["00000000000001", "2"]


def test_amounts_come_as_a_whole():
    merged = first_seen(
        items=(amazon_item(amounts=Amounts(item=Decimal(9), discount=Decimal(-1))),)
    )
    update(merged, items=(amazon_item(amounts=Amounts(item=Decimal(8))),))
    assert (merged.items[0].item_amount, merged.items[0].discount_amount) == (Decimal(8), None)


@pytest.mark.parametrize(
    ("cod_fee", "other", "stored"),
    [(None, None, None), ("3", None, "3"), (None, "4", "4"), ("3", "-3", "0")],
)
def test_other_charges_are_the_fees_amazon_sent(cod_fee, other, stored):
    def amount(text):
        return None if text is None else Decimal(text)

    amounts = Amounts(cod_fee=amount(cod_fee), other=amount(other))
    merged = first_seen(items=(amazon_item(amounts=amounts),))
    assert merged.items[0].other_amount == amount(stored)


def test_a_title_that_is_too_long_is_cut():
    assert first_seen(items=(amazon_item(title="x" * 900),)).items[0].title == "x" * 500


# Buyers' own words


def test_gift_messages_and_reasons_are_kept_by_item():
    items = (
        amazon_item("1", gift_message="Grattis!"),
        amazon_item("2", cancel_requested=True, cancel_reason="Too late"),
    )
    assert first_seen(items=items).order.item_texts == {
        "gift_messages": {"1": "Grattis!"},
        "cancel_reasons": {"2": "Too late"},
    }


def test_words_that_amazon_no_longer_sends_stay():
    merged = first_seen(items=(amazon_item("1", gift_message="Grattis!"),))
    before = merged.order.item_texts
    update(merged, items=(amazon_item("1"),))
    assert merged.order.item_texts is before


def test_new_words_join_the_old_ones():
    merged = first_seen(items=(amazon_item("1", gift_message="Grattis!"),))
    update(merged, items=(amazon_item("1"), amazon_item("2", gift_message="Hej")))
    assert merged.order.item_texts == {"gift_messages": {"1": "Grattis!", "2": "Hej"}}


def test_a_request_to_cancel_is_shown_and_noted_once():
    merged = first_seen()
    asked = (amazon_item(cancel_requested=True),)
    assert update(merged, items=asked) == ["The buyer asked to cancel this order."]
    assert merged.order.cancel_requested is True
    assert update(merged, items=asked) == []


def test_a_request_to_cancel_can_be_withdrawn():
    merged = first_seen(items=(amazon_item(cancel_requested=True),))
    update(merged, items=(amazon_item(cancel_requested=False),))
    assert merged.order.cancel_requested is False


# Any order of the same updates

STATUS_WALKS = [
    # what Amazon may say one after the other
    [S.PENDING_AVAILABILITY, S.PENDING, S.UNSHIPPED, S.PARTIALLY_SHIPPED, S.SHIPPED],
    [S.PENDING, S.UNSHIPPED, S.PENDING, S.UNSHIPPED, S.SHIPPED],
    [S.PENDING, S.UNSHIPPED, S.CANCELED],
    [S.PENDING, S.CANCELED],
    [S.UNSHIPPED, S.PARTIALLY_SHIPPED, S.CANCELED],
    [S.UNKNOWN, S.UNSHIPPED, S.SHIPPED],
    [S.PENDING, S.UNFULFILLABLE],
]


@st.composite
def histories(draw) -> list[AmazonOrder]:
    """The updates of one order, oldest first; each with every group."""
    amount = st.decimals(0, 999, places=2)
    quantity = st.integers(0, 5)
    name = st.text(min_size=1, max_size=5)

    def snapshot(position: int, status: Status) -> AmazonOrder:
        item = amazon_item(
            quantity_ordered=draw(quantity),
            quantity_shipped=draw(quantity),
            amounts=Amounts(item=draw(amount), total=draw(amount)),
            is_gift=draw(st.booleans()),
            cancel_requested=draw(st.booleans()),
        )
        return amazon_order(
            last_updated=NOW + timedelta(seconds=position),
            status=status,
            amazon_status=status.upper(),
            items=(item,),
            ship_by=NOW + timedelta(days=draw(quantity)),
            grand_total=Money(amount=draw(amount), currency="SEK"),
            buyer=Buyer(name=draw(name), email=draw(name)),
            recipient=Address(name=draw(name), city=draw(name)),
            packages=(PACKAGE,) if draw(st.booleans()) else (),
        )

    return [snapshot(*step) for step in enumerate(draw(st.sampled_from(STATUS_WALKS)))]


def stored_after(updates: list[AmazonOrder]) -> tuple[dict, list[dict]]:
    """What is stored in the end, but for what tells one run from another."""
    merged = Merged(ChannelOrder(amazon_order_id="702-1111111-2222222"), [], is_new=True)
    for told in updates:
        merge(told, merged, digest=str(told.last_updated).encode(), now=NOW)
        merged = Merged(merged.order, merged.items, is_new=False)
    order = columns(merged.order)
    del order["uid"], order["imported_at"]
    return order, [columns(item) for item in merged.items]


@given(st.data())
def test_updates_in_any_order_and_repeated_end_in_the_newest(data):
    history = data.draw(histories())
    arrivals = data.draw(
        st.lists(st.sampled_from(history), max_size=8).map(lambda more: [*history, *more])
    )
    arrivals = data.draw(st.permutations(arrivals))
    assert stored_after(arrivals) == stored_after(history[-1:])
