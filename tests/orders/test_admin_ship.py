"""The Ship form and the page of a Commerce order: what is shipped, refused, said."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from orders.models import Package, Shipment
from tests import factories
from tests.orders.pages import ORDERS, OUTBOX, page_of, ship_page, shipping
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, SHIP, staff, superuser

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


def test_shipping_tells_who_did_it():
    order = factories.placed_order(items=[factories.item("MUG", quantity=2)])
    client = staff(*SEE_ORDERS, SHIP)
    response = client.post(ship_page(order), shipping(order), follow=True)
    text = response.content.decode()

    assert response.redirect_chain == [(page_of(order), 302)]
    assert "Shipped. Amazon is being told; the confirmation is listed below." in text
    assert '<span class="badge wait">Queued</span>' in text
    shipment = Shipment.objects.get()
    assert shipment.created_by.username in text
    (package,) = shipment.packages.all()
    assert (package.carrier_code, package.tracking_number) == ("PostNord", "RR123456785SE")
    assert [item.quantity for item in package.items.all()] == [2]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Stockholm", "Asia/Kolkata"])
def test_the_ship_date_is_typed_on_the_clock_of_those_who_work_here(zone, settings):
    settings.TIME_ZONE = zone
    order = factories.placed_order()
    at = (factories.PURCHASED + timedelta(hours=3)).replace(second=0)
    client = staff(*SEE_ORDERS, SHIP)
    typed = f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    client.post(ship_page(order), shipping(order, shipped_at=typed))
    assert Package.objects.get().shipped_at == at


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"carrier_code": ""}, "This field is required."),
        ({"carrier_code": "Dragon"}, "Dragon is not one of the available choices."),
        ({"carrier_code": "Other"}, "Carrier Other needs the carrier&#x27;s name."),
        ({"tracking_number": ""}, "This field is required."),
        ({"tracking_number": "1" * 65}, "at most 64 characters"),
        ({"shipped_at": "soon"}, "Enter a valid date/time."),
        ({"shipped_at": "2001-01-01T00:00"}, "lies before the purchase"),
        ({"shipped_at": "2101-01-01T00:00"}, "lies in the future"),
        ({"line": "3"}, "less than or equal to 2"),
        ({"line": "-1"}, "greater than or equal to 0"),
        ({"line": "x"}, "Enter a whole number."),
        ({"line": ""}, "This field is required."),
        ({"line": "0"}, "Choose at least one unit to ship."),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_shipped(changes, told):
    order = factories.placed_order(items=[factories.item(quantity=2)])
    (line,) = order.commerce_order.lines.all()
    if "line" in changes:
        changes = {f"line-{line.pk}": changes["line"]}
    client = superuser()
    before = everything()
    response = client.post(ship_page(order), shipping(order, **changes))
    assert response.status_code == 200
    assert told in response.content.decode()
    assert everything() == before


def test_the_line_of_another_order_is_no_field():
    order, other = factories.placed_order(), factories.placed_order()
    (line,) = other.commerce_order.lines.all()
    superuser().post(ship_page(order), shipping(order, **{f"line-{line.pk}": 1}))
    assert [item.line.order_id for item in Package.objects.get().items.all()] == [
        order.commerce_order_id
    ]


def test_the_same_form_posted_twice_ships_once():
    order = factories.placed_order(items=[factories.item(quantity=2)])
    (line,) = order.commerce_order.lines.all()
    client = superuser()
    seen = client.get(ship_page(order)).context["form"]["packages_seen"].value()
    data = shipping(order, packages_seen=seen) | {f"line-{line.pk}": 1}
    answers = [client.post(ship_page(order), data).status_code for _ in range(2)]
    assert answers == [302, 200]
    assert Package.objects.count() == 1


def test_why_an_open_order_must_not_be_shipped_is_said():
    order = factories.placed_order(programs=["FBM_SHIP_PLUS"])
    number = order.commerce_order.number
    client = superuser()
    text = client.get(page_of(order)).content.decode()
    assert f"Order {number} is FBM Ship+: Amazon confirms it by itself." in text
    assert ship_page(order) not in text
    response = client.post(ship_page(order), shipping(order))
    assert "FBM Ship+" in response.content.decode()
    assert Package.objects.count() == 0


@pytest.mark.parametrize("status", ["canceled", "shipped"])
def test_what_is_not_open_has_no_ship_button_and_refuses(status):
    order = factories.placed_order()
    line = order.commerce_order.lines.get()
    data = {"carrier_code": "DHL", "tracking_number": "3318810025", f"line-{line.pk}": 1}
    client = superuser()
    if status == "shipped":
        client.post(ship_page(order), data)
    else:
        commerce_order = order.commerce_order
        commerce_order.cancel(timezone.now())
        commerce_order.save()
    before = everything()
    assert ship_page(order) not in client.get(page_of(order)).content.decode()
    assert client.get(ship_page(order)).status_code == 200
    assert client.post(ship_page(order), data).status_code == 200
    assert everything() == before


def test_an_unknown_order_is_not_found():
    client = superuser()
    for view in ("change", "ship"):
        assert client.get(f"{ORDERS}12345/{view}/").status_code == 404


def test_markup_is_text():
    store = factories.amazon_store(customer_creation="new")
    order = factories.placed_order(
        store=store,
        items=[factories.item(SCRIPT, title=SCRIPT)],
        buyer={"name": SCRIPT, "email": f"{SCRIPT}@x"},
        recipient={"name": SCRIPT, "line1": SCRIPT},
    )
    client = superuser()
    client.post(ship_page(order), shipping(order, tracking_number=SCRIPT, carrier_code="DSV"))
    for path in (ORDERS, page_of(order), ship_page(order), OUTBOX):
        text = client.get(path).content.decode()
        assert SCRIPT not in text
    assert "&lt;script&gt;" in client.get(page_of(order)).content.decode()


def test_get_changes_nothing():
    order = factories.placed_order()
    data = shipping(order)
    client = superuser()
    before = everything()
    for path in (ORDERS, page_of(order), ship_page(order), OUTBOX):
        client.get(path, data)
    client.get(OUTBOX, {"action": "send_again", "_selected_action": 1})
    assert everything() == before
