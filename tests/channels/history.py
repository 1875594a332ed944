"""Stores with a past, as the tests of the backfill use them."""

from datetime import timedelta

from channels.models import Backfill, SellerAccount
from channels.sandbox.invent import Draft
from channels.services import backfilling, gateway
from tests import portal


def connected(sandbox, *, since_days=30, **settings):
    """A store just connected, its history still to be read; nobody counts calls."""
    store = portal.connect(sandbox, history=True, since_days=since_days, **settings)
    portal.without_quota(sandbox)
    return store


def create_orders(sandbox, days_ago, *, country="SE", **draft):
    """An order placed at each of these many days ago, and not changed since."""
    now = sandbox.world.clock.now()
    return [
        sandbox.world.create_order(country, Draft(created=at, **draft), at=at)
        for at in (now - timedelta(days=days) for days in days_ago)
    ]


def create_crowd(sandbox, count, *, days_ago=20, **draft):
    """So many orders within a second: pages of one window, however narrow."""
    return create_orders(sandbox, [days_ago + n / 86_400_000 for n in range(count)], **draft)


def searches(sandbox):
    return sum(call.operation == "search" for call in sandbox.world.calls)


def the_backfill():
    return Backfill.objects.get()


def turn(**options):
    """One turn of the backfill there is."""
    return backfilling.read_backfill(the_backfill().pk, **options)


class Meanwhile:
    """A client that keeps what it was asked; during the nth search something else happens."""

    def __init__(self, happens=()):
        self.client = gateway.client_for(SellerAccount.objects.get())
        self.happens, self.queries = dict(happens), []

    def search_orders(self, query, *, pagination_token=None):
        self.queries.append(query)
        self.happens.get(len(self.queries), lambda: None)()
        return self.client.search_orders(query, pagination_token=pagination_token)
