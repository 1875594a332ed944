"""Placing: SKU mappings, stock that runs out, numbers by kind of order, amounts of no line."""

from decimal import Decimal
from functools import partial

import pytest

from channels.models import SkuMapping
from channels.services.importing import import_page
from orders.models import CommerceOrder, CommerceOrderLine, Product, Reservation
from orders.services.inventory import with_salable
from tests import factories
from tests.channels import pages
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, bring_raw, shop, shown, texts
from tests.factories import NOW
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


def salable(sku="MUG"):
    return with_salable(Product.objects.filter(sku=sku)).get().salable


def mugs(units, number=1, **more):
    return Draft(number=number, lines=(Line(sku="MUG", quantity=units),), **more)


# SKU mappings


def test_a_mapped_sku_is_the_product_it_stands_for():
    store, other = shop(), shop("DE")
    mapped = factories.product("CUP", quantity=10)
    own = factories.product("MUG", quantity=10)
    SkuMapping.objects.create(store=store, seller_sku="MUG", product=mapped)
    bring(store, mugs(2))
    bring(other, mugs(3, number=2, country="DE"))
    lines = CommerceOrderLine.objects.order_by("pk").values_list("product", "sku")
    assert list(lines) == [(mapped.pk, "CUP"), (own.pk, "MUG")]
    assert (salable("CUP"), salable("MUG")) == (8, 7)


def test_two_skus_of_one_product_need_their_units_together():
    store = shop(out_of_stock="hold")
    product = factories.product("MUG", quantity=3)
    SkuMapping.objects.create(store=store, seller_sku="MUG-2", product=product)
    draft = Draft(lines=(Line(sku="MUG", quantity=2), Line(sku="MUG-2", quantity=2)))
    bring(store, draft)
    assert (shown(draft)["hold_reason"], shown(draft)["hold_detail"]) == ("out_of_stock", "MUG")


# Oversold


def test_an_oversold_order_is_flagged_and_says_by_how_much():
    factories.product(quantity=3)
    bring(shop(), mugs(2, number=1), mugs(2, number=2), mugs(1, number=3))
    flags = CommerceOrder.objects.order_by("pk").values_list("oversold", flat=True)
    assert list(flags) == [False, True, True]
    assert "Oversold: SKU MUG is short by 1." in texts(mugs(2, number=2))
    assert salable() == -2


@pytest.mark.parametrize(
    "draft", [mugs(9, status="SHIPPED"), mugs(9, fulfilled_by="AMAZON", status="SHIPPED")]
)
def test_what_has_left_already_oversells_nothing(draft):
    factories.product(quantity=3)
    bring(shop(), draft)
    assert not CommerceOrder.objects.get().oversold
    assert salable() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("out_of_stock", ["hold", "oversell"])
def test_accounts_that_import_at_once_do_not_sell_the_last_unit_twice_unseen(out_of_stock):
    factories.product(quantity=2)
    stores = [shop(country, out_of_stock=out_of_stock) for country in ("SE", "DE", "PL", "GB")]
    raw = [
        pages.raw_orders([mugs(1, number=n, country=country)])
        for n, country in enumerate(("SE", "DE", "PL", "GB"), 1)
    ]
    results = in_parallel(
        [
            partial(import_page, store.account, page, datasets=pages.DATASETS, now=NOW)
            for store, page in zip(stores, raw, strict=True)
        ]
    )
    placed = sum(result.placed for result in results)
    flagged = CommerceOrder.objects.filter(oversold=True).count()
    if out_of_stock == "hold":
        assert (placed, flagged, salable()) == (2, 0, 0)
    else:
        assert (placed, flagged, salable()) == (4, 2, -2)


# Numbers


PREFIXES = {
    "number_prefix": "A-",
    "number_prefix_fba": "F-",
    "number_prefix_prime": "P-",
    "number_prefix_business": "B-",
}


@pytest.mark.parametrize(
    ("programs", "amazon", "left_out", "prefix"),
    [
        ([], False, (), "A-"),
        (["PRIME"], False, (), "P-"),
        (["AMAZON_BUSINESS"], False, (), "B-"),
        (["AMAZON_BUSINESS", "PRIME"], False, (), "P-"),
        (["PRIME"], True, (), "F-"),
        (["PRIME"], True, ("fba",), "P-"),
        (["AMAZON_BUSINESS", "PRIME"], False, ("prime",), "B-"),
        (["PRIME"], False, ("prime",), "A-"),
        (["PRIME"], False, ("prime", ""), ""),
    ],
)
def test_the_number_tells_the_kind_of_order(programs, amazon, left_out, prefix):
    names = {"number_prefix" + (f"_{kind}" if kind else "") for kind in left_out}
    store = shop(**{name: value for name, value in PREFIXES.items() if name not in names})
    wire = pages.wire_order(Draft(fulfilled_by="AMAZON", status="SHIPPED") if amazon else Draft())
    bring_raw(
        store, pages.split_page(pages.body([wire | {"programs": programs}]), pages.DATASETS).orders
    )
    assert CommerceOrder.objects.get().number == f"{prefix}000000001"


# Money


def test_a_delivery_tip_is_part_of_the_order_and_of_no_line():
    wire = pages.wire_order(Draft(lines=(Line(price="50.00"),)))
    wire["proceeds"]["grandTotal"]["amount"] = "55.00"
    tip = {"type": "DELIVERY_TIP", "status": "FINALIZED"}
    wire["proceeds"]["breakdowns"].append(
        tip | {"subtotal": {"amount": "5.00", "currencyCode": "SEK"}}
    )
    bring_raw(shop(), pages.split_page(pages.body([wire]), pages.DATASETS).orders)
    order = CommerceOrder.objects.get()
    assert (order.grand_total, order.other_amount) == (Decimal("55.00"), Decimal("5.00"))


def test_a_tip_that_amazon_may_still_change_is_waited_for():
    wire = pages.wire_order(Draft(lines=(Line(price="50.00"),)))
    tip = {"type": "DELIVERY_TIP", "status": "PENDING"}
    wire["proceeds"]["breakdowns"].append(
        tip | {"subtotal": {"amount": "5.00", "currencyCode": "SEK"}}
    )
    bring_raw(shop(), pages.split_page(pages.body([wire]), pages.DATASETS).orders)
    assert CommerceOrder.objects.get().grand_total == Decimal("50.00")


def test_parts_of_a_line_that_are_not_its_total_are_said():
    wire = pages.wire_order(Draft(lines=(Line(price="50.00"),)))
    wire["orderItems"][0]["proceeds"]["breakdowns"][0]["subtotal"]["amount"] = "49.00"
    bring_raw(shop(), pages.split_page(pages.body([wire]), pages.DATASETS).orders)
    assert CommerceOrder.objects.get().grand_total == Decimal("50.00")
    assert "The amounts Amazon sent for MUG add up to 49.00; its total is 50.00." in texts(Draft())


@pytest.mark.parametrize(("total", "said"), [("53.00", False), ("50.00", False), ("51.00", True)])
def test_tax_that_amazon_remits_may_be_in_the_total_or_not(total, said):
    draft = Draft(lines=(Line(price="50.00", tax="3.00"),), grand_total=Decimal(total))
    wire = pages.wire_order(draft)
    item = wire["orderItems"][0]
    item["proceeds"]["proceedsTotal"]["amount"] = total
    item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
    bring_raw(shop(), pages.split_page(pages.body([wire]), pages.DATASETS).orders)
    line = CommerceOrderLine.objects.get()
    assert (line.tax_collected_by_channel, line.row_total) == (True, Decimal(total))
    assert any("add up to" in text for text in texts(draft)) is said


def test_reservations_are_for_units_that_amazon_still_waits_for():
    factories.product(quantity=10)
    wire = pages.wire_order(mugs(5))
    wire["orderItems"][0]["fulfillment"] = {"quantityFulfilled": 1, "quantityUnfulfilled": 2}
    bring_raw(shop(), pages.split_page(pages.body([wire]), pages.DATASETS).orders)
    line = CommerceOrderLine.objects.get()
    assert (line.quantity_ordered, line.quantity_shipped, line.quantity_canceled) == (5, 1, 2)
    assert Reservation.objects.get().quantity == -2
