"""Live polling is never delayed: not by quota, not by a lease, not for want of a worker."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import Backfill, SyncCursor, SyncRun
from channels.sandbox.server import serve
from channels.sandbox.world import World
from channels.services import backfilling, polling, quota
from channels.services.backfilling import next_due, read_backfill
from tests import factories, portal
from tests.channels.history import Meanwhile, create_orders, searches, the_backfill, turn

pytestmark = pytest.mark.django_db

SEARCH = "searchOrders"
BURST, FOR_LIVE = 20, 5


def leave(account, tokens):
    """Use up the searches, but for so many."""
    for _ in range(BURST - tokens):
        quota.take(account, SEARCH)


def taken(account, **kind):
    """Take until there is no more: how many there were."""
    for count in range(100):
        try:
            quota.take(account, SEARCH, **kind)
        except quota.NoQuota:
            return count
    raise AssertionError("no end")


def test_history_leaves_a_quarter_of_the_burst_to_live_work():
    account = factories.seller_account()
    assert taken(account, history=True) == BURST - FOR_LIVE
    assert taken(account) == FOR_LIVE


def test_history_says_how_long_it_waits_for_more_than_the_reserve():
    account = factories.seller_account()
    leave(account, FOR_LIVE - 1)
    with pytest.raises(quota.NoQuota) as caught:
        quota.take(account, SEARCH, history=True)
    assert 350 < caught.value.seconds <= 2 * 179  # two tokens


def test_with_its_share_used_up_a_backfill_waits_and_a_sweep_does_not(sandbox):
    store = portal.connect(sandbox, history=True)
    leave(store.account, FOR_LIVE)

    waiting = turn()
    assert (waiting.pages, waiting.detail, searches(sandbox)) == (0, "", 0)
    assert waiting.due_at > timezone.now() + timedelta(seconds=170)
    assert next_due(timezone.now()) is None

    for _ in range(FOR_LIVE):
        assert portal.poll().outcome == SyncRun.Outcome.COMPLETE


def test_two_backfills_of_one_account_share_what_history_may_take(sandbox, monkeypatch):
    monkeypatch.setattr(backfilling, "WIDEST", 86_400)
    swedish = portal.connect(sandbox, history=True)
    portal.connect(sandbox, name="Amazon DE", country_code="DE", history=True)
    Backfill.objects.update(window_seconds=86_400)
    for pk in backfilling.open_backfills():
        backfilling.read_to_the_end(pk)
    assert searches(sandbox) == BURST - FOR_LIVE
    assert taken(swedish.account) == FOR_LIVE


def test_a_sweep_runs_while_history_is_being_read(sandbox):
    portal.connect(sandbox, history=True)
    sweeps = []
    turn(client=Meanwhile({2: lambda: sweeps.append(portal.poll())}))
    assert [sweep.outcome for sweep in sweeps] == [SyncRun.Outcome.COMPLETE]
    assert the_backfill().finished_at is not None


# A quarter of a day


@pytest.fixture
def amazon(monkeypatch):
    """The pretend Amazon and the portal with one clock, which is moved by hand."""
    with serve(World(now=timezone.now())) as sandbox:
        clock = sandbox.world.clock
        monkeypatch.setattr(timezone, "now", clock.now)
        monkeypatch.setattr(time, "time", lambda: clock.now().timestamp())
        yield sandbox


def next_beat(clock):
    """Let it become as late as the next thing that is due."""
    due = [SyncCursor.objects.get().due_at, *open_ones().values_list("due_at", flat=True)]
    clock.set(max(clock.now(), min(due)) + timedelta(milliseconds=1))  # Amazon counts no less


def open_ones():
    return Backfill.objects.filter(finished_at=None)


@pytest.mark.parametrize(
    ("poll_interval", "sweeps", "pages"),
    [
        (180, 120, 16),  # as many sweeps as the quota gives calls: history has the burst
        (300, 72, 63),  # fewer sweeps: what they leave is history's
    ],
)
def test_beside_a_long_history_every_sweep_runs_when_it_is_due(
    amazon, monkeypatch, poll_interval, sweeps, pages
):
    monkeypatch.setattr(backfilling, "WIDEST", 86_400)
    store = portal.connect(amazon, history=True, since_days=200)
    store.account.poll_interval = poll_interval
    store.account.save()
    Backfill.objects.update(window_seconds=86_400)
    clock, end = amazon.world.clock, timezone.now() + timedelta(hours=6)
    late = []
    while clock.now() < end:
        next_beat(clock)
        now = clock.now()
        due = SyncCursor.objects.get().due_at
        if backfill := next_due(now):  # first: whatever it takes is gone then
            pk, due_at = backfill
            read_backfill(pk, due_at=due_at)
        for account_id in polling.due_accounts(now):
            late.append(now - due)
            polling.poll_account(account_id, only_due=True)

    outcomes = list(SyncRun.objects.values_list("outcome", flat=True))
    assert set(outcomes) == {SyncRun.Outcome.COMPLETE}
    assert len(outcomes) == pytest.approx(sweeps, abs=2)
    assert max(late) <= timedelta(seconds=1)
    assert the_backfill().pages == pytest.approx(pages, abs=2)
    assert not [call for call in amazon.world.calls if call.status == 429]


def test_the_newest_orders_are_there_first(amazon, monkeypatch):
    portal.connect(amazon, history=True)
    create_orders(amazon, [20, 1])
    leave(Backfill.objects.get().store.account, FOR_LIVE + 1)
    turn()
    (order,) = factories.ChannelOrder.objects.all()
    assert timezone.now() - order.purchase_date < timedelta(days=2)
