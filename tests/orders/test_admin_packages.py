"""The buttons in the list of packages: take back and send again, by POST, with the permission."""

import re

import pytest
from django.urls import reverse

from channels.models import ChannelOrder
from orders.models import OutboxMessage, Package, Shipment
from tests import factories
from tests.orders.pages import page_of
from tests.orders.shipping import ship
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, SHIP, staff, superuser

pytestmark = pytest.mark.django_db

DISMISS = "orders.dismiss_confirmation"


def shipped(**values):
    store = factories.amazon_store(grace_minutes=30)
    order = factories.placed_order(store=store)
    ship(order)
    OutboxMessage.objects.update(**values)
    return order


def address(name, order):
    package = Package.objects.get()
    return reverse(f"admin:orders_commerceorder_{name}", args=[order.commerce_order_id, package.pk])


def said(response):
    return [str(message) for message in response.context["messages"]]


def channel_page(order):
    return reverse("admin:channels_channelorder_change", args=[order.pk]) + "?tab=tracking"


def test_take_back_within_the_grace_period():
    order = shipped()
    path = address("take_back", order)
    client = staff(*SEE_ORDERS, SHIP)
    text = client.get(page_of(order)).content.decode()
    assert path in text
    assert re.search(r"(30|29) min left", text)
    response = client.post(path, {"reason": "wrong parcel"}, follow=True)
    assert response.redirect_chain == [(page_of(order), 302)]
    assert said(response) == ["Taken back. Amazon is not told; the units can be shipped."]
    assert Package.objects.count() == 0
    assert path not in response.content.decode()


def test_it_leads_back_to_the_page_the_person_was_on():
    order = shipped()
    client = superuser()
    here = channel_page(order)
    assert f'name="next" value="{here}"' in client.get(here).content.decode()
    response = client.post(address("take_back", order), {"next": here})
    assert response.url == here


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:x"])
def test_it_leads_nowhere_else(elsewhere):
    order = shipped()
    response = superuser().post(address("take_back", order), {"next": elsewhere})
    assert response.url == page_of(order)


def test_posted_twice_it_is_taken_back_once():
    order = shipped()
    path, client = address("take_back", order), superuser()
    client.post(path, follow=True)
    before = everything()
    response = client.post(path, follow=True)
    assert said(response) == ["This package does not exist: it may have been taken back already."]
    assert everything() == before


@pytest.mark.parametrize("name", ["take_back", "resend"])
def test_it_needs_a_post_and_the_permission(name):
    order = shipped()
    path = address(name, order)
    before = everything()
    client = staff(*SEE_ORDERS)
    assert path not in client.get(page_of(order)).content.decode()
    assert client.post(path).status_code == 403
    assert staff(*SEE_ORDERS, SHIP).get(path).status_code == 405
    assert everything() == before


@pytest.mark.parametrize(
    ("values", "take_back", "resend", "dismiss"),
    [
        ({}, True, False, False),
        ({"not_before": factories.NOW}, False, False, False),
        ({"state": "sent", "sent_at": factories.NOW}, False, False, False),
        ({"state": "refused", "attempts": 1}, False, True, True),
        ({"state": "proven", "proven_at": factories.NOW}, False, False, False),
        (
            {"state": "refused", "attempts": 1, "dismissed_at": factories.NOW,
             "dismiss_reason": "given up"},
            False, True, False,
        ),
        (
            {"state": "sent", "sent_at": factories.NOW, "dismissed_at": factories.NOW,
             "dismiss_reason": "given up"},
            False, True, False,
        ),
    ],
)  # fmt: skip
def test_the_page_offers_what_can_be_done(values, take_back, resend, dismiss):
    order = shipped(**values)
    text = staff(*SEE_ORDERS, SHIP, DISMISS).get(page_of(order)).content.decode()
    assert (address("take_back", order) in text) is take_back
    assert (address("resend", order) in text) is resend
    ids = f"{reverse('admin:orders_outboxmessage_dismiss')}?ids={OutboxMessage.objects.get().pk}"
    assert (ids in text) is dismiss
    assert ("Dismissed: given up" in text) is ("dismissed_at" in values)


@pytest.mark.parametrize("name", ["take_back", "resend"])
def test_a_package_of_another_order_is_not_found(name):
    order = shipped(state="refused")
    other = factories.placed_order()
    path = reverse(
        f"admin:orders_commerceorder_{name}",
        args=[other.commerce_order_id, Package.objects.get().pk],
    )
    assert order.commerce_order_id != other.commerce_order_id
    before = everything()
    assert superuser().post(path).status_code == 404
    assert everything() == before


@pytest.mark.parametrize(
    ("reference", "tracking_number", "badge", "can_correct"),
    [
        ("1", "T1", "shown by Amazon", True),
        ("1", "", "shown by Amazon", True),
        ("FBA-X", "T1", "shown by Amazon", False),
        ("", "", "counted by Amazon", False),
    ],
)
def test_of_a_package_confirmed_elsewhere(reference, tracking_number, badge, can_correct):
    order = factories.placed_order()
    shipment = factories.package(
        order=order.commerce_order, number=1, tracking_number=tracking_number
    ).shipment
    Shipment.objects.filter(pk=shipment.pk).update(by="channel")
    entry = {"reference": reference, "carrier": "", "tracking_number": tracking_number,
             "shipped_at": None, "items": []}  # fmt: skip
    ChannelOrder.objects.update(packages=[entry] if reference else [])
    correct = reverse("admin:orders_commerceorder_correct", args=[order.commerce_order_id, 1])
    client = superuser()
    for path in (page_of(order), channel_page(order)):
        text = client.get(path).content.decode()
        assert f">{badge}</span>" in text
        assert (correct in text) is can_correct


def test_send_again_from_the_order():
    order = shipped(state="refused")
    response = superuser().post(address("resend", order), follow=True)
    assert said(response) == ["The confirmation will be sent again."]
    assert OutboxMessage.objects.get().state == "pending"
    response = superuser().post(address("resend", order), follow=True)
    assert said(response) == ["There is nothing to send again."]
