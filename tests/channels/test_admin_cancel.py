"""A buyer's request to cancel: note, badge, filter, and what the order's page offers."""

import html
from dataclasses import replace

import pytest
from django.urls import reverse

from channels.models import ChannelOrder
from tests import factories
from tests.channels.shop import UNSHIPPED, bring, shop, shown, texts
from tests.staff import SEE_ORDERS, SHIP, listed, orders_tab, staff, superuser

pytestmark = pytest.mark.django_db

CANCEL = "orders.cancel_commerceorder"
ASKED = replace(UNSHIPPED, cancel_requested=True, minutes=60)
GONE = "Amazon shows the buyer's request to cancel no longer."


def page_of(order):
    return reverse("admin:channels_channelorder_change", args=[order.pk])


def next_step(client):
    return client.get(page_of(ChannelOrder.objects.get())).context["next_step"]


def test_a_request_that_amazon_shows_no_longer_is_cleared_with_a_note():
    store = shop()
    bring(store, UNSHIPPED)
    bring(store, ASKED)
    bring(store, replace(UNSHIPPED, minutes=90))
    bring(store, replace(UNSHIPPED, minutes=120))
    assert shown()["cancel_requested"] is False
    assert [text for text in texts() if "request" in text] == [GONE]
    assert texts().count("The buyer asked to cancel this order.") == 1


def test_the_filter_shows_what_can_still_be_stopped():
    open_order, moot, plain = (factories.placed_order() for _ in range(3))
    ChannelOrder.objects.exclude(pk=plain.pk).update(cancel_requested=True)
    ChannelOrder.objects.filter(pk=moot.pk).update(status="shipped")
    client = superuser()
    assert listed(client, cancel_requested="yes") == [open_order.amazon_order_id]
    assert len(listed(client)) == 3
    chip = client.get(orders_tab(), {"cancel_requested": "yes"}).content.decode()
    assert "Cancel requested: By the buyer" in chip


def test_the_order_page_offers_to_cancel_and_to_ship_anyway():
    store = shop()
    bring(store, UNSHIPPED)
    bring(store, ASKED)
    linked = ChannelOrder.objects.get().commerce_order
    client = staff(*SEE_ORDERS, SHIP, CANCEL)
    step = next_step(client)
    cancel = reverse("admin:orders_commerceorder_cancel", args=[linked.pk])
    first, other = step["buttons"]
    assert first["label"] == "Cancel the order"
    assert first["url"].startswith(f"{cancel}?reason=BuyerCanceled&line=")
    assert other["label"] == "Ship anyway"
    assert other["url"] == reverse("admin:orders_commerceorder_ship", args=[linked.pk])
    form = client.get(first["url"]).context["form"]
    wanted = {item.order_item_id for item in ASKED_ITEMS()}
    ticked = {line.channel_item_id for line, field in form.rows() if field.value()}
    assert (form["reason"].value(), ticked) == ("BuyerCanceled", wanted)


def ASKED_ITEMS():
    return ChannelOrder.objects.get().items.filter(cancel_requested=True)


@pytest.mark.parametrize(
    ("permissions", "labels"),
    [
        ((SHIP, CANCEL), ["Cancel the order", "Ship anyway"]),
        ((CANCEL,), ["Cancel the order"]),
        ((SHIP,), ["Ship anyway"]),
        ((), []),
    ],
)
def test_everybody_is_offered_what_they_may_do(permissions, labels):
    bring(shop(), ASKED)
    buttons = next_step(staff(*SEE_ORDERS, *permissions))["buttons"]
    assert [button["label"] for button in buttons] == labels
    assert [button["plain"] for button in buttons] == [False, True][: len(labels)]


@pytest.mark.parametrize("permissions", [(SHIP, CANCEL), (CANCEL,)])
@pytest.mark.parametrize("draft", [UNSHIPPED, ASKED])
def test_there_is_one_button_to_cancel(permissions, draft):
    bring(shop(), draft)
    order = ChannelOrder.objects.get()
    text = staff(*SEE_ORDERS, *permissions).get(page_of(order)).content.decode()
    cancel = reverse("admin:orders_commerceorder_cancel", args=[order.commerce_order_id])
    assert text.count(f'href="{cancel}') == 1


@pytest.mark.parametrize(
    ("status", "is_said"), [("unshipped", True), ("shipped", False), ("canceled", False)]
)
def test_a_request_with_its_answer_is_said_neither_in_the_list_nor_on_the_page(status, is_said):
    order = factories.placed_order(cancel_requested=True)
    ChannelOrder.objects.update(status=status)
    badge = '<span class="badge warn">Cancel requested</span>'
    client = superuser()
    for path in (orders_tab(), page_of(order)):
        assert (badge in client.get(path).content.decode()) is is_said


def test_what_cannot_be_canceled_here_leads_to_seller_central():
    bring(shop(), UNSHIPPED)
    ChannelOrder.objects.update(status="partially_shipped")
    response = superuser().get(page_of(ChannelOrder.objects.get()))
    refusal, url = response.context["cancel_refusal"], response.context["channel_url"]
    assert refusal
    assert "/orders-v3/order/" in url
    assert f'{refusal} <a href="{url}"' in html.unescape(response.content.decode())


def test_what_is_partly_shipped_can_only_be_shipped():
    bring(shop(), ASKED)
    ChannelOrder.objects.update(status="partially_shipped")
    assert [button["label"] for button in next_step(superuser())["buttons"]] == ["Ship anyway"]


def test_while_it_is_being_canceled_the_page_says_how_far_it_is():
    bring(shop(), ASKED)
    linked = ChannelOrder.objects.get().commerce_order
    factories.cancellation(order=linked, state="accepted")
    step = next_step(superuser())
    assert step["text"] == "Being canceled: accepted. Do not ship."
    assert step["buttons"] == []


@pytest.mark.parametrize("status", ["unshipped", "pending", "shipped", "canceled"])
def test_the_page_offers_to_cancel_what_can_be_canceled(status):
    bring(shop(), UNSHIPPED)
    ChannelOrder.objects.update(status=status)
    order = ChannelOrder.objects.get()
    text = superuser().get(page_of(order)).content.decode()
    cancel = reverse("admin:orders_commerceorder_cancel", args=[order.commerce_order_id])
    assert (cancel in text) == (status == "unshipped")
