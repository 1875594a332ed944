"""Commerce orders in the admin: who may see and ship them, the list, what a page costs."""

from urllib.parse import parse_qsl

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import CommerceStore
from orders.models import OrderStatus, Package
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
            data = shipping(order, tracking_number=f"T{number}", carrier_code="DSV") | {
                f"line-{line.pk}": 1
            }
            assert client.post(ship_page(order), data).status_code == 302
    client.get(page_of(small))
    assert statements(client, page_of(small)) == statements(client, page_of(large))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=pending", 1),
        ("status=complete", 1),
        ("status=pending&status=complete", 2),
        ("status=nonsense", 0),
        ("customer=guest", 1),
        ("customer=account", 1),
        ("customer=nonsense", 0),
        ("customer=99999", 0),
        ("store=1", 2),
        ("store=abc", 0),
        ("store=&status=&from=", 2),
        ("from=2026-03-03", 0),
        ("from=2026-03-02&to=2026-03-02", 2),
        ("to=2026-03-01", 0),
        ("to=9999-12-31&from=nonsense", 0),
        ("from=0001-01-01", 0),
        ("from=0001-01-02&to=9999-12-30", 2),
        ("p=99", 2),
        ("o=99", 2),
        ("nonsense=1", 2),
    ],
)
def test_filters_and_nonsense_in_the_address(query, found):
    store = factories.amazon_store(customer_creation="new")
    factories.placed_order(store=store)
    factories.placed_order(
        store=store, buyer={"name": "Guest"},
        status="shipped", amazon_status="SHIPPED", proven_at=factories.NOW,
    )  # fmt: skip
    query = query.replace("store=1", f"store={CommerceStore.objects.get().pk}")
    response = superuser().get(f"{ORDERS}?{query}", follow=True)
    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == found


def test_every_filter_has_a_chip_that_takes_it_away():
    order = factories.placed_order(store=factories.amazon_store(customer_creation="new"))
    OrderStatus.objects.create(code="pick", label="To pick", state="processing")
    customer = order.commerce_order.customer_id
    query = f"status=pending&status=pick&customer={customer}&from=2026-03-02&q=702"
    chips = superuser().get(f"{ORDERS}?{query}").context["cl"].chips()
    assert [chip["label"] for chip in chips] == [
        "Search: 702", "Status: Pending", "Status: To pick", f"Customer: #{customer}",
        "Purchased from: 2026-03-02",
    ]  # fmt: skip
    assert ["q=702" in chip["url"] for chip in chips] == [False, True, True, True, True]
    assert [len(parse_qsl(chip["url"].removeprefix("?"))) for chip in chips] == [4] * 5


def test_search_by_many_numbers_of_both_sides():
    orders = [factories.placed_order() for _ in range(4)]
    one, two, three, _other = orders
    client = superuser()
    pasted = f"{one.amazon_order_id}, {two.commerce_order.number}\n{three.amazon_order_id}"
    found = client.get(ORDERS, {"q": pasted}).context["cl"].result_list
    wanted = {order.commerce_order_id for order in orders[:3]} | {
        order.commerce_order_id
        for order in orders  # of other stores, the same number
        if order.commerce_order.number == two.commerce_order.number
    }
    assert {order.pk for order in found} == wanted


def test_more_numbers_than_are_searched_is_said():
    response = superuser().get(ORDERS, {"q": " ".join(map(str, range(201)))})
    assert "Only the first 200 words were searched." in response.content.decode()


def test_the_page_of_a_customer_leads_to_its_orders():
    store = factories.amazon_store(customer_creation="new")
    order = factories.placed_order(store=store)
    buyer = {"name": "Bo", "email": "bo@marketplace.amazon.se"}
    factories.placed_order(store=store, buyer=buyer)
    found = superuser().get(ORDERS, {"customer": order.commerce_order.customer_id})
    assert [row.pk for row in found.context["cl"].result_list] == [order.commerce_order_id]
