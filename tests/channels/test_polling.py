"""The sweep: who may, how far, and what when it goes wrong; against the pretend Amazon."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from channels.models import AmazonStore, SellerAccount, SyncCursor, SyncRun
from channels.sandbox.sellers import DEMO_EU
from channels.services import polling
from tests import factories, portal
from tests.channels.sweeping import (
    PAGE,
    Meanwhile,
    connected,
    create_orders,
    cursor,
    numbers,
    open_errors,
    poll_meanwhile,
    searches,
    stored,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(sandbox):
    return connected(sandbox)


# The lease


def test_one_sweep_per_account_at_a_time(sandbox, store):
    create_orders(sandbox, 1)
    second = []

    run = poll_meanwhile({1: lambda: second.append(portal.poll())})

    assert second == [None]
    assert (run.outcome, searches(sandbox), SyncRun.objects.count()) == ("complete", 1, 1)
    assert (cursor().claim, cursor().claimed_until) == (None, None)


def test_a_lease_that_ran_out_is_taken_over(sandbox, store):
    SyncCursor.objects.update(claim=uuid4(), claimed_until=timezone.now())
    cut_off = SyncRun.objects.create(account=store.account, started_at=timezone.now())

    assert portal.poll().outcome == "complete"

    cut_off = SyncRun.objects.get(pk=cut_off.pk)
    assert (cut_off.outcome, cut_off.detail) == ("failed", "The worker stopped half-way.")
    assert cut_off.finished_at is not None


def test_a_worker_that_lost_its_lease_stops_without_harm(sandbox, store):
    orders = create_orders(sandbox, PAGE + 1)
    takeover = []

    def another_one_takes_over():
        portal.end_leases()
        takeover.append(portal.poll())

    slow = poll_meanwhile({2: another_one_takes_over})

    assert (slow.outcome, slow.created) == ("paused", PAGE)
    assert slow.detail.startswith("The lease ran out")
    assert (takeover[0].outcome, takeover[0].created) == ("complete", 1)
    assert stored() == numbers(orders)
    assert (cursor().next_token, cursor().claim) == ("", None)


def test_every_page_renews_the_lease(sandbox, store):
    create_orders(sandbox, PAGE + 1)
    leases = []

    def look():
        leases.append(cursor().claimed_until)

    poll_meanwhile({1: look, 2: look})

    assert leases[0] < leases[1]


def test_a_sweep_that_is_asked_for_twice_runs_once(sandbox, store):
    account_id = store.account_id

    assert polling.poll_account(account_id, only_due=True).outcome == "complete"
    assert polling.poll_account(account_id, only_due=True) is None
    assert searches(sandbox) == 1
    assert polling.poll_account(account_id).outcome == "complete"  # a person asks


def test_a_bug_of_ours_ends_the_run_and_frees_the_account(sandbox, store):
    def bug():
        raise RuntimeError("personal data")

    with pytest.raises(RuntimeError):
        poll_meanwhile({1: bug})

    run = SyncRun.objects.get()
    assert (run.outcome, run.detail) == ("failed", "The portal failed: RuntimeError.")
    assert cursor().claim is None
    assert cursor().due_at > timezone.now()
    assert portal.poll().outcome == "complete"


# The watermark


def test_the_watermark_moves_after_the_last_page_to_the_first_bound_minus_the_overlap(
    sandbox, store
):
    create_orders(sandbox, PAGE + 1)
    today = timezone.now().replace(microsecond=0)
    sandbox.world.clock.set(today)
    before = cursor().watermark
    at_the_second_page = []

    def later():
        at_the_second_page.append(cursor().watermark)
        sandbox.world.clock.advance(3600)

    poll_meanwhile({2: later})

    assert at_the_second_page == [before]
    assert cursor().watermark == today - timedelta(minutes=10)
    assert cursor().last_success_at is not None
    assert cursor().due_at > timezone.now() + timedelta(seconds=170)


def test_the_bound_is_that_of_the_first_page(sandbox, store):
    """Amazon says it on every page; only the first one tells what the sweep selected."""
    create_orders(sandbox, PAGE + 1)
    today = timezone.now()

    class Drifting(Meanwhile):
        def search_orders(self, query, *, pagination_token=None):
            page = super().search_orders(query, pagination_token=pagination_token)
            bound = today + timedelta(hours=self.searches)
            return replace(page, last_updated_before=bound.isoformat())

    polling.poll_account(store.account_id, client=Drifting({}))

    assert cursor().watermark == today + timedelta(minutes=50)


def test_the_watermark_never_moves_back(sandbox, store):
    portal.poll()
    before = cursor().watermark
    sandbox.world.settings.search_lag = 7200

    assert portal.poll().outcome == "complete"
    assert cursor().watermark == before


def test_a_sweep_asks_from_the_watermark(sandbox, store):
    portal.poll()
    create_orders(sandbox, 1, days_ago=1)
    (new,) = create_orders(sandbox, 1, days_ago=0)

    run = portal.poll()

    assert (run.seen, stored()) == (1, {new.order_id})


# What goes wrong


def test_an_outage_is_logged_tried_again_soon_and_forgotten_when_over(sandbox, store):
    sandbox.world.faults.push("503", "search", times=2)

    for _ in range(2):
        assert portal.poll().outcome == "failed"
    (error,) = open_errors()
    assert (error.operation, error.code, error.times) == ("searchOrders", "Unavailable", 2)
    assert error.message.startswith("searchOrders: HTTP 503 ServiceUnavailable")
    assert error.request_id != ""
    assert cursor().due_at < timezone.now() + timedelta(minutes=1)

    assert portal.poll().outcome == "complete"
    assert open_errors() == []


def test_a_revoked_authorization_stops_the_account_until_a_person_acts(sandbox, store):
    sandbox.world.revoke(DEMO_EU.seller_id, consent=True)

    run = portal.poll()

    assert run.outcome == "failed"
    assert run.detail.startswith("LWA token: invalid_grant: the seller's authorization is wrong")
    assert SellerAccount.objects.get().problem == run.detail
    assert cursor().due_at > timezone.now() + timedelta(minutes=59)
    (error,) = open_errors()
    assert (error.operation, error.code, error.times) == ("LWA token", "AuthorizationRevoked", 1)


# Which accounts, which stores


def test_one_sweep_for_all_marketplaces_of_an_account(sandbox, store):
    portal.connect(sandbox, name="Amazon DE", country_code="DE")
    (swedish,) = create_orders(sandbox, 1, country="SE")
    (german,) = create_orders(sandbox, 1, country="DE")
    create_orders(sandbox, 1, country="GB")  # not connected

    run = portal.poll()

    assert (run.seen, run.created, searches(sandbox)) == (2, 2, 1)
    assert portal.order(swedish.order_id).store.name == "Amazon SE"
    assert portal.order(german.order_id).store.name == "Amazon DE"


def test_an_account_without_an_active_store_asks_nothing(sandbox, store):
    AmazonStore.objects.update(active=False)

    run = portal.poll()

    assert (run.outcome, run.detail, searches(sandbox)) == ("complete", "No active store.", 0)


def test_accounts_that_are_due_come_with_one_statement(django_assert_num_queries):
    now = timezone.now()

    def account(*, due=now, claimed=None, active=(True,)):
        account = factories.seller_account()
        SyncCursor.objects.create(account=account, watermark=now, due_at=due, claimed_until=claimed)
        for country, is_active in zip(("SE", "DE"), active, strict=False):
            store = factories.amazon_store(account=account, country=country)
            AmazonStore.objects.filter(pk=store.pk).update(active=is_active)
        return account.pk

    minute = timedelta(minutes=1)
    just_due = account(active=(True, True))
    account(due=now + minute)
    account(claimed=now + minute)
    stranded = account(due=now - 2 * minute, claimed=now - minute)
    account(active=(False,))
    account(active=())
    half = account(due=now - minute, active=(False, True))

    with django_assert_num_queries(1):
        assert polling.due_accounts(now) == [stranded, half, just_due]
