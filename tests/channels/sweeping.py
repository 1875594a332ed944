"""Sweeps of the pretend Amazon, as the tests of polling drive and watch them."""

from datetime import timedelta

from channels.models import ChannelOrder, CommunicationError, SellerAccount, SyncCursor
from channels.sandbox.invent import Draft
from channels.services import gateway, polling
from tests import portal

PAGE = 100


def connected(sandbox):
    """A connected store; nobody counts calls."""
    store = portal.connect(sandbox)
    portal.without_quota(sandbox)
    return store


def create_orders(sandbox, count, *, country="SE", days_ago=20, **draft):
    """Orders far behind the watermark: what a sweep leaves out is lost."""
    at = sandbox.world.clock.now() - timedelta(days=days_ago)
    return [
        sandbox.world.create_order(country, Draft(**draft), at=at + timedelta(milliseconds=n))
        for n in range(count)
    ]


def searches(sandbox):
    return sum(call.operation == "search" for call in sandbox.world.calls)


def cursor():
    return SyncCursor.objects.get()


def stored():
    return set(ChannelOrder.objects.values_list("amazon_order_id", flat=True))


def numbers(orders):
    return {order.order_id for order in orders}


class Meanwhile:
    """A client during whose nth search something else happens, before Amazon answers."""

    def __init__(self, happens):
        self.client = gateway.client_for(SellerAccount.objects.get())
        self.happens, self.searches = happens, 0

    def search_orders(self, query, *, pagination_token=None):
        self.searches += 1
        self.happens.get(self.searches, lambda: None)()
        return self.client.search_orders(query, pagination_token=pagination_token)


def poll_meanwhile(happens):
    return polling.poll_account(SellerAccount.objects.get().pk, client=Meanwhile(happens))


def open_errors():
    return list(CommunicationError.objects.filter(resolved_at=None))
