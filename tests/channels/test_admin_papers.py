"""Packing slips and pick lists from the Orders tab and from the page of a Commerce order."""

import logging

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels.models import ChannelOrder
from channels.services import packing
from orders.models import OrderNote
from tests import factories
from tests.channels.correcting import correct
from tests.channels.packing import ADDRESS, being_canceled, gift, held, to_pack
from tests.channels.papers.reading import pages, text
from tests.orders.pages import page_of
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, SEE_ORDERS, orders_tab, staff, superuser

pytestmark = pytest.mark.django_db

PRINT = "channels.print_channelorder"
PACKER = (*SEE_ORDERS, PERSONAL_DATA, PRINT)
TITLES = {"packing_slips": "Packing slips", "pick_list": "Pick list"}


def choose(client, action, *orders, query="", **more):
    data = {"action": action, ACTION_CHECKBOX_NAME: [order.pk for order in orders], **more}
    return client.post(orders_tab() + query, data)


def print_now(client, action, *orders, **more):
    return choose(client, action, *orders, print="1", **more)


def slip_page(order):
    return reverse("admin:channels_channelorder_packing_slip", args=[order.pk])


def printed_notes():
    return OrderNote.objects.filter(text__startswith="Packing slip printed").count()


# Who may


@pytest.mark.parametrize(
    ("permissions", "offered"),
    [
        (SEE_ORDERS, set()),
        ((*SEE_ORDERS, PERSONAL_DATA), set()),
        ((*SEE_ORDERS, PRINT), {"pick_list"}),
        (PACKER, {"pick_list", "packing_slips"}),
    ],
)
def test_the_actions_are_offered_to_those_who_may(permissions, offered):
    to_pack()
    client = staff(*permissions)
    shown = client.get(orders_tab()).content.decode()
    assert {action for action in TITLES if f'value="{action}"' in shown} == offered


def test_nothing_is_printed_without_permission():
    order = to_pack()
    client = staff(*SEE_ORDERS, PRINT)
    before = everything()
    response = print_now(client, "packing_slips", order)
    assert response["Content-Type"] != "application/pdf"
    for method in (client.get, client.post):
        assert method(slip_page(order)).status_code == 403
    assert staff(*SEE_ORDERS, PERSONAL_DATA).post(slip_page(order)).status_code == 403
    assert staff(PERSONAL_DATA, PRINT).post(slip_page(order)).status_code == 403
    assert everything() == before


# The question


def test_first_it_is_asked_and_nothing_is_printed():
    order = to_pack()
    client = staff(*PACKER)
    before = everything()
    shown = choose(client, "packing_slips", order).content.decode()
    assert "1 order is ready to be packed." in shown
    assert "left out" not in shown
    assert "With prices" in shown
    assert "Öberg" not in shown
    assert everything() == before


def test_what_is_left_out_is_listed_with_its_reason():
    orders = [to_pack(), held(), being_canceled(), to_pack(cancel_requested=True)]
    shown = choose(staff(*PACKER), "packing_slips", *orders).content.decode()
    assert "1 order is ready to be packed." in shown
    assert "3 orders are left out" in shown
    assert "On hold: fraud?" in shown
    assert "Being canceled: accepted. Do not ship." in shown
    assert "The buyer asked to cancel." in shown


def test_a_slip_whose_address_would_be_boxes_is_left_out_with_the_reason():
    """A pick list has no address."""
    hers, his = to_pack(recipient=ADDRESS | {"name": "अमित"}), to_pack()
    client = staff(*PACKER)
    asked = choose(client, "packing_slips", hers, his)
    (left_out,) = asked.context["left_out"]
    assert left_out.order == hers
    assert "signs that the portal cannot print" in left_out.doubt
    assert "अमित" not in asked.content.decode()
    printed = text(print_now(client, "packing_slips", hers, his).content)
    assert hers.amazon_order_id not in printed
    assert his.amazon_order_id in printed
    assert client.get(slip_page(hers)).context["left_out"] == [left_out]
    assert choose(client, "pick_list", hers, his).context["left_out"] == []
    correct(hers, name="Amit")
    assert choose(client, "packing_slips", hers, his).context["left_out"] == []


def test_of_many_that_are_left_out_fifty_are_named():
    store = factories.amazon_store()
    orders = [
        factories.channel_order(store=store, status=ChannelOrder.Status.CANCELED) for _ in range(53)
    ]
    shown = choose(staff(*PACKER), "pick_list", *orders).content.decode()
    assert shown.count("Canceled at Amazon.") == 50
    assert "and 3 more" in shown


# Slips


def test_slips_of_a_selection():
    first, second = to_pack(), to_pack()
    response = print_now(staff(*PACKER), "packing_slips", first, second)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith('attachment; filename="packing-slips-20')
    assert "no-store" in response["Cache-Control"]
    assert len(pages(response.content)) == 2
    found = text(response.content)
    assert first.amazon_order_id in found
    assert second.amazon_order_id in found
    assert "Åsa Öberg" in found
    assert printed_notes() == 2


def test_what_is_left_out_is_printed_when_a_person_wants_it():
    ready, stopped = to_pack(), held()
    client = staff(*PACKER)
    found = text(print_now(client, "packing_slips", ready, stopped).content)
    assert stopped.amazon_order_id not in found
    found = text(print_now(client, "packing_slips", ready, stopped, print_all="on").content)
    assert stopped.amazon_order_id in found
    assert printed_notes() == 3


def test_when_all_are_left_out_nothing_is_printed():
    response = print_now(staff(*PACKER), "packing_slips", held())
    assert "There is nothing to print: every order is left out." in response.content.decode()
    assert printed_notes() == 0


def test_prices_are_a_choice_that_gifts_do_not_have():
    priced, present = to_pack(), gift()
    client = staff(*PACKER)
    assert "100.00 SEK" not in text(print_now(client, "packing_slips", priced).content)
    response = print_now(client, "packing_slips", priced, present, with_prices="on")
    first, second = pages(response.content)
    assert "100.00 SEK" in first
    assert "SEK" not in second


def test_the_same_post_twice_is_a_reprint():
    order = to_pack()
    client = staff(*PACKER)
    assert "Reprint" not in text(print_now(client, "packing_slips", order).content)
    assert "Reprint 1" in text(print_now(client, "packing_slips", order).content)


def test_the_order_of_the_slips_is_chosen():
    later = to_pack(ship_by=factories.NOW, items=[factories.item("A")])
    sooner = to_pack(ship_by=factories.PURCHASED, items=[factories.item("B")])
    client = staff(*PACKER)
    first = pages(print_now(client, "packing_slips", later, sooner).content)[0]
    assert sooner.amazon_order_id in first
    first = pages(print_now(client, "packing_slips", later, sooner, sort="sku").content)[0]
    assert later.amazon_order_id in first
    shown = print_now(client, "packing_slips", later, sort="colour").content.decode()
    assert "Select a valid choice." in shown


def test_who_saw_the_names_is_logged_and_the_names_are_not(caplog):
    order = to_pack()
    client = staff(*PACKER)
    with caplog.at_level(logging.INFO, "sync_portal.audit"):
        print_now(client, "packing_slips", order)
    assert f"Personal data of channels.channelorder {order.pk} shown to user" in caplog.text
    assert "Öberg" not in caplog.text


def test_all_that_the_list_shows():
    """Selected across all pages, with the filter of the list."""
    orders = [to_pack(), to_pack()]
    other = factories.channel_order(status=ChannelOrder.Status.CANCELED)
    response = print_now(
        staff(*PACKER), "packing_slips", orders[0], query="?status=unshipped", select_across="1"
    )
    found = text(response.content)
    assert all(order.amazon_order_id in found for order in orders)
    assert other.amazon_order_id not in found


def test_there_is_a_limit(monkeypatch):
    monkeypatch.setattr(packing, "MAX_ORDERS", 2)
    orders = [to_pack() for _ in range(3)]
    response = print_now(staff(*PACKER), "packing_slips", *orders)
    assert response.status_code == 302
    shown = staff(*PACKER)
    assert print_now(shown, "packing_slips", *orders[:2])["Content-Type"] == "application/pdf"


def test_a_selection_that_is_too_large_is_told(monkeypatch):
    monkeypatch.setattr(packing, "MAX_ORDERS", 2)
    client = staff(*PACKER)
    print_now(client, "pick_list", *[to_pack() for _ in range(3)])
    shown = client.get(orders_tab()).content.decode()
    assert "At most 2 orders are printed at once: choose fewer." in shown


@pytest.mark.parametrize("action", TITLES)
def test_statements_do_not_grow_with_the_orders(action):
    store = factories.amazon_store()
    orders = [to_pack(store=store) for _ in range(50)]
    client = superuser()

    def statements(count):
        with CaptureQueriesContext(connection) as captured:
            response = print_now(client, action, *orders[:count])
        assert response["Content-Type"] == "application/pdf"
        return len(captured)

    assert statements(1) == statements(50)


# Pick lists


def test_a_pick_list_needs_no_right_to_see_names():
    order, stopped = to_pack(), held()
    response = print_now(staff(*SEE_ORDERS, PRINT), "pick_list", order, stopped)
    assert response["Content-Disposition"].startswith('attachment; filename="pick-list-20')
    found = text(response.content)
    assert "MUG" in found
    assert order.commerce_order.number in found
    assert stopped.commerce_order.number not in found
    assert printed_notes() == 0


# One order


def test_the_page_of_a_commerce_order_leads_to_its_slip():
    order = to_pack()
    assert slip_page(order) in staff(*PACKER).get(page_of(order)).content.decode()
    assert slip_page(order) not in staff(*SEE_ORDERS, PRINT).get(page_of(order)).content.decode()


def test_the_slip_of_one_order():
    order = to_pack()
    client = staff(*PACKER)
    assert "1 order is ready to be packed." in client.get(slip_page(order)).content.decode()
    assert printed_notes() == 0
    response = client.post(slip_page(order), {"print": "1"})
    assert order.amazon_order_id in text(response.content)
    assert printed_notes() == 1


def test_the_slip_of_no_order():
    assert staff(*PACKER).get("/admin/channels/channelorder/99/packing-slip/").status_code == 404
