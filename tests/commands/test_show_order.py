"""`show_order --json`: every key of the specification, masked unless --reveal."""

from decimal import Decimal

import pytest
from django.utils.dateparse import parse_datetime

from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Address, Buyer, Status
from orders.models import Product
from tests import portal
from tests.channels.correcting import correct

pytestmark = pytest.mark.django_db

ANNA = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")
HOME = Address(
    name="Anna Öberg",
    line1="Storgatan 1",
    postal_code="111 22",
    city="Stockholm",
    country_code="SE",
    phone="+46701234567",
)
KETTLE = Line(
    sku="KET-12",
    quantity=2,
    title="Kettle",
    asin="B000KETTLE",
    unit_price=Decimal("199.50"),
    shipping=Decimal("49.00"),
    gift_wrap=Decimal("20.00"),
    discount=Decimal("10.00"),
    tax_rate=Decimal(0),
)
DRAFT = Draft(buyer=ANNA, address=HOME, lines=(KETTLE,))


@pytest.fixture
def order(sandbox):
    portal.connect(sandbox, customer_creation="new")
    Product.objects.create(sku="KET-12", manage_stock=True, quantity=5)
    amazon = sandbox.world.create_order("SE", DRAFT)
    portal.poll()
    return portal.order(amazon.order_id)


def test_every_key_of_an_order_with_its_commerce_order(manage, order):
    portal.ship(order.amazon_order_id, tracking="SE1", quantities={item_id(order): 1})
    shown = manage("show_order", order.amazon_order_id, "--reveal", "--json").document

    assert parse_datetime(shown["purchase_date"]) == _whole_milliseconds(order.purchase_date)
    assert parse_datetime(shown["last_updated"]) == _whole_milliseconds(order.last_updated)
    assert parse_datetime(shown["ship_by"]) == order.ship_by
    expected = {
        "amazon_order_id": order.amazon_order_id,
        "store": "Amazon SE",
        "marketplace_id": "A2NODRKZP88ZB9",
        "status": "partially_shipped",
        "placement": "placed",
        "fulfilled_by": "merchant",
        "currency": "SEK",
        "grand_total": "458.00",
        "on_orders_tab": True,
        "buyer": {"name": "Anna Öberg", "email": "k3v9x@marketplace.amazon.se"},
        "reservations": [{"sku": "KET-12", "quantity": 1}],
    }
    assert {key: shown[key] for key in expected} == expected
    assert shown["shipping_address"] == {
        "name": "Anna Öberg",
        "line1": "Storgatan 1",
        "postal_code": "111 22",
        "city": "Stockholm",
        "country_code": "SE",
        "phone": "+46701234567",
        "address_type": "RESIDENTIAL",
    }
    (item,) = shown["items"]
    assert item == {
        "order_item_id": item_id(order),
        "asin": "B000KETTLE",
        "sku": "KET-12",
        "title": "Kettle",
        "quantity_ordered": 2,
        "quantity_shipped": 0,  # at Amazon
        "amounts": {
            "item": "399.00",
            "shipping": "49.00",
            "gift_wrap": "20.00",
            "other": None,
            "discount": "-10.00",
            "tax": None,
            "total": "458.00",
        },
    }
    assert [note["text"] for note in shown["notes"]] == [
        "Unshipped at Amazon: ready to ship.",
        "Commerce order 000000001 created.",
        "Package 1 shipped with PostNord SE1.",
    ]
    assert all(parse_datetime(note["at"]) for note in shown["notes"])
    assert [note["who"] for note in shown["notes"]] == ["Amazon", "Portal", "Portal"]
    assert shown["notes"][-1]["changes"] == [
        {"what": "Channel order", "before": "Unshipped", "after": "Partially shipped"},
        {"what": "Commerce order", "before": "Pending", "after": "Processing"},
    ]


def test_every_key_of_the_commerce_order(manage, order):
    portal.ship(order.amazon_order_id, tracking="SE1", quantities={item_id(order): 1})
    linked = manage("show_order", "000000001", "--reveal", "--json").document["commerce_order"]

    (package,) = linked["packages"]
    assert parse_datetime(package["shipped_at"]) is not None
    assert linked == {
        "number": "000000001",
        "store": "amazon-se",
        "state": "processing",
        "status": "processing",
        "guest": False,
        "customer": {
            "id": order.commerce_order.customer_id,
            "email": "k3v9x@marketplace.amazon.se",
            "name": "Anna Öberg",
        },
        "grand_total": "458.00",
        "currency": "SEK",
        "lines": [
            {
                "sku": "KET-12",
                "quantity_ordered": 2,
                "quantity_shipped": 1,
                "row_total": "458.00",
            }
        ],
        "packages": [
            {
                "number": 1,
                "carrier_code": "PostNord",
                "carrier_name": None,
                "tracking_number": "SE1",
                "shipped_at": package["shipped_at"],
                "items": [{"order_item_id": item_id(order), "quantity": 1}],
                "confirmation": "pending",
            }
        ],
        "cancellations": [],
    }


def test_masked_unless_revealed(manage, order):
    answer = manage("show_order", order.amazon_order_id, "--json")
    for personal in ("Anna", "Öberg", "k3v9x", "Storgatan", "111 22", "467012"):
        assert personal not in answer.out
    shown = answer.document
    assert shown["buyer"] == {"name": "A••• Ö•••", "email": "k•••@marketplace.amazon.se"}
    assert shown["commerce_order"]["customer"]["name"] == "A••• Ö•••"
    assert shown["shipping_address"]["city"] == "Stockholm"


def test_a_business_buyer_has_a_company_and_a_vat_id(manage, sandbox):
    portal.connect(sandbox)
    buyer = Buyer(name="Anna Öberg", company="Öberg AB", vat_id="SE556677889901")
    amazon = sandbox.world.create_order("SE", Draft(buyer=buyer))
    portal.poll()

    revealed = manage("show_order", amazon.order_id, "--reveal", "--json").document["buyer"]
    masked = manage("show_order", amazon.order_id, "--json").document["buyer"]
    told = {"name": "Anna Öberg", "email": None, "company": "Öberg AB"}
    assert revealed == {**told, "vat_id": "SE556677889901"}
    assert masked == {**told, "name": "A••• Ö•••", "vat_id": "SE•••"}


def test_a_corrected_address_stands_before_amazons(manage, order):
    shown = manage("show_order", order.amazon_order_id, "--reveal", "--json").document
    assert (shown["amazon_address"], shown["address_corrected"]) == (None, None)
    sent = shown["shipping_address"]
    correct(order, name="Karin Ek", line1="Storgatan 11")

    shown = manage("show_order", order.amazon_order_id, "--reveal", "--json").document
    assert shown["shipping_address"] == sent | {"name": "Karin Ek", "line1": "Storgatan 11"}
    assert shown["amazon_address"] == sent
    assert shown["address_corrected"]["by"] == "kim"
    assert parse_datetime(shown["address_corrected"]["at"]) is not None

    masked = manage("show_order", order.amazon_order_id, "--json")
    for personal in ("Anna", "Karin", "Storgatan", "111 22", "467012"):
        assert personal not in masked.out
    assert masked.document["shipping_address"]["name"] == "K••• E•••"
    assert masked.document["amazon_address"]["name"] == "A••• Ö•••"


def test_the_confirmation_moves_from_pending_to_proven(manage, order):
    portal.ship(order.amazon_order_id)

    def confirmation():
        shown = manage("show_order", order.amazon_order_id, "--json").document
        return shown["commerce_order"]["packages"][0]["confirmation"]

    assert confirmation() == "pending"
    portal.deliver()
    assert confirmation() == "proven"


def test_an_order_without_a_commerce_order(manage, sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", Draft(status=Status.PENDING))
    portal.poll()
    shown = manage("show_order", amazon.order_id, "--json").document
    assert (shown["commerce_order"], shown["on_orders_tab"]) == (None, False)
    assert shown["buyer"] == {"name": None, "email": None}
    assert shown["reservations"] == []


def test_fulfilled_by_amazon(manage, sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", Draft(status=Status.SHIPPED, fulfilled_by=AMAZON))
    portal.poll()
    shown = manage("show_order", amazon.order_id, "--json").document
    assert shown["fulfilled_by"] == "amazon"
    assert [p["confirmation"] for p in shown["commerce_order"]["packages"]] == ["by_amazon"]


def item_id(order):
    return order.items.get().order_item_id


def _whole_milliseconds(moment):
    """JSON keeps three decimals of a second."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
