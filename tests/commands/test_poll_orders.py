"""`poll_orders`: sweeps and history, by hand."""

import time

import pytest
from django.utils import timezone

from channels.models import Backfill, ChannelOrder, DailySales
from channels.sandbox.invent import Draft
from channels.sandbox.records import AMAZON, Status
from channels.sandbox.sellers import DEMO_EU
from channels.sandbox.server import serve
from channels.sandbox.world import Settings, World
from channels.services import backfilling, polling, quota
from tests import portal
from tests.channels.history import create_orders
from tests.commands.test_commands import KETTLES

pytestmark = pytest.mark.django_db


def test_poll_orders_once(manage, sandbox):
    portal.connect(sandbox)
    sandbox.world.create_order("SE", KETTLES)
    sandbox.world.create_order("SE", Draft(status=Status.PENDING))

    (line,) = manage("poll_orders", "--once", "--json").document["accounts"]
    assert (line["outcome"], line["seen"], line["created"], line["placed"]) == ("complete", 2, 2, 1)
    assert line["seller_id"] == DEMO_EU.seller_id
    counted = DailySales.objects.values_list("status", "orders")
    assert sorted(counted) == [("pending", 1), ("unshipped", 1)]  # no worker needed

    by_name = manage("poll_orders", "--store", "Amazon SE", "--json").document["accounts"]
    assert [(run["created"], run["changed"]) for run in by_name] == [(0, 0)]


def test_poll_orders_once_reads_history_to_its_end(manage, sandbox):
    portal.connect(sandbox, history=True, since_days=200)
    orders = create_orders(sandbox, [0.5 + n * 0.66 for n in range(300)])
    waiting = manage("order_settings", "Amazon SE", "--json").document["backfill"]
    assert (waiting["state"], waiting["percent"], waiting["seen"]) == ("running", 0, 0)

    document = manage("poll_orders", "--once", "--json").document

    (backfill,) = document["backfills"]
    assert (backfill["store"], backfill["state"], backfill["percent"]) == ("Amazon SE", "done", 100)
    assert (backfill["seen"], backfill["created"], backfill["placed"]) == (300, 300, 300)
    assert backfill["since"] == backfill["reached"]
    assert ChannelOrder.objects.count() == len(orders)
    assert document["accounts"][0]["outcome"] == "complete"
    assert manage("order_settings", "Amazon SE", "--json").document["backfill"] == backfill
    assert manage("poll_orders", "--once", "--json").document["backfills"] == []


def test_poll_orders_for_a_store_reads_only_its_history(manage, sandbox):
    portal.connect(sandbox, history=True)
    portal.connect(sandbox, name="Amazon DE", country_code="DE", history=True)
    portal.without_quota(sandbox)
    document = manage("poll_orders", "--store", "Amazon DE", "--json").document
    assert [(b["store"], b["state"]) for b in document["backfills"]] == [("Amazon DE", "done")]
    assert Backfill.objects.filter(finished_at=None).count() == 1


def test_poll_orders_reads_history_as_far_as_the_quota_goes(manage, sandbox):
    store = portal.connect(sandbox, history=True)
    for _ in range(14):  # of twenty: one for the sweep, none of the last five for history
        quota.take(store.account, "searchOrders")
    (backfill,) = manage("poll_orders", "--once", "--json").document["backfills"]
    assert (backfill["state"], backfill["pages"], backfill["detail"]) == ("waiting", 0, "")


def test_poll_orders_says_what_failed_in_history(manage, sandbox):
    portal.connect(sandbox, history=True)
    sandbox.world.faults.push("stall", "search")  # for no time at all: the sweep is well
    sandbox.world.faults.push("503", "search")
    answer = manage("poll_orders", "--once")
    assert answer.code == 1
    assert "searchOrders: HTTP 503" in answer.err


def test_poll_orders_goes_on_with_sweeps_and_history_until_stopped(manage, sandbox, monkeypatch):
    portal.connect(sandbox, history=True)
    portal.without_quota(sandbox)

    def stopped(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", stopped)
    assert manage("poll_orders", "--json").document == {"polls": 1}
    assert Backfill.objects.get().finished_at is not None


def test_poll_orders_says_what_failed(manage, sandbox):
    portal.connect(sandbox)
    sandbox.world.revoke(DEMO_EU.seller_id, consent=True)
    answer = manage("poll_orders", "--once")
    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert "invalid_grant" in answer.err


# The demo


def test_the_showcase_is_there_at_once(manage, tmp_path, settings):
    settings.PORTAL_HOME = tmp_path
    (tmp_path / "keys").mkdir()
    with serve(World(populate=True, settings=Settings(plan="sandbox"))) as amazon:
        manage("demo", "--sandbox-url", amazon.url)
        for account_id in polling.due_accounts(timezone.now()):
            polling.poll_account(account_id, only_due=True)
        for _ in range(5):  # a turn for each store
            pk, due_at = backfilling.next_due(timezone.now())
            backfilling.read_backfill(pk, due_at=due_at)
        shown = {order.order_id for order in amazon.world.orders() if is_imported(order)}
    assert len(shown) > 15
    assert set(ChannelOrder.objects.values_list("amazon_order_id", flat=True)) == shown


def is_imported(order):
    return order.fulfilled_by != AMAZON or order.status is Status.SHIPPED
