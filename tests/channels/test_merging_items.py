"""Items of an order and buyers' own words, laid over what is stored."""

from decimal import Decimal

import pytest

from channels.amazon.types import Amounts
from tests.channels.updates import first_seen, update
from tests.factories import amazon_item

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
