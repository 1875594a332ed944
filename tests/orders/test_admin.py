"""Commerce orders in the admin: who may see and ship them, the list, what a page costs."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Package
from tests import factories
from tests.orders.pages import ORDERS, page_of, ship_page, shipping
from tests.staff import PERSONAL_DATA, SEE_ORDERS, SHIP, staff, statements, superuser

pytestmark = pytest.mark.django_db

# Who may


def test_without_permission_there_are_no_commerce_orders():
    order = factories.placed_order()
    client = staff()
    for path in (ORDERS, page_of(order), ship_page(order)):
        assert client.get(path).status_code == 403


def test_shipping_needs_the_permission():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS)
    assert client.get(ship_page(order)).status_code == 403
    assert client.post(ship_page(order), shipping(order)).status_code == 403
    assert ship_page(order) not in client.get(page_of(order)).content.decode()
    assert Package.objects.count() == 0


def test_shipping_needs_a_log_in():
    order = factories.placed_order()
    response = Client().post(ship_page(order), shipping(order))
    assert (response.status_code, response.url) == (
        302,
        f"/admin/login/?next={ship_page(order)}",
    )
    assert Package.objects.count() == 0


def test_a_form_from_elsewhere_is_refused():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS, SHIP)
    client.handler.enforce_csrf_checks = True
    assert client.post(ship_page(order), shipping(order)).status_code == 403
    assert Package.objects.count() == 0


def test_addresses_and_customers_are_masked_without_the_permission():
    store = factories.amazon_store(customer_creation="new")
    order = factories.placed_order(store=store)
    text = staff(*SEE_ORDERS).get(page_of(order)).content.decode()
    assert "Å••• Ö••• · a•••@marketplace.amazon.se" in text
    for personal in ("Öberg", "asa@", "Storgatan"):
        assert personal not in text


def test_personal_data_in_clear_is_logged_without_the_data(caplog):
    order = factories.placed_order()
    client = staff(*SEE_ORDERS, PERSONAL_DATA)
    with caplog.at_level("INFO", logger="sync_portal.audit"):
        text = client.get(page_of(order)).content.decode()
    assert "Storgatan 1" in text
    (record,) = [r for r in caplog.records if r.name == "sync_portal.audit"]
    assert record.getMessage() == (
        f"Personal data of orders.commerceorder {order.commerce_order_id} "
        f"shown to user {client.session['_auth_user_id']}"
    )


# The list


def test_the_columns():
    store = factories.amazon_store(customer_creation="new")
    order = factories.placed_order(store=store)
    linked = order.commerce_order
    text = staff(*SEE_ORDERS).get(ORDERS).content.decode()
    row = text.split("<tbody>")[1]
    assert f'href="{page_of(order)}">{linked.number}</a>' in row
    channel_page = reverse("admin:channels_channelorder_change", args=[order.pk])
    assert f'<a href="{channel_page}">{order.amazon_order_id}</a>' in row
    assert '<span class="badge wait">Pending</span>' in row
    assert f">#{linked.customer_id}</a>" in row
    assert '<td class="field-total">100.00 SEK</td>' in row


def test_thirty_orders_cost_as_many_statements_as_one():
    store = factories.amazon_store(customer_creation="new")
    client = superuser()
    factories.placed_order(store=store)
    client.get(ORDERS)  # what is remembered from the first time is no matter
    one = statements(client, ORDERS)
    for number in range(29):
        buyer = {"name": f"Buyer {number}", "email": f"b{number}@marketplace.amazon.se"}
        factories.placed_order(store=store, buyer=buyer)
    assert len(client.get(ORDERS).context["cl"].result_list) == 30
    assert statements(client, ORDERS) == one


def test_the_page_costs_the_same_for_any_number_of_packages():
    small, large = (
        factories.placed_order(items=[factories.item(quantity=30)], store=factories.amazon_store())
        for _ in range(2)
    )
    client = superuser()
    for order, packages in ((small, 1), (large, 9)):
        (line,) = order.commerce_order.lines.all()
        for number in range(packages):
            data = shipping(order, tracking_number=f"T{number}", anyway=1) | {f"line-{line.pk}": 1}
            assert client.post(ship_page(order), data).status_code == 302
    client.get(page_of(small))
    assert statements(client, page_of(small)) == statements(client, page_of(large))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state__exact=pending", 1),
        ("state__exact=complete", 1),
        ("state__exact=nonsense", 0),
        ("p=99", 2),
        ("o=99", 2),
        ("q=%00", 2),
        ("nonsense=1", 2),
        ("store__id__exact=abc", 2),
    ],
)
def test_filters_and_nonsense_in_the_address(query, found):
    store = factories.amazon_store()
    factories.placed_order(store=store)
    factories.placed_order(
        store=store, status="shipped", amazon_status="SHIPPED", proven_at=factories.NOW
    )
    response = superuser().get(f"{ORDERS}?{query}", follow=True)
    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == found


def test_search_by_both_numbers():
    first, second = factories.placed_order(), factories.placed_order()
    client = superuser()
    for number in (first.amazon_order_id, first.commerce_order.number):
        found = client.get(ORDERS, {"q": number}).context["cl"].result_list
        assert first.commerce_order in found
        assert second.amazon_order_id not in [order.channel_number for order in found]
