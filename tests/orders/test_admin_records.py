"""Confirmations, products, order statuses and the reservation ledger in the admin."""

import pytest
from django.urls import reverse

from orders.models import OrderStatus, OutboxMessage, Product, Reservation, StockMovement
from orders.models.outbox import State
from tests import factories
from tests.orders.pages import OUTBOX
from tests.snapshot import everything
from tests.staff import SHIP, form_data, staff, statements, superuser

pytestmark = pytest.mark.django_db

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
    assert '<td class="field-reserved">4</td><td class="field-salable">6</td>' in text
    assert Product.objects.get(pk=product.pk).quantity == 10


def test_a_page_that_was_open_for_long_writes_only_what_was_changed():
    product = factories.product("MUG", quantity=10)
    path = reverse("admin:orders_product_change", args=[product.pk])
    client = superuser()
    response = client.get(path)
    assert '<input type="hidden" name="initial-quantity" value="10"' in response.content.decode()
    data = form_data(response) | {"name": "A mug"}
    Product.objects.update(quantity=7)  # a shipment meanwhile
    assert client.post(path, data).status_code == 302
    kept = Product.objects.get()
    assert (kept.name, kept.quantity) == ("A mug", 7)


def test_a_quantity_that_was_counted_is_kept():
    product = factories.product("MUG", quantity=10)
    path = reverse("admin:orders_product_change", args=[product.pk])
    client = superuser()
    assert client.post(path, form_data(client.get(path)) | {"quantity": "12"}).status_code == 302
    assert Product.objects.get().quantity == 12


def test_a_status_of_ours_may_be_deleted_those_of_the_states_not():
    OrderStatus.objects.create(code="packing", label="Packing", state="processing")
    client = superuser()
    for code, answer in (("packing", 302), ("pending", 403)):
        path = reverse("admin:orders_orderstatus_delete", args=[code])
        assert client.post(path, {"post": "yes"}).status_code == answer
    assert not OrderStatus.objects.filter(code="packing").exists()


@pytest.mark.parametrize("name", ["commerceorder", "outboxmessage", "reservation", "stockmovement"])
def test_nobody_adds_changes_or_deletes_what_machines_write(name):
    factories.product("MUG", quantity=10)
    order = factories.placed_order()
    rows = {
        "commerceorder": lambda: order.commerce_order,
        "outboxmessage": factories.outbox_message,
        "reservation": Reservation.objects.get,
        "stockmovement": StockMovement.objects.get,
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
