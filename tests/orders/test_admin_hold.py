"""Holding and releasing on the page of a Commerce order and from both lists."""

import pytest
from django.urls import reverse

from orders.models import CommerceOrder
from orders.services.holding import hold_order
from tests import factories
from tests.orders.pages import ORDERS, page_of, ship_page
from tests.orders.shipping import notes_of
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, SHIP, orders_tab, staff, superuser

pytestmark = pytest.mark.django_db

HOLD = "orders.hold_commerceorder"


def url(order, verb):
    return reverse(f"admin:orders_commerceorder_{verb}", args=[order.commerce_order_id])


def states():
    return list(CommerceOrder.objects.order_by("pk").values_list("state", flat=True))


# One


@pytest.mark.parametrize("verb", ["hold", "unhold"])
def test_an_order_that_is_not_there(verb):
    page = reverse(f"admin:orders_commerceorder_{verb}", args=[999999])
    assert superuser().post(page, {"reason": "fraud"}).status_code == 404


def test_holding_and_releasing_on_the_page():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS, SHIP, HOLD)
    text = client.post(url(order, "hold"), {"reason": "<fraud>"}, follow=True).content.decode()
    assert "The order is on hold." in text
    assert '<span class="badge warn">On Hold</span>' in text
    assert "On hold: &lt;fraud&gt;" in text
    assert ship_page(order) not in text
    assert notes_of(order)[-1] == "Put on hold: <fraud>"

    text = client.post(url(order, "unhold"), follow=True).content.decode()
    assert "The order is no longer on hold." in text
    assert ship_page(order) in text
    assert states() == ["pending"]


def test_the_channel_orders_page_says_why():
    order = factories.placed_order()
    hold_order(order_id=order.commerce_order_id, reason="fraud?")
    page = reverse("admin:channels_channelorder_change", args=[order.pk])
    response = superuser().get(page)
    step = response.context["next_step"]
    assert step["text"] == "On hold: fraud?"
    assert [button["url"] for button in step["buttons"]] == [url(order, "unhold")]
    badge = '<span class="badge warn">On Hold</span>'
    assert badge in response.content.decode()
    assert badge in superuser().get(orders_tab()).content.decode()


def test_holding_needs_its_permission_and_a_post():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS, SHIP)
    before = everything()
    for verb in ("hold", "unhold"):
        assert client.post(url(order, verb), {"reason": "x"}).status_code == 403
        assert superuser().get(url(order, verb)).status_code == 405
    assert url(order, "hold") not in client.get(page_of(order)).content.decode()
    assert everything()["orders.CommerceOrder"] == before["orders.CommerceOrder"]


@pytest.mark.parametrize(
    ("verb", "reason", "told"),
    [
        ("hold", "", "Give a reason: it is kept in the order&#x27;s history."),
        ("hold", "x" * 201, "The reason is longer than 200 characters."),
        ("unhold", "", "is Pending: it is not on hold."),
    ],
)
def test_a_refusal_is_said_and_nothing_is_written(verb, reason, told):
    order = factories.placed_order()
    client = superuser()
    before = everything()
    response = client.post(url(order, verb), {"reason": reason}, follow=True)
    assert told in response.content.decode()
    assert everything() == before


# Many


def chosen(orders):
    return [order.commerce_order_id for order in orders]


def test_many_are_held_with_one_reason_and_released():
    orders = [factories.placed_order() for _ in range(3)]
    client = staff(*SEE_ORDERS, HOLD)
    data = {"action": "hold_orders", "_selected_action": chosen(orders[:2])}
    asking = client.post(ORDERS, data)
    text = asking.content.decode()
    assert "2 orders: nothing of them is shipped" in text
    assert f'<a href="{ORDERS}">Commerce orders</a> &rsaquo; Hold</div>' in text
    assert states() == ["pending"] * 3

    hidden = {"action": "hold_orders", "select_across": "0", "reason": "recount"}
    assert asking.context["chosen"] == [str(pk) for pk in data["_selected_action"]]
    response = client.post(ORDERS, data | hidden, follow=True)
    assert "2 of 2 orders changed." in response.content.decode()
    assert states() == ["on_hold", "on_hold", "pending"]

    data = {"action": "unhold_orders", "_selected_action": chosen(orders)}
    text = client.post(ORDERS, data, follow=True).content.decode()
    assert "2 of 3 orders changed." in text
    assert f"Order {orders[2].commerce_order.number} is Pending: it is not on hold." in text
    assert states() == ["pending"] * 3


def test_a_reason_is_asked_for_again():
    order = factories.placed_order()
    data = {"action": "hold_orders", "_selected_action": chosen([order]), "reason": " "}
    response = superuser().post(ORDERS, data)
    assert "This field is required." in response.content.decode()
    assert states() == ["pending"]


@pytest.mark.parametrize(
    "action", [{"action": "hold_orders", "reason": "x"}, {"action": "unhold_orders"}]
)
def test_more_than_a_page_is_refused_and_nothing_is_written(action):
    orders = [factories.placed_order() for _ in range(101)]
    hold_order(order_id=orders[0].commerce_order_id, reason="fraud?")
    client = superuser()
    before = everything()
    data = {**action, "_selected_action": chosen(orders[:1]), "select_across": "1"}
    told = "At most 100 orders at once here. The Orders tab does more, as a job."
    assert told in client.post(ORDERS, data, follow=True).content.decode()
    assert everything() == before


def test_the_actions_need_their_permission():
    order = factories.placed_order()
    data = {"action": "hold_orders", "_selected_action": chosen([order]), "reason": "x"}
    staff(*SEE_ORDERS, SHIP).post(ORDERS, data)
    assert states() == ["pending"]
