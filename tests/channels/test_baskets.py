"""Money, from Amazon's wire to the Commerce order: Amazon's own amounts to the cent, or held.

Baskets of every currency's decimals, with shipping, gift wrap, tax inside or on top, discounts of
either sign, zero lines and quantities that do not divide.
"""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.models import ChannelOrder
from orders.models import CommerceOrder, CommerceOrderLine
from orders.money import exponent
from tests.channels import pages
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring_raw, shop, texts

pytestmark = pytest.mark.django_db

COUNTRIES = ("SE", "US", "JP", "AE", "PL")
PARTS = ("item_amount", "shipping_amount", "gift_wrap_amount", "discount_amount", "tax_amount")


@st.composite
def baskets(draw):
    country = draw(st.sampled_from(COUNTRIES))
    unit = Decimal(1).scaleb(-exponent(Draft(country=country).marketplace.currency))

    def amount(most):
        return str(draw(st.integers(0, most)) * unit)

    lines = tuple(
        Line(
            sku=f"SKU-{position}",
            quantity=draw(st.integers(1, 7)),
            price=amount(99_999),
            shipping=amount(9_999),
            gift_wrap=amount(999),
            tax=amount(9_999),
            discount=f"-{amount(500)}",
        )
        for position in range(draw(st.integers(1, 4)))
    )
    return Draft(country=country, lines=lines)


def wire(draft, *, sign_of_discounts, off):
    """The order as Amazon sends it; `off`: its total is so many minor units beside the lines."""
    order = pages.wire_order(draft)
    for item in order["orderItems"]:
        for part in item["proceeds"]["breakdowns"]:
            if part["type"] == "DISCOUNT" and sign_of_discounts == "+":
                part["subtotal"]["amount"] = part["subtotal"]["amount"].lstrip("-")
    total = order["proceeds"]["grandTotal"]
    unit = Decimal(1).scaleb(-exponent(total["currencyCode"]))
    total["amount"] = str(Decimal(total["amount"]) + off * unit)
    return order


@given(baskets(), st.sampled_from("+-"), st.sampled_from([0, 0, 0, 1, -1, 100]))
@settings(max_examples=80)
def test_the_total_is_amazons_to_the_cent_or_the_order_is_held(draft, sign, off):
    sent = wire(draft, sign_of_discounts=sign, off=off)
    with transaction.atomic():
        bring_raw(shop(draft.country), pages.split_page(pages.body([sent]), pages.DATASETS).orders)
        _check(draft, Decimal(sent["proceeds"]["grandTotal"]["amount"]), off)
        transaction.set_rollback(True)


def _check(draft, total, off):
    order = ChannelOrder.objects.get()
    assert order.grand_total == total
    if off:
        lines = sum(line.total for line in draft.lines)
        assert (order.placement, order.hold_reason) == ("held", "total")
        difference = order.hold_detail.rpartition(" = ")[2]
        assert Decimal(difference) == total - lines
        assert difference in texts(draft)[-1]
        assert not CommerceOrder.objects.exists()
        return
    placed = CommerceOrder.objects.get()
    assert placed.grand_total == total
    assert placed.currency == draft.marketplace.currency
    rows = list(CommerceOrderLine.objects.order_by("pk"))
    assert sum(row.row_total for row in rows) == total
    assert [row.item_amount for row in rows] == [
        Decimal(li.price) * li.quantity for li in draft.lines
    ]
    for row in rows:
        assert sum(getattr(row, part) or 0 for part in PARTS) == row.row_total
        assert (row.discount_amount or 0) <= 0
    columns = ("subtotal", *PARTS[1:])
    assert sum(getattr(placed, column) or 0 for column in columns) == total
    assert not any("add up to" in text for text in texts(draft))
