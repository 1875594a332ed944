"""The Orders tab and the order pages: who sees what, badges, markup, nothing changed by looking."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from channels.admin.views import VIEWS
from channels.models import ChannelOrder
from orders.services.notes import add_note
from tests import factories
from tests.snapshot import everything
from tests.staff import (
    PERSONAL_DATA,
    SEE_ORDERS,
    SHIP,
    listed,
    orders_tab,
    staff,
    statements,
    superuser,
)

pytestmark = pytest.mark.django_db

ORDERS = orders_tab()
PURCHASED = factories.PURCHASED
S = ChannelOrder.Status


def page_of(order):
    return reverse("admin:channels_channelorder_change", args=[order.pk])


def row(client, **query):
    """The one row of the list, as text."""
    response = client.get(f"{ORDERS}?{urlencode(query, doseq=True)}")
    assert len(response.context["cl"].result_list) == 1
    return response.content.decode().split("<tbody>")[1].split("</tbody>")[0]


# Who may


def test_without_permission_there_are_no_orders():
    order = factories.placed_order()
    client = staff()
    for path in (ORDERS, page_of(order)):
        assert client.get(path).status_code == 403


def test_nobody_is_led_to_the_log_in():
    order = factories.placed_order()
    for path in (ORDERS, page_of(order)):
        response = Client().get(path)
        assert (response.status_code, response.url) == (302, f"/admin/login/?next={path}")


def test_the_ship_button_is_for_those_who_may_ship():
    order = factories.placed_order()
    ship = reverse("admin:orders_commerceorder_ship", args=[order.commerce_order_id])
    assert ship not in staff(*SEE_ORDERS).get(page_of(order)).content.decode()
    assert ship in staff(*SEE_ORDERS, SHIP).get(page_of(order)).content.decode()


def test_names_and_addresses_are_masked_without_the_permission():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS)
    for path in (ORDERS, page_of(order)):
        text = client.get(path).content.decode()
        assert "Å••• Ö•••" in text
        for personal in ("Öberg", "asa@", "Storgatan"):
            assert personal not in text


def test_personal_data_in_clear_is_logged_without_the_data(caplog):
    order = factories.placed_order()
    client = staff(*SEE_ORDERS, PERSONAL_DATA)
    for path in (ORDERS, page_of(order)):
        caplog.clear()
        with caplog.at_level("INFO", logger="sync_portal.audit"):
            text = client.get(path).content.decode()
        assert "Åsa Öberg" in text
        (record,) = [r for r in caplog.records if r.name == "sync_portal.audit"]
        user = client.session["_auth_user_id"]
        assert record.getMessage() == (
            f"Personal data of channels.channelorder {order.pk} shown to user {user}"
        )


def test_masked_data_leaves_no_record(caplog):
    factories.placed_order()
    with caplog.at_level("INFO", logger="sync_portal.audit"):
        staff(*SEE_ORDERS).get(ORDERS)
    assert not [r for r in caplog.records if r.name == "sync_portal.audit"]


def test_gift_messages_are_personal_data():
    item = factories.item()
    texts = {"gift_messages": {item.order_item_id: "Grattis mormor"}}
    order = factories.placed_order(items=[item], item_texts=texts)
    items = f"{page_of(order)}?tab=items"
    assert "Grattis mormor" not in staff(*SEE_ORDERS).get(items).content.decode()
    assert "Grattis mormor" in staff(*SEE_ORDERS, PERSONAL_DATA).get(items).content.decode()


# What is shown


def test_pending_orders_are_counted_not_shown():
    pending = factories.channel_order(status=S.PENDING)
    waiting = factories.channel_order(status=S.PENDING_AVAILABILITY)
    shown = factories.placed_order()
    client = superuser()

    response = client.get(ORDERS)
    assert listed(client) == [shown.amazon_order_id]
    counts = dict(
        zip((str(view.label) for view in VIEWS), response.context["cl"].view_counts, strict=True)
    )
    assert (counts["All"], counts["Pending at Amazon"]) == ("1", "2")
    link = {"status": ["pending", "pending_availability"]}
    assert set(listed(client, **link)) == {pending.amazon_order_id, waiting.amazon_order_id}
    assert client.get(page_of(pending)).status_code == 200


def test_error_and_completed_are_badges_of_their_own():
    held = factories.channel_order(
        placement="held", hold_reason="unknown_sku", hold_detail="MUG is not in the catalog."
    )
    client = superuser()
    assert '<span class="badge bad">Error</span>' in row(client)
    assert "Unknown SKU: MUG is not in the catalog." in client.get(page_of(held)).content.decode()


def test_completed_needs_a_complete_commerce_order_and_proof():
    shipped = factories.placed_order(
        status=S.SHIPPED, amazon_status="SHIPPED", proven_at=factories.NOW
    )
    assert shipped.commerce_order.state == "complete"
    client = superuser()
    assert '<span class="badge good">Completed</span>' in row(client)

    ChannelOrder.objects.update(proven_at=None)
    assert '<span class="badge good">Shipped</span>' in row(client)


def test_late_and_cancel_requested_are_seen_in_the_list():
    factories.placed_order(ship_by=PURCHASED, cancel_requested=True)
    shown = row(superuser())
    assert "<span>2026-03-02 ·</span> <span>late " in shown  # a line breaks there, nowhere else
    assert "Cancel requested" in shown


def test_amounts_in_the_currency_and_a_dash_for_none():
    factories.channel_order(currency="JPY", grand_total=1234)
    assert '<td class="field-total">1,234 JPY</td>' in row(superuser())
    ChannelOrder.objects.update(grand_total=None)
    assert '<td class="field-total">–</td>' in row(superuser())


def test_the_newest_note_shows():
    order = factories.placed_order()
    assert f"Commerce order {order.commerce_order.number} created." in row(superuser())


SCRIPT = "<script>alert(1)</script>"


def test_markup_in_what_amazon_sends_is_text():
    order = factories.placed_order(
        store=factories.amazon_store(name=SCRIPT[:60]),
        items=[factories.item(SCRIPT, title=SCRIPT, asin="<b>")],
        buyer={"name": SCRIPT, "email": f"{SCRIPT}@x"},
        recipient={"name": SCRIPT, "line1": SCRIPT, "city": SCRIPT},
        programs=["<b>"],
        packages=[
            {"reference": "<b>", "carrier": SCRIPT, "tracking_number": SCRIPT,
             "shipped_at": "<b>", "items": []}
        ],
    )  # fmt: skip
    add_note(order.uid, "Package %(number)s", params={"number": SCRIPT})
    client = superuser()
    for path in (ORDERS, *(f"{page_of(order)}?tab={tab}" for tab in TABS)):
        text = client.get(path).content.decode()
        assert SCRIPT not in text
        assert "<b>" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


TABS = ("details", "items", "tracking", "history")


def test_an_unknown_tab_is_the_first():
    response = superuser().get(f"{page_of(factories.placed_order())}?tab=<script>")
    assert response.context["tab"] == "details"


@pytest.mark.parametrize("key", ["abc", "9" * 30, "-1", "²"])
@pytest.mark.parametrize("action", ["export_orders", "hold_orders", "pick_list", "ship_orders"])
def test_what_was_ticked_and_is_no_order_is_nothing(action, key):
    order = factories.placed_order()
    client = superuser()
    data = {"action": action, "index": "0", "_selected_action": key}
    response = client.post(ORDERS, data, follow=True)
    assert response.status_code == 200
    page = client.post(
        ORDERS, data | {"action": "hold_orders", "_selected_action": [order.pk, key]}
    )
    assert [row["pk"] for row in page.context["orders"]] == [order.pk]


def test_an_unknown_order_is_not_found():
    assert superuser().get(f"{ORDERS}12345/change/").status_code == 404


def test_the_page_of_an_order_costs_the_same_for_any_number_of_items():
    store = factories.amazon_store()
    client = superuser()
    small = factories.placed_order(store=store)
    large = factories.placed_order(store=store, items=[factories.item(f"S{n}") for n in range(20)])
    client.get(page_of(small))
    for tab in TABS:
        counts = [statements(client, f"{page_of(order)}?tab={tab}") for order in (small, large)]
        assert counts[0] == counts[1], tab


# Looking changes nothing


def test_get_changes_nothing():
    orders = [
        factories.placed_order(),
        factories.channel_order(placement="held", hold_reason="total"),
    ]
    client = superuser()
    before = everything()
    for path in (
        ORDERS,
        f"{ORDERS}?action=retry_orders&_selected_action={orders[1].pk}",
        *(page_of(order) for order in orders),
        *(page_of(order).replace("change", "delete") for order in orders),
        f"{ORDERS}add/",
    ):
        client.get(path)
    assert everything() == before
