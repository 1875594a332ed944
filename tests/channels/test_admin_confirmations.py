"""Confirmations that need a person: the list, what it says, dismissing, and the banner."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services.closing import STOPPED
from orders.models import OutboxMessage
from tests import factories
from tests.orders.pages import OUTBOX, page_of
from tests.orders.shipping import ship
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, SHIP, orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

SEE = "orders.view_outboxmessage"
DISMISS = "orders.dismiss_confirmation"
ATTENTION = f"{OUTBOX}?attention=yes"
DISMISS_PAGE = reverse("admin:orders_outboxmessage_dismiss")
WORDS = "confirmShipment: HTTP 400 InvalidInput CarrierCode is missing."
LONG_AGO = timezone.now() - timedelta(hours=1)


def shipped(*, ship_by=None, **values):
    order = factories.placed_order(ship_by=ship_by)
    ship(order)
    message = OutboxMessage.objects.latest("pk")
    OutboxMessage.objects.filter(pk=message.pk).update(**values)
    return OutboxMessage.objects.get(pk=message.pk)


def refused(**more):
    return shipped(state="refused", last_error=WORDS, **more)


def listed(client, path=ATTENTION):
    return [message.pk for message in client.get(path).context["cl"].result_list]


def dismissing(*messages):
    ids = ",".join(str(message.pk) for message in messages)
    return f"{DISMISS_PAGE}?{urlencode({'ids': ids})}"


def said(response):
    return [str(message) for message in response.context["messages"]]


# The list


def test_it_shows_what_needs_a_person_the_most_urgent_first():
    soon, later = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(hours=3)
    second = refused(ship_by=later)
    first = shipped(state="sent", ship_by=soon, created_at=LONG_AGO, not_before=LONG_AGO)
    shipped(state="proven", proven_at=LONG_AGO)
    shipped()
    refused(dismissed_at=LONG_AGO, dismiss_reason="x")
    assert listed(staff(SEE)) == [first.pk, second.pk]


def test_it_says_the_cause_and_the_fix_beside_amazons_words():
    order = refused().package.order
    text = staff(SEE).get(ATTENTION).content.decode()
    assert WORDS in text
    assert "Amazon does not take this carrier in this marketplace." in text
    assert "Correct the package: choose another carrier" in text
    assert reverse("admin:orders_commerceorder_change", args=[order.pk]) in text


@pytest.mark.parametrize(("way", "is_said"), [("call", False), ("feed", True), ("", False)])
def test_it_says_what_went_by_feed(way, is_said):
    shipped(state="sent", sent_at=LONG_AGO, way=way)
    text = staff(SEE).get(OUTBOX).content.decode()
    assert ("· Feed</td>" in text) is is_said


def test_amazons_words_are_text():
    shipped(state="refused", last_error="<script>alert(1)</script>")
    text = staff(SEE).get(ATTENTION).content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_a_dismissed_one_says_who_and_why():
    refused(dismissed_at=LONG_AGO, dismissed_by="Kim", dismiss_reason="sold in the shop")
    text = staff(SEE).get(f"{OUTBOX}?dismissed=yes").content.decode()
    assert "Kim: sold in the shop" in text
    assert listed(staff(SEE), f"{OUTBOX}?dismissed=no") == []


def test_thirty_cost_as_many_statements_as_one():
    client = superuser()
    refused()
    client.get(ATTENTION)
    one = statements(client, ATTENTION)
    for _ in range(29):
        refused()
    assert statements(client, ATTENTION) == one


# Dismissing


def test_dismiss_many_with_a_reason():
    messages = [refused(), refused()]
    client = staff(SEE, DISMISS)
    chosen = {"action": "dismiss", "_selected_action": [m.pk for m in messages]}
    response = client.post(OUTBOX, chosen)
    assert response.url == dismissing(*reversed(messages))
    page = client.get(response.url).content.decode()
    assert page.count(WORDS) == 2

    response = client.post(response.url, {"reason": "lost in the post"}, follow=True)

    assert said(response) == ["2 confirmations dismissed."]
    kept = OutboxMessage.objects.values_list("dismiss_reason", "dismissed_by")
    assert set(kept) == {("lost in the post", "staff-0")}
    assert listed(client) == []


def test_a_reason_is_asked_for():
    path = dismissing(refused())
    before = everything()
    for reason in ("", "   ", "x" * 201):
        response = superuser().post(path, {"reason": reason})
        assert response.status_code == 200
        assert 'role="alert"' in response.content.decode()
    assert everything() == before


def test_posted_twice_it_is_dismissed_once():
    path, client = dismissing(refused()), superuser()
    client.post(path, {"reason": "first"}, follow=True)
    before = everything()
    assert said(client.post(path, {"reason": "second"}, follow=True)) == [
        "0 confirmations dismissed."
    ]
    assert everything() == before
    assert "There is nothing left to dismiss." in client.get(path).content.decode()


def test_dismissing_needs_the_permission():
    message = refused()
    before = everything()
    client = staff(SEE, SHIP)
    assert client.get(dismissing(message)).status_code == 403
    assert client.post(dismissing(message), {"reason": "x"}).status_code == 403
    assert "Dismiss…" not in client.get(OUTBOX).content.decode()
    client.post(OUTBOX, {"action": "dismiss", "_selected_action": [message.pk]})
    assert everything() == before


@pytest.mark.parametrize("ids", ["", "x", "1,,2", "1;2", "-1", "²", "9" * 19, "1," * 200 + "1"])
def test_an_address_that_names_no_confirmations(ids):
    assert superuser().get(f"{DISMISS_PAGE}?{urlencode({'ids': ids})}").status_code == 404


def test_a_dismissed_one_is_sent_again_by_the_list():
    message = refused(dismissed_at=LONG_AGO, dismiss_reason="x")
    data = {"action": "send_again", "_selected_action": [message.pk]}
    response = staff(SEE, SHIP).post(OUTBOX, data, follow=True)
    assert said(response) == ["1 confirmation will be sent again."]
    assert OutboxMessage.objects.get().dismissed_at is None


# What the order's page says

SHOWN = {"state": "proven", "proven_at": LONG_AGO}
GIVEN_UP = {"dismissed_at": LONG_AGO, "dismiss_reason": "x"}
WAITING = "Shipped. Waiting until Amazon shows the packages."
REFUSED = "A confirmation is refused: Amazon does not know of the package."
DISMISSED = "Shipped; a confirmation was dismissed: nobody waits for Amazon to show it."


def step_of(message, client=None):
    order = message.package.order.channel_order
    path = reverse("admin:channels_channelorder_change", args=[order.pk])
    return (client or superuser()).get(path).context["next_step"]


def button_of(message, client=None):
    (button,) = step_of(message, client)["buttons"]
    return button["url"]


@pytest.mark.parametrize(
    ("values", "tone", "text"),
    [
        ({}, "wait", WAITING),
        ({"state": "sent", "sent_at": LONG_AGO}, "wait", WAITING),
        (SHOWN, "wait", WAITING),
        ({"state": "refused"}, "bad", REFUSED),
        ({"state": "refused", **GIVEN_UP}, "off", DISMISSED),
        ({"state": "sent", "sent_at": LONG_AGO, **GIVEN_UP}, "off", DISMISSED),
        ({**SHOWN, **GIVEN_UP}, "wait", WAITING),
    ],
)
def test_after_shipping_the_page_says_who_has_to_act(values, tone, text):
    step = step_of(shipped(**values))
    assert (step["tone"], step["text"]) == (tone, text)


def test_a_refused_one_is_one_click_away():
    message = refused()
    refused()
    client = staff(SEE, *SEE_ORDERS)
    assert listed(client, button_of(message, client)) == [message.pk]
    assert button_of(message, staff(*SEE_ORDERS)) == "?tab=tracking#packages"


@pytest.mark.parametrize(
    ("values", "tone", "word"),
    [
        ({"state": "refused", "last_error": STOPPED}, "bad", "stop the parcel"),
        ({"state": "refused", **GIVEN_UP}, "off", "nothing to do."),
    ],
)
def test_canceled_after_a_package_was_shipped_here(values, tone, word):
    message = shipped(**values)
    ChannelOrder.objects.update(status="canceled")
    step = step_of(message)
    assert step["tone"] == tone
    assert word in step["text"]
    if tone == "bad":
        assert button_of(message) == "?tab=tracking#packages"


# The banner


def test_every_page_says_how_many_and_by_when():
    due = timezone.now().replace(hour=14, minute=0) + timedelta(days=1)
    for hours in (0, 1, 2):
        refused(ship_by=due + timedelta(hours=hours))
    client = staff(SEE, *SEE_ORDERS)
    for path in (orders_tab(), OUTBOX, page_of_newest()):
        text = client.get(path).content.decode()
        assert "3 packages are not confirmed at Amazon: first due " in text
        assert f'href="{ATTENTION}"' in text


def page_of_newest():
    return page_of(OutboxMessage.objects.latest("pk").package.order.channel_order)


def test_the_banner_is_not_for_those_who_may_not_see_confirmations():
    refused()
    assert "not confirmed at Amazon" not in staff(*SEE_ORDERS).get(orders_tab()).content.decode()


def test_when_all_is_well_there_is_no_banner():
    shipped(state="proven", proven_at=LONG_AGO)
    assert 'class="banner"' not in superuser().get(OUTBOX).content.decode()
