"""The order is read once more just before it is shipped: what Amazon says then decides."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from channels.models import ChannelOrder
from channels.sandbox import moves
from channels.services import last_look
from channels.services.fetching import fetch
from orders.models import OrderNote, Package
from orders.services.errors import CancelRequested, CannotShip, DoubtfulNumber
from orders.services.packages import PackageDraft
from orders.services.shipments import ship
from tests import portal
from tests.channels.delivering import LINES, Draft, calls, connected, notes
from tests.orders.pages import ship_page
from tests.orders.pages import shipping as form_data
from tests.staff import superuser

pytestmark = pytest.mark.django_db
DRAFT = PackageDraft(carrier_code="DSV", tracking_number="T1")


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


@pytest.fixture
def order(amazon):
    """An order that was read an hour ago."""
    order = amazon.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    grow_old()
    amazon.world.calls.clear()
    return order


def grow_old():
    ChannelOrder.objects.update(synced_at=timezone.now() - timedelta(hours=1))


def shipping(order, **options):
    pk = portal.order(order.order_id).commerce_order_id
    return ship(order_id=pk, packages=[DRAFT], **options)


def test_what_is_known_for_an_hour_is_read_again(amazon, order):
    shipped = shipping(order)
    assert calls(amazon)["get"] == 1
    assert (shipped.unchecked, shipped.warnings) == ("", [])
    assert Package.objects.count() == 1


def test_what_was_read_a_moment_ago_is_not(amazon, order):
    ChannelOrder.objects.update(synced_at=timezone.now() - timedelta(seconds=50))
    shipping(order)
    assert calls(amazon) == {}


def test_an_order_canceled_meanwhile_is_refused(amazon, order):
    amazon.world.change(order.order_id, lambda o: moves.cancel(o, by="BUYER", reason="x"))
    with pytest.raises(CannotShip, match="was canceled meanwhile: do not ship it"):
        shipping(order)
    assert Package.objects.count() == 0
    assert portal.order(order.order_id).commerce_order.state == "canceled"


def test_the_page_shows_what_the_look_brought(amazon, order):
    row = portal.order(order.order_id)
    data = form_data(row)
    amazon.world.change(order.order_id, lambda o: moves.cancel(o, by="BUYER", reason="x"))
    text = superuser().post(ship_page(row), data).content.decode()
    assert "was canceled meanwhile: do not ship it." in text
    assert '<span class="badge off">Canceled</span>' in text


def test_a_buyer_who_asked_to_cancel_makes_it_a_decision(amazon, order):
    amazon.world.change(order.order_id, lambda o: moves.request_cancel(o, reason="Too late"))
    with pytest.raises(CancelRequested, match="asked to cancel it: ship it only by decision") as no:
        shipping(order)
    assert "Too late" not in str(no.value)
    assert Package.objects.count() == 0

    shipping(order, despite_cancel_request=True)
    assert Package.objects.count() == 1
    assert notes(order)[-1] == "Shipped although the buyer asked to cancel."
    assert "Too late" not in "".join(notes(order))


@pytest.mark.parametrize("fault", ["500", "429", "drop", "html"])
def test_an_amazon_that_does_not_answer_stops_nobody(amazon, order, fault):
    amazon.world.faults.push(fault, "get")
    shipped = shipping(order)
    assert shipped.unchecked.startswith("getOrder")
    assert Package.objects.count() == 1
    assert notes(order)[-1] == f"Shipped without a last look at Amazon: {shipped.unchecked}"


def test_an_answer_that_cannot_be_read_stops_nobody(amazon, order):
    amazon.world.faults.push("malformed_order", "get")
    assert shipping(order).unchecked == "Amazon's answer could not be read."
    assert Package.objects.count() == 1


def test_an_amazon_that_is_slow_is_not_waited_for(amazon, order, monkeypatch):
    monkeypatch.setattr(last_look, "LOOK_TIMEOUT", (0.2, 0.2))
    amazon.world.faults.push("stall", "get", seconds=5)
    shipped = shipping(order)
    assert "ReadTimeout" in shipped.unchecked
    assert Package.objects.count() == 1


def test_no_quota_stops_nobody(sandbox):
    portal.connect(sandbox)
    order = sandbox.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    for _ in range(30):
        grow_old()
        fetch(portal.order(order.order_id).account, order.order_id, interactive=True)
    grow_old()
    assert shipping(order).unchecked == "Amazon's quota is used up."
    assert Package.objects.count() == 1
    with translation.override("sv"):
        told = str(OrderNote.objects.order_by("id").last())
    assert told == "Skickad utan en sista titt hos Amazon: Amazons kvot är slut."


def test_a_doubtful_number_is_refused_where_a_person_may_look(order):
    pk = portal.order(order.order_id).commerce_order_id
    doubtful = PackageDraft(carrier_code="PostNord", tracking_number="SE1")
    with pytest.raises(DoubtfulNumber) as refusal:
        ship(order_id=pk, packages=[doubtful, doubtful], despite_warnings=False)
    warnings = ["SE1 does not look like a tracking number of PostNord."]
    assert refusal.value.warnings == warnings
    assert Package.objects.count() == 0
    assert ship(order_id=pk, packages=[doubtful]).warnings == warnings


def test_of_an_order_that_is_not_open_amazon_is_not_asked(amazon, order):
    shipping(order)
    grow_old()
    amazon.world.calls.clear()
    with pytest.raises(CannotShip, match="is Complete"):
        shipping(order)
    assert calls(amazon) == {}
