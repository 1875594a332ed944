"""Feeds to the pretend Amazon, as the tests of feeds drive and watch them."""

from datetime import timedelta

from django.utils import timezone

from channels.models import Feed, SellerAccount
from channels.sandbox.invent import Draft
from channels.services import feed_results, feeding
from orders.models import OutboxMessage
from orders.models.outbox import State
from tests import portal
from tests.channels.delivering import LINES


def shipped_orders(amazon, count):
    """Orders whose packages wait to be confirmed, oldest first."""
    orders = [amazon.world.create_order("SE", Draft(lines=LINES)) for _ in range(count)]
    portal.poll()
    for number, order in enumerate(orders):
        portal.ship(order.order_id, tracking=f"SE{number}")
    amazon.world.calls.clear()
    return orders


def submit(ids=None):
    """Submit what is due as a feed; how many are in it."""
    portal.hurry()
    ids = portal.due(timezone.now()) if ids is None else ids
    return feeding.submit_confirmations(SellerAccount.objects.get().pk, ids)


def check():
    """Ask about every feed, whatever has to wait; how many have ended."""
    portal.hurry()
    return feed_results.check_feeds()


def the_feed():
    return Feed.objects.get()


def states():
    """The states of all confirmations, oldest first."""
    return list(OutboxMessage.objects.order_by("id").values_list("state", flat=True))


def packages(amazon):
    """Per order what Amazon has: references and tracking numbers, oldest order first."""
    return [
        [(p.reference_id, p.tracking_number) for p in order.packages]
        for order in reversed(amazon.world.orders())
    ]


def out_of_patience():
    """As if the ended feeds had been waited for long enough."""
    long_ago = timezone.now() - timedelta(days=1)
    Feed.objects.exclude(finished_at=None).update(finished_at=long_ago)


def settle(rounds=30):
    """Everything to its end, waiting for nothing."""
    for _ in range(rounds):
        if set(states()) <= {State.PROVEN, State.REFUSED}:
            return
        check()
        out_of_patience()
        portal.deliver(rounds=1)
