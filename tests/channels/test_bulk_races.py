"""Jobs when several are at it at once, each with a connection of its own."""

from functools import partial
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from channels.models import BulkJob, BulkJobRow
from channels.services import bulk
from orders.models import OrderNote
from tests import factories
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def eva():
    return User.objects.create_superuser("eva")


@pytest.fixture
def orders():
    return [factories.channel_order() for _ in range(15)]


def start(eva, orders, **more):
    rows = [bulk.NewRow(order.pk, order.amazon_order_id) for order in orders]
    return bulk.start(kind="note", user=eva, rows=rows, params={"text": "x"}, **more)


def assert_added_up(job):
    """The counts are those of the rows, and every row that is done was done once."""
    job = BulkJob.objects.get(pk=job.pk)
    states = list(job.rows.values_list("state", flat=True))
    assert (job.done, job.stopped) == (states.count("done"), states.count("stopped"))
    assert OrderNote.objects.count() == job.done
    return job


def test_several_workers_do_each_row_once(eva, orders):
    job = start(eva, orders)
    results = in_parallel([partial(bulk.run, job.pk)] * 4)
    assert not [result for result in results if isinstance(result, Exception)]
    assert assert_added_up(job).done == len(orders)


def test_several_messages_of_a_turn_are_one_turn(eva, orders, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    job = start(eva, orders)
    results = in_parallel([partial(bulk.run, job.pk, due_at=job.due_at)] * 4)
    assert sorted(result is None for result in results) == [False, True, True, True]
    assert assert_added_up(job).done == 1


def test_whoever_stops_a_job_waits_for_the_row_that_is_being_done(eva, orders):
    job = start(eva, orders)
    _, count = in_parallel([partial(bulk.run, job.pk), partial(bulk.stop, job.pk, "Enough.")])
    job = assert_added_up(job)
    assert job.done + job.stopped == len(orders)
    assert count == job.stopped
    assert job.finished_at


def test_posted_at_the_same_time_it_is_one_job(eva, orders):
    jobs = in_parallel([partial(start, eva, orders, token=uuid4())] * 3)
    assert [job.pk for job in jobs] == [BulkJob.objects.get().pk] * 3
    assert BulkJobRow.objects.count() == len(orders)
