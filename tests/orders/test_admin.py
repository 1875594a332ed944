"""Commerce orders in the admin: the list, the page, the Ship form, confirmations, products."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderStatus, OutboxMessage, Package, Product, Reservation, Shipment
from orders.models.outbox import State
from tests import factories
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, SEE_ORDERS, SHIP, staff, statements, superuser

pytestmark = pytest.mark.django_db

ORDERS = reverse("admin:orders_commerceorder_changelist")
OUTBOX = reverse("admin:orders_outboxmessage_changelist")
SCRIPT = "<script>alert(1)</script>"


def page_of(order):
    return reverse("admin:orders_commerceorder_change", args=[order.commerce_order_id])


def ship_page(order):
    return reverse("admin:orders_commerceorder_ship", args=[order.commerce_order_id])


def shipping(order, **changes):
    """What the Ship form posts: all units, PostNord."""
    lines = {f"line-{line.pk}": line.quantity_left for line in order.commerce_order.lines.all()}
    return {"carrier_code": "PostNord", "tracking_number": "SE1", **lines, **changes}


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
            data = shipping(order, tracking_number=f"T{number}") | {f"line-{line.pk}": 1}
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


# The page and the Ship form


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
    assert (package.carrier_code, package.tracking_number) == ("PostNord", "SE1")
    assert [item.quantity for item in package.items.all()] == [2]


def test_the_ship_date_is_utc_and_kept():
    order = factories.placed_order()
    at = (factories.PURCHASED + timedelta(hours=3)).replace(second=0)
    client = staff(*SEE_ORDERS, SHIP)
    client.post(ship_page(order), shipping(order, shipped_at=f"{at:%Y-%m-%dT%H:%M}"))
    assert Package.objects.get().shipped_at == at


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"carrier_code": ""}, "This field is required."),
        ({"carrier_code": "Dragon"}, "Dragon is not one of the available choices."),
        ({"carrier_code": "Other"}, "Carrier Other needs the carrier&#x27;s name."),
        ({"tracking_number": ""}, "This field is required."),
        ({"tracking_number": "1" * 65}, "at most 64 characters"),
        ({"tracking_number": "\x00"}, "Null characters are not allowed."),
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


@pytest.mark.parametrize("status", ["canceled", "shipped"])
def test_what_is_not_open_has_no_ship_button_and_refuses(status):
    order = factories.placed_order()
    line = order.commerce_order.lines.get()
    data = {"carrier_code": "DHL", "tracking_number": "T", f"line-{line.pk}": 1}
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
    client.post(ship_page(order), shipping(order, tracking_number=SCRIPT, carrier_code="DHL"))
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


# Confirmations


def test_send_again_puts_a_refused_confirmation_back_in_the_queue():
    refused = factories.outbox_message(state=State.REFUSED, last_error="InvalidInput: no such item")
    proven = factories.outbox_message(state=State.PROVEN)
    client = staff("orders.view_outboxmessage", SHIP)
    assert "InvalidInput: no such item" in client.get(OUTBOX).content.decode()

    data = {"action": "send_again", "_selected_action": [refused.pk, proven.pk]}
    response = client.post(OUTBOX, data, follow=True)
    assert "1 confirmation will be sent again." in response.content.decode()
    states = [OutboxMessage.objects.get(pk=m.pk).state for m in (refused, proven)]
    assert states == [State.PENDING, State.PROVEN]


def test_send_again_needs_the_permission():
    refused = factories.outbox_message(state=State.REFUSED)
    client = staff("orders.view_outboxmessage")
    assert "Send again" not in client.get(OUTBOX).content.decode()
    client.post(OUTBOX, {"action": "send_again", "_selected_action": [refused.pk]})
    assert OutboxMessage.objects.get().state == State.REFUSED


def test_thirty_confirmations_cost_as_many_statements_as_one():
    client = superuser()
    factories.outbox_message()
    client.get(OUTBOX)
    one = statements(client, OUTBOX)
    for _ in range(29):
        factories.outbox_message()
    assert statements(client, OUTBOX) == one


# Products, statuses, and what machines write


def test_products_show_what_is_salable():
    product = factories.product("MUG", quantity=10)
    factories.placed_order(items=[factories.item("MUG", quantity=4)])
    path = reverse("admin:orders_product_changelist")
    text = superuser().get(path).content.decode()
    assert '<td class="field-quantity">10</td><td class="field-salable">6</td>' in text
    assert Product.objects.get(pk=product.pk).quantity == 10


def test_a_status_of_ours_may_be_deleted_those_of_the_states_not():
    OrderStatus.objects.create(code="packing", label="Packing", state="processing")
    client = superuser()
    for code, answer in (("packing", 302), ("pending", 403)):
        path = reverse("admin:orders_orderstatus_delete", args=[code])
        assert client.post(path, {"post": "yes"}).status_code == answer
    assert not OrderStatus.objects.filter(code="packing").exists()


@pytest.mark.parametrize("name", ["commerceorder", "outboxmessage", "reservation"])
def test_nobody_adds_changes_or_deletes_what_machines_write(name):
    factories.product("MUG", quantity=10)
    order = factories.placed_order()
    rows = {
        "commerceorder": lambda: order.commerce_order,
        "outboxmessage": factories.outbox_message,
        "reservation": Reservation.objects.get,
    }
    row = rows[name]()
    client = superuser()
    before = everything()
    base = reverse(f"admin:orders_{name}_changelist")
    assert client.get(f"{base}add/").status_code == 403
    assert client.post(f"{base}add/", {}).status_code == 403
    assert client.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"{base}{row.pk}/change/", {"state": "complete", "quantity": "1"})
    client.post(base, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert everything() == before
