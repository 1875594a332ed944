"""An Amazon store that is switched off, and on again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import AmazonStore, ChannelOrder, SyncCursor
from channels.sandbox.invent import Draft
from channels.services import polling
from channels.services.activation import set_active
from tests import factories, portal

pytestmark = pytest.mark.django_db


@pytest.fixture
def swedish(sandbox):
    """A Swedish and a German store of one account."""
    store = portal.connect(sandbox)
    portal.connect(sandbox, name="Amazon DE", country_code="DE")
    portal.without_quota(sandbox)
    return store


def create_order(sandbox, country, **ago):
    at = sandbox.world.clock.now() - timedelta(**ago)
    return sandbox.world.create_order(country, Draft(), at=at).order_id


def stored():
    return set(ChannelOrder.objects.values_list("amazon_order_id", flat=True))


def searches(sandbox):
    return sum(call.operation == "search" for call in sandbox.world.calls)


def test_an_inactive_store_is_not_asked(sandbox, swedish):
    set_active(swedish.pk, active=False)
    create_order(sandbox, "SE", days=1)
    german = create_order(sandbox, "DE", days=1)

    run = portal.poll()

    assert (run.outcome, run.seen, stored()) == ("complete", 1, {german})


def test_without_an_active_store_the_account_is_not_due(sandbox, swedish):
    assert polling.accounts() == [swedish.account_id]
    for store in AmazonStore.objects.all():
        set_active(store.pk, active=False)

    assert polling.accounts() == []
    assert (portal.poll().outcome, searches(sandbox)) == ("complete", 0)


def test_active_again_it_catches_up_on_what_others_have_swept_past(sandbox, swedish):
    # Never swept while it was active: all of it is still to come.
    set_active(swedish.pk, active=False)
    missed = create_order(sandbox, "SE", days=20)
    portal.poll()
    assert stored() == set()

    set_active(swedish.pk, active=True)
    portal.poll()

    assert stored() == {missed}


def test_active_again_it_is_polled_at_once(sandbox, swedish):
    set_active(swedish.pk, active=False)
    portal.poll()
    assert polling.due_accounts(timezone.now()) == []

    set_active(swedish.pk, active=True)

    assert polling.due_accounts(timezone.now()) == [swedish.account_id]


def test_twice_is_once(sandbox, swedish):
    set_active(swedish.pk, active=False)
    before = AmazonStore.objects.get(pk=swedish.pk).inactive_since
    portal.poll()
    set_active(swedish.pk, active=False)
    assert AmazonStore.objects.get(pk=swedish.pk).inactive_since == before

    set_active(swedish.pk, active=True)
    portal.poll()
    swept = SyncCursor.objects.get().watermark
    set_active(swedish.pk, active=True)
    assert SyncCursor.objects.get().watermark == swept
    assert AmazonStore.objects.get(pk=swedish.pk).inactive_since is None


def test_a_store_whose_account_was_never_swept_is_switched_off_and_on():
    store = factories.amazon_store()
    for active in (False, True):
        set_active(store.pk, active=active)
        found = AmazonStore.objects.get(pk=store.pk)
        assert (found.active, found.inactive_since) == (active, None)
