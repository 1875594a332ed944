"""A day of two hundred mixed orders: each kind of hold appears, and is resolved in the browser.

At the end every order that Amazon has is here as order settings say, with a Commerce order of
Amazon's own amounts or a reason that people can see, and stock is what the ledger explains.
"""

import re
from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from playwright.sync_api import expect

from channels.models import ChannelOrder, ChannelOrderItem
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Status
from channels.services.releasing import release_held
from orders.models import CommerceOrder, CommerceOrderLine, Product
from orders.services.catalog import ProductChange, change_product
from orders.services.inventory import with_salable
from tests import portal
from tests.e2e.conftest import follow, order_page

HELD = "/admin/channels/channelorder/held/"
ORDERS = 200
SKUS = ("MUG", "CUP", "GLO-1", "OFF", "OUT")
HOLDS = {"unknown_sku": "hold", "product_disabled": "hold", "out_of_stock": "hold"}
KINDS = [
    # how many of twenty: status, who ships, how many lines
    (9, Status.UNSHIPPED, "MERCHANT"),
    (2, Status.PARTIALLY_SHIPPED, "MERCHANT"),
    (2, Status.PENDING, "MERCHANT"),
    (2, Status.SHIPPED, "MERCHANT"),
    (1, Status.CANCELLED, "MERCHANT"),
    (3, Status.SHIPPED, AMAZON),
    (1, Status.PENDING, AMAZON),
]


def drafts():
    random = Random(2026)
    for _ in range(ORDERS // 20):
        for count, status, fulfilled_by in KINDS:
            for _ in range(count):
                lines = random.sample(SKUS, random.choice((1, 1, 2)))
                yield Draft(
                    status=status,
                    fulfilled_by=fulfilled_by,
                    lines=tuple(
                        Line(
                            sku=sku,
                            # Of what is partly shipped two units at least: one has left.
                            quantity=random.randint(2, 3),
                            unit_price=Decimal(random.randrange(100, 50_000)) / 100,
                            shipping=Decimal(random.choice((0, 0, 49))),
                            discount=Decimal(random.choice((0, 0, 0, 5))),
                        )
                        for sku in lines
                    ),
                )


@pytest.fixture
def day(sandbox, transactional_db):
    """The day's orders, imported into a store in which everything holds."""
    for sku, values in {
        "MUG": {},
        "CUP": {"manage_stock": True, "quantity": 10_000},
        "GLOVE": {},
        "OFF": {"enabled": False},
        "OUT": {"manage_stock": True, "quantity": 0},
    }.items():
        change_product(ProductChange(sku=sku, **values))
    store = portal.connect(sandbox, **HOLDS)
    portal.without_quota(sandbox)
    for draft in drafts():
        sandbox.world.create_order("SE", draft)
    portal.poll()
    release_held()
    return store


def causes():
    held = ChannelOrder.objects.filter(placement="held")
    return Counter(held.values_list("hold_reason", flat=True))


def fix(page, row, button, **fields):
    cause = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row))
    for label, value in fields.items():
        cause.get_by_label(re.compile(label)).fill(value)
    follow(page, cause.get_by_role("button", name=button))
    release_held()  # what the worker does within seconds


def test_two_hundred_orders_and_every_hold(logged_in, day, sandbox):
    before = causes()
    assert set(before) >= {"unknown_sku", "product_disabled", "out_of_stock"}

    page = logged_in("/admin/orders/product/")
    banner = page.get_by_role("list", name="Problems")
    expect(banner).to_contain_text(f"has {sum(before.values())} orders that cannot be imported")
    follow(page, banner.get_by_role("link"))

    fix(page, "Unknown SKU GLO-1", "Map", SKU="GLOVE")
    expect(page.get_by_text("GLO-1 stands for GLOVE now.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("rowheader", name="Unknown SKU GLO-1")).to_have_count(0)

    fix(page, "Product disabled OFF", "Enable product")
    page.reload()
    expect(page.get_by_role("rowheader", name="Product disabled OFF")).to_have_count(0)

    fix(page, "Out of stock OUT", "Set quantity", Units="20")
    page.reload()
    left = causes()["out_of_stock"]
    assert left > 0  # twenty units are not enough for all
    by_hand = ChannelOrder.objects.filter(hold_reason="out_of_stock").earliest("purchase_date")
    page.goto(order_page(by_hand))
    page.get_by_text("Create the Commerce order by hand").click()
    page.get_by_label("Reason, for the order's history").fill("Arrives tomorrow")
    follow(page, page.get_by_role("button", name="Create by hand"))
    expect(page.get_by_text("created by hand")).to_be_visible()
    assert CommerceOrder.objects.get(channel_order=by_hand).oversold

    page.goto(HELD)
    fix(page, "Out of stock OUT", "Set quantity", Units="10000")
    page.reload()
    expect(page.get_by_text("Nothing is held")).to_be_visible()
    expect(page.get_by_role("list", name="Problems")).to_have_count(0)

    everything_is_accounted_for(sandbox, day)


def everything_is_accounted_for(sandbox, store):
    """Order by order against what Amazon has."""
    amazon = {order.order_id: order for order in sandbox.world.orders()}
    stored = {o.amazon_order_id: o for o in ChannelOrder.objects.select_related("commerce_order")}
    for order_id, order in amazon.items():
        here = stored.get(order_id)
        if order.fulfilled_by == AMAZON and order.status is not Status.SHIPPED:
            assert here is None
            continue
        assert here is not None
        has_order = order.status in (Status.UNSHIPPED, Status.PARTIALLY_SHIPPED, Status.SHIPPED)
        assert (here.placement == "placed") is has_order, (order_id, here.placement)
        if linked := here.commerce_order:
            assert linked.grand_total == here.grand_total
            assert sum(line.row_total for line in linked.lines.all()) == here.grand_total
            assert (linked.state == "complete") is (order.status is Status.SHIPPED)
    assert len(stored) == len(ChannelOrder.objects.filter(store=store))
    numbers = CommerceOrder.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"{n:09d}" for n in range(1, len(numbers) + 1)]
    for product in with_salable(Product.objects.filter(manage_stock=True)):
        lines = CommerceOrderLine.objects.filter(product=product, order__state="pending")
        needed = sum(line.quantity_left for line in lines)
        assert product.salable == product.quantity - needed
    assert ChannelOrderItem.objects.filter(seller_sku="GLO-1").exists()
