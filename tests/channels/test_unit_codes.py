"""Codes of units and cash on delivery: asked for, checked, and what Amazon gets."""

import pytest

from channels.amazon.unit_codes import is_unit_code
from channels.sandbox.invent import Draft, Line
from channels.sandbox.sellers import DEMO_FE
from channels.services.confirming import confirmation_of
from orders.models import OutboxMessage, Package, PackageItem
from orders.services.errors import CannotShip
from tests import portal
from tests.channels.delivering import connected
from tests.channels.feeding import settle, submit
from tests.orders.shipping import everything

CODES = ["AZ" + "7" * 27, "SN12345678"]


@pytest.mark.parametrize(
    "code",
    [
        "AZ:ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ZA" + "0" * 27,
        "1" * 38,
        "SN12345",
        "https://www.amazon.com/transparency/AZ1",
    ],
)
def test_a_code_of_a_unit(code):
    assert is_unit_code(code)


@pytest.mark.parametrize(
    "code", ["", "SN1234", "x" * 21, "AZ" + "7" * 28, "a b c d e f g", "é" * 9]
)
def test_what_is_no_code_of_a_unit(code):
    assert not is_unit_code(code)


@pytest.fixture
def order(db, sandbox):
    """Two units that need a code each, and one that needs none."""
    connected(sandbox)
    lines = (Line(sku="KET-12", quantity=2, programs=("TRANSPARENCY",)), Line(sku="MUG-3"))
    amazon = sandbox.world.create_order("SE", Draft(lines=lines))
    portal.poll()
    return portal.order(amazon.order_id)


def line(order, sku):
    return order.commerce_order.lines.get(sku=sku).pk


def test_codes_arrive_at_amazon(order, sandbox):
    portal.ship(order.amazon_order_id, unit_codes={line(order, "KET-12"): CODES})
    assert PackageItem.objects.order_by("pk").first().unit_codes == CODES
    portal.deliver()
    assert OutboxMessage.objects.get().state == "proven"
    (package,) = sandbox.world.order(order.amazon_order_id).packages
    assert [list(item.transparency_codes) for item in package.items] == [CODES, []]


def test_codes_arrive_by_feed_too(order, sandbox):
    portal.ship(order.amazon_order_id, unit_codes={line(order, "KET-12"): CODES})
    assert submit() == 1
    settle()
    (package,) = sandbox.world.order(order.amazon_order_id).packages
    assert [list(item.transparency_codes) for item in package.items] == [CODES, []]


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([], "KET-12 needs one code per unit: 2 to ship, 0 different codes given."),
        (CODES[:1], "KET-12 needs one code per unit: 2 to ship, 1 different codes given."),
        (CODES[:1] * 2, "KET-12 needs one code per unit: 2 to ship, 1 different codes given."),
        ([CODES[0], "x"], "'x' is not the code of a unit."),
    ],
)
def test_wrong_codes_are_refused(order, codes, told):
    before = everything()
    with pytest.raises(CannotShip) as refusal:
        portal.ship(order.amazon_order_id, unit_codes={line(order, "KET-12"): codes})
    assert str(refusal.value) == told
    assert everything() == before


def test_codes_for_what_needs_none_are_refused(order):
    codes = {line(order, "KET-12"): CODES, line(order, "MUG-3"): CODES[:1]}
    with pytest.raises(CannotShip, match="MUG-3 needs no codes"):
        portal.ship(order.amazon_order_id, unit_codes=codes)


@pytest.mark.django_db
def test_cash_on_delivery_is_told_in_japan(sandbox):
    portal.connect(sandbox, name="Amazon JP", country_code="JP", seller=DEMO_FE)
    amazon = sandbox.world.create_order("JP", Draft(payment_method="CashOnDelivery"))
    portal.poll()
    portal.ship(
        amazon.order_id, carrier="YAMATO", tracking="123456789013",
        cod_collection_method="DirectPayment",
    )  # fmt: skip
    told = confirmation_of(Package.objects.get())
    assert told.cod_collection_method == "DirectPayment"
    portal.deliver()
    assert OutboxMessage.objects.get().state == "proven"


def test_cash_on_delivery_elsewhere_is_refused(order):
    with pytest.raises(CannotShip, match="is not paid for by cash on delivery"):
        portal.ship(
            order.amazon_order_id,
            unit_codes={line(order, "KET-12"): CODES},
            cod_collection_method="DirectPayment",
        )
