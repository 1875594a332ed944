"""Shipping one order after the other: what the form says and offers, and what comes next."""

from datetime import timedelta

import pytest
from django.urls import reverse

from orders.models import Package
from tests import factories
from tests.orders.pages import ship_page, shipping
from tests.staff import PERSONAL_DATA, SEE_ORDERS, SHIP, staff, statements

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def to_ship(store, hours=0, **values):
    return factories.placed_order(store=store, ship_by=factories.NOW + hours * HOUR, **values)


def shipped(order, client=None, **values):
    client = client or staff(*SEE_ORDERS, SHIP)
    return client.post(ship_page(order), shipping(order, **values), follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


def chosen(order):
    """The carrier and its name that the form offers."""
    (block,) = staff(*SEE_ORDERS, SHIP).get(ship_page(order)).context["form"].blocks
    return block["carrier_code"].value(), block["carrier_name"].value()


@pytest.mark.parametrize(
    ("permissions", "place"),
    [([PERSONAL_DATA], "411 18 Göteborg Sweden"), ([], "••• Göteborg Sweden")],
)
def test_the_form_says_where_it_goes_by_when_and_how_fast(permissions, place, caplog):
    recipient = {"postal_code": "411 18", "city": "Göteborg", "country_code": "SE"}
    order = factories.placed_order(
        service_level="EXPEDITED", recipient=recipient, ship_by=factories.NOW
    )
    text = staff(*SEE_ORDERS, SHIP, *permissions).get(ship_page(order)).content.decode()
    assert f"<dd>{place}</dd>" in text
    assert "EXPEDITED" in text
    assert 'class="due' in text
    assert ("Personal data of" in caplog.text) is bool(permissions)


def test_the_carrier_used_last_for_the_store_is_offered():
    store, other = factories.amazon_store(), factories.amazon_store(country="DE")
    order = to_ship(store)
    assert chosen(order) == (None, None)
    shipped(to_ship(store), carrier_code="Other", carrier_name="Bikes")
    shipped(to_ship(other), carrier_code="DHL")
    assert chosen(order) == ("Other", "Bikes")
    shipped(to_ship(store))
    assert chosen(order) == ("PostNord", "")


def test_what_was_typed_is_not_replaced_by_the_carrier_used_last():
    store = factories.amazon_store()
    shipped(to_ship(store))
    order = to_ship(store)
    answer = shipped(order, carrier_code="")
    assert "This field is required." in answer.content.decode()
    assert Package.objects.count() == 1


def test_it_costs_the_same_for_any_number_of_packages():
    store = factories.amazon_store()
    order = to_ship(store)
    client = staff(*SEE_ORDERS, SHIP)
    shipped(to_ship(store))
    client.get(ship_page(order))
    before = statements(client, ship_page(order))
    for _ in range(5):
        shipped(to_ship(store))
    assert statements(client, ship_page(order)) == before


def test_after_one_the_next_by_ship_by_is_a_click_away():
    store = factories.amazon_store()
    third, second = to_ship(store, 3), to_ship(store, 2)
    first, asked = to_ship(store, 1), to_ship(store, 2, cancel_requested=True)
    held = to_ship(store, 2)
    held.commerce_order.hold()
    held.commerce_order.save()
    to_ship(factories.amazon_store(country="DE"), 2)
    for order, following in ((first, second), (third, second)):
        answer = shipped(order)
        link = f'<a href="{ship_page(following)}">{following.commerce_order.number}</a>'
        assert said(answer)[-1] == f"Next order to ship: {link}"
    assert said(shipped(second)) == [
        "Shipped. Amazon is being told; the confirmation is listed below."
    ]
    assert asked.cancel_requested


def test_within_a_grace_period_nothing_is_said_to_be_told_already():
    order = to_ship(factories.amazon_store(grace_minutes=30), 100_000)
    answer = shipped(order)
    assert said(answer) == ["Shipped. The confirmation is listed below."]
    assert "it can be taken back until then." in answer.content.decode()
    page = reverse("admin:orders_commerceorder_correct", args=[order.commerce_order_id, 1])
    values = {"carrier_code": "PostNord", "tracking_number": "RR473124829SE"}
    corrected = staff(*SEE_ORDERS, SHIP).post(page, values, follow=True)
    assert said(corrected) == ["Package 1 is corrected."]
