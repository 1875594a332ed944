"""Confirmations to the pretend Amazon, as the tests of delivery drive and watch them."""

from collections import Counter

from django.utils import timezone

from channels.models import ChannelOrder, CommunicationError
from channels.sandbox.invent import Draft, Line
from channels.services import delivery, proving
from orders.models import OutboxMessage
from tests import portal

LINES = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=1))


def connected(sandbox):
    """The pretend Amazon with a connected store; nobody counts calls."""
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    return sandbox


def shipped_order(amazon, tracking="SE1", **more):
    """An order whose only package waits to be confirmed."""
    order = amazon.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    portal.ship(order.order_id, tracking=tracking, **more)
    amazon.world.calls.clear()
    return order


def message():
    return OutboxMessage.objects.get()


def send():
    """One round of sending, whatever has to wait."""
    portal.hurry()
    return delivery.deliver(portal.due(timezone.now()))


def look():
    """One look for proof, whatever has to wait."""
    portal.hurry()
    return proving.prove(ChannelOrder.objects.get().pk)


def calls(amazon):
    return Counter(call.operation for call in amazon.world.calls)


def notes(order):
    return [note["text"] for note in portal.shown(order.order_id)["notes"]]


def open_errors():
    return list(CommunicationError.objects.filter(resolved_at=None))
