"""The page of a job that ships: taking it back, and where to decide about what was refused."""

from functools import partial

import pytest
from django.urls import reverse

from channels.models import BulkJob
from channels.services import bulk, bulk_undoing
from orders.models import OutboxMessage, Package
from orders.services.holding import hold_order
from tests import portal
from tests.channels.bulk_shipping import NUMBERS, counts, place, start
from tests.staff import SEE_ORDERS, SHIP, staff, statements

pytestmark = pytest.mark.django_db

TAKE_BACK = "Take back all that Amazon has not been told yet"


@pytest.fixture
def packer():
    return staff(*SEE_ORDERS, SHIP)


def shipped(sandbox, count=2, **settings):
    store = portal.connect(sandbox, **settings)
    portal.without_quota(sandbox)
    ids = place(sandbox, count)
    job = start(*zip(ids, NUMBERS, strict=False))
    bulk.run(job.pk)
    return store, BulkJob.objects.get(pk=job.pk)


def page_of(job):
    return reverse("admin:channels_bulkjob_change", args=[job.pk])


def page(client, job):
    response = client.get(page_of(job))
    assert response.status_code == 200
    return response.content.decode()


def undo(client, job, **more):
    return client.post(reverse("admin:channels_bulkjob_undo", args=[job.pk]), **more)


def test_the_button_takes_it_back_and_says_so(sandbox, packer):
    _store, job = shipped(sandbox, grace_minutes="60")
    text = page(packer, job)
    assert TAKE_BACK in text
    assert "2 orders, the first: 59 min left" in text
    response = undo(packer, job, follow=True)
    assert "2 orders taken back. Amazon is not told." in response.content.decode()
    assert counts(job) == {"undone": 2}
    assert TAKE_BACK not in page(packer, job)


def test_what_stays_is_told(sandbox, packer):
    _store, job = shipped(sandbox, grace_minutes="60")
    first = Package.objects.order_by("pk")[0]
    OutboxMessage.objects.filter(package=first).update(not_before="2020-01-01T00:00Z")
    text = undo(packer, job, follow=True).content.decode()
    assert "1 order taken back. Amazon is not told. 1 stays shipped: its line says why." in text
    assert "the grace period is over" in text


@pytest.mark.parametrize(
    ("count", "told"),
    [(1, "1 is left: take back once more."), (2, "2 are left: take back once more.")],
)
def test_what_there_was_no_time_for_is_told(sandbox, packer, monkeypatch, count, told):
    in_a_hurry = partial(bulk_undoing.take_back, patience=-1)
    monkeypatch.setattr("channels.admin.bulk_undo.take_back", in_a_hurry)
    _store, job = shipped(sandbox, count, grace_minutes="60")
    assert told in undo(packer, job, follow=True).content.decode()


def test_while_the_job_runs_its_page_does_not_look_what_can_be_taken_back(sandbox, packer):
    _store, job = shipped(sandbox, grace_minutes="60")
    assert TAKE_BACK in page(packer, job)
    ended = statements(packer, page_of(job))
    BulkJob.objects.filter(pk=job.pk).update(finished_at=None)
    assert TAKE_BACK not in page(packer, job)
    assert statements(packer, page_of(job)) < ended


def test_without_a_grace_period_the_page_says_where_it_is_set(sandbox, packer):
    store, job = shipped(sandbox)
    text = page(packer, job)
    assert "Nothing can be taken back: Amazon is told at once." in text
    assert reverse("admin:channels_amazonstore_order_settings", args=[store.pk]) in text
    assert TAKE_BACK not in text


def test_after_the_grace_period_the_page_says_so(sandbox, packer):
    _store, job = shipped(sandbox, grace_minutes="60")
    OutboxMessage.objects.update(not_before="2020-01-01T00:00Z")
    text = page(packer, job)
    assert "The grace period is over" in text
    assert TAKE_BACK not in text


@pytest.mark.parametrize("permissions", [SEE_ORDERS, (SHIP,), ()])
def test_without_both_permissions_nothing_is_taken_back(sandbox, permissions):
    _store, job = shipped(sandbox, grace_minutes="60")
    client = staff(*permissions)
    assert undo(client, job).status_code == 403
    if permissions == SEE_ORDERS:
        assert TAKE_BACK not in page(client, job)
    assert Package.objects.count() == 2


def test_looking_takes_nothing_back(sandbox, packer):
    _store, job = shipped(sandbox, grace_minutes="60")
    assert packer.get(reverse("admin:channels_bulkjob_undo", args=[job.pk])).status_code == 405
    assert Package.objects.count() == 2


def test_only_jobs_that_ship_can_be_taken_back(sandbox, packer):
    _store, job = shipped(sandbox)
    BulkJob.objects.filter(pk=job.pk).update(kind="note")
    assert undo(packer, job).status_code == 404


def test_a_refused_order_leads_to_its_ship_page(sandbox, packer):
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    (order_id,) = place(sandbox, 1)
    job = start((order_id, NUMBERS[0]))
    order = portal.order(order_id).commerce_order
    hold_order(order_id=order.pk, reason="recount")
    bulk.run(job.pk)
    link = reverse("admin:orders_commerceorder_ship", args=[order.pk])
    assert link in page(packer, job)
    assert link not in page(staff(*SEE_ORDERS), job)
