"""Many packages on their way through an Amazon in which much goes wrong, seeded: for the suite and
for ``make bench NAME=faults``.

Calls and feeds are dropped, answered late, doubled, accepted and lost; feeds fail half-way, and
their reports disappear. Nothing waits: what has to wait is made due.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from django.utils import timezone

from channels.amazon.errors import SpApiError
from channels.models import ChannelOrder, Feed, SellerAccount
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.services import delivery, dispatching, feed_results, feeding, proving, quota
from channels.services.confirming import with_items
from channels.services.quota import NoQuota
from orders.models import OutboxMessage, Package
from orders.models.outbox import State
from tests import portal

OF_FEEDS = ("fatal", "cancelled", "doubled", "lose_result", "ignored")
KINDS = (
    "429", "500", "503", "drop", "lost_reply", "truncated", "html", "empty", *OF_FEEDS,
)  # fmt: skip
SETTLED = {State.PROVEN, State.REFUSED}
LINES = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=1))


@dataclass(slots=True)
class Storm:
    """What happened: rounds, feeds by how they ended, faults met, and the ways packages took."""

    rounds: int = 0
    to_be_refused: int = 0
    feeds: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    ways: Counter = field(default_factory=Counter)
    states: Counter = field(default_factory=Counter)


def ship(amazon, packages):
    """So many packages, two in every other order; Amazon checks every twentieth order once more,
    and refuses to confirm it meanwhile. How many packages it will refuse."""
    orders = []
    while packages > 0:
        order = amazon.world.create_order("SE", Draft(lines=LINES))
        orders.append((order, 2 if len(orders) % 2 and packages > 1 else 1))
        packages -= orders[-1][1]
    while ChannelOrder.objects.filter(placement="placed").count() < len(amazon.world.orders()):
        portal.hurry()
        portal.poll()
    for number, (order, count) in enumerate(orders):
        kettle, mug = (item.order_item_id for item in order.items)
        if count == 1:
            portal.ship(order.order_id, tracking=f"SE{number}")
        else:
            portal.ship(order.order_id, tracking=f"SE{number}A", quantities={kettle: 2})
            portal.ship(order.order_id, tracking=f"SE{number}B", quantities={mug: 1})
        if number % 20 == 10:
            amazon.world.change(order.order_id, moves.await_checks)
    return sum(count for _, count in orders[10::20])


def weather(amazon, packages, *, seed, waves=12, rate=0.3, rounds=300):
    """Ship so many packages wave by wave and deliver until everything is settled, while so many
    calls go wrong."""
    chance = Random(seed)
    account = SellerAccount.objects.get()
    amazon.world.faults.at_random(rate, KINDS)
    for kind in OF_FEEDS:  # each at least once
        amazon.world.faults.push(kind, "createFeed")
    storm = Storm()
    while storm.rounds < rounds and (storm.rounds < waves or unsettled()):
        if storm.rounds < waves:
            size = packages // waves + (packages % waves if not storm.rounds else 0)
            storm.to_be_refused += ship(amazon, size)
        storm.rounds += 1
        # Now calls are the faster way, more often feeds.
        if chance.random() < 0.3:
            quota.learn_rate(account, "confirmShipment", 1e9)
        else:
            quota.learn_rate(account, "confirmShipment", 0.001)
            quota.throttled(account, "confirmShipment")
        amazon.world.calls.clear()  # it keeps the last thousand only
        one_round()
        storm.faults += Counter(call.fault for call in amazon.world.calls if call.fault)
    storm.feeds = Counter(Feed.objects.values_list("state", flat=True))
    storm.ways = Counter(OutboxMessage.objects.values_list("way", flat=True))
    storm.states = Counter(OutboxMessage.objects.values_list("state", flat=True))
    return storm


def unsettled():
    return OutboxMessage.objects.exclude(state__in=SETTLED).exists() or (
        Feed.objects.filter(state__in=feeding.OPEN).exists()
    )


def one_round():
    """What beat does, with all waiting times over."""
    time_passes()
    delivery.release_stranded()
    for turn in dispatching.turns(timezone.now()):
        delivery.deliver(turn.calls)
        if turn.feed:
            feeding.submit_confirmations(turn.account_id, turn.feed)
    time_passes()
    feed_results.check_feeds()
    time_passes()
    portal.poll()
    proving.prove_seen(limit=10_000)
    for order_id in dispatching.looks(timezone.now()):
        with suppress(SpApiError, NoQuota):
            proving.prove(order_id)


def time_passes():
    portal.hurry()
    now = timezone.now()
    Feed.objects.update(created_at=now - timedelta(hours=1))
    Feed.objects.exclude(finished_at=None).update(finished_at=now - timedelta(hours=1))


def ours():
    """(order, reference, tracking number, units) of every package by whether it was refused."""
    found = {True: set(), False: set()}
    packages = Package.objects.select_related("order").prefetch_related(with_items(), "messages")
    for package in packages:
        units = {item.line.channel_item_id: item.quantity for item in package.items.all()}
        key = package.order.channel_number, str(package.number), package.tracking_number
        is_refused = package.message.state == State.REFUSED
        found[is_refused].add((*key, tuple(sorted(units.items()))))
    return found


def amazons(amazon):
    """The same of what Amazon has, as a list: one that is there twice is twice in it."""
    return [
        (
            order.order_id,
            package.reference_id,
            package.tracking_number,
            tuple(sorted((line.order_item_id, line.quantity) for line in package.items)),
        )
        for order in amazon.world.orders()
        for package in order.packages
    ]


def problems(amazon):
    """What must not be, in words; empty when everything is as it should be."""
    mine, theirs = ours(), amazons(amazon)
    found = []
    if unsettled():
        found.append("something is still open")
    if len(theirs) != len(set(theirs)):
        found.append("Amazon has a package twice")
    if missing := mine[False] - set(theirs):
        found.append(f"{len(missing)} proven packages are not at Amazon")
    if strange := set(theirs) - mine[False]:
        found.append(f"Amazon has {len(strange)} packages that we do not know as proven")
    mute = OutboxMessage.objects.filter(state=State.REFUSED, last_error="").count()
    if mute:
        found.append(f"{mute} packages are refused without a reason")
    return found
