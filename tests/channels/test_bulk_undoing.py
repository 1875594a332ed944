"""Taking a job back: what Amazon has not been told of, and why the rest stays."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from channels.models import BulkJob
from channels.services import bulk, bulk_undoing, delivery
from channels.services.bulk_undoing import TakenBack, chance, stores_without_grace, take_back
from orders.models import OutboxMessage, Package
from orders.services.taking_back import take_back_package
from tests import portal
from tests.channels.bulk_shipping import NUMBERS, counts, packer, place, settled, shown_at, start
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    """A store that tells Amazon after an hour."""
    portal.connect(sandbox, grace_minutes="60")
    portal.without_quota(sandbox)
    return sandbox


def shipped(amazon, count=2):
    """A job that shipped so many orders, and their numbers."""
    ids = place(amazon, count)
    job = start(*zip(ids, NUMBERS, strict=False))
    bulk.run(job.pk)
    return BulkJob.objects.get(pk=job.pk), ids


def tell_amazon(tracking):
    """Send the confirmation of one package, as if its grace period were over."""
    messages = OutboxMessage.objects.filter(package__tracking_number=tracking)
    messages.update(not_before=timezone.now())
    delivery.deliver(list(messages.values_list("pk", flat=True)))


def test_within_the_grace_period_nothing_is_left_of_it(amazon):
    job, ids = shipped(amazon)
    assert chance(job).orders == 2
    assert 3_500 < chance(job).seconds <= 3_600
    assert take_back(job.pk, user=packer()) == TakenBack(undone=2)
    assert settled(job) == [("undone", "Taken back.")] * 2
    assert counts(job) == {"undone": 2}
    assert not Package.objects.exists()
    assert [portal.order(order_id).commerce_order.state for order_id in ids] == ["processing"] * 2
    portal.deliver()
    assert [shown_at(amazon, order_id) for order_id in ids] == [[], []]
    assert chance(BulkJob.objects.get(pk=job.pk)).orders == 0


def test_what_amazon_was_told_stays_and_says_why(amazon):
    job, ids = shipped(amazon)
    tell_amazon(NUMBERS[0])
    assert chance(job).orders == 1
    assert take_back(job.pk, user=packer()) == TakenBack(undone=1, kept=1)
    first, second = settled(job)
    assert first[0] == "done"
    assert first[1].startswith("Package 1 cannot be taken back any more: the grace period is over.")
    assert second == ("undone", "Taken back.")
    assert counts(job) == {"done": 1, "undone": 1}
    assert len(shown_at(amazon, ids[0])) == 1
    assert shown_at(amazon, ids[1]) == []


def test_outside_the_grace_period_everything_stays(amazon):
    job, _ids = shipped(amazon)
    OutboxMessage.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    assert chance(job).orders == 0
    assert take_back(job.pk, user=packer()) == TakenBack(kept=2)
    assert counts(job) == {"done": 2}
    assert Package.objects.count() == 2


def test_an_order_in_two_packages_goes_back_whole_or_not_at_all(amazon):
    job = in_two_packages(amazon)
    tell_amazon(NUMBERS[1])
    assert take_back(job.pk, user=packer()) == TakenBack(kept=1)
    assert Package.objects.count() == 2
    assert counts(job) == {"done": 1}


def test_what_the_job_has_not_done_yet_is_left(amazon, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    ids = place(amazon, 2)
    job = start(*zip(ids, NUMBERS, strict=False))
    bulk.run(job.pk)
    assert take_back(job.pk, user=packer()) == TakenBack(undone=1)
    assert settled(job) == [
        ("undone", "Taken back."),
        ("stopped", "Not shipped: the job was taken back."),
    ]
    assert bulk.run(job.pk) is None
    assert not Package.objects.exists()


def test_twice_is_once(amazon):
    job, _ids = shipped(amazon)
    take_back(job.pk, user=packer())
    assert take_back(job.pk, user=packer()) == TakenBack()
    assert counts(job) == {"undone": 2}


def in_two_packages(amazon):
    """A job that shipped one order in two packages."""
    (order_id,) = place(amazon, 1)
    job = start(
        (order_id, NUMBERS[0], ("item", "KET-12")), (order_id, NUMBERS[1], ("item", "MUG-3"))
    )
    bulk.run(job.pk)
    return job


def test_an_order_whose_only_package_was_taken_back_by_hand_is_taken_back(amazon):
    job, _ids = shipped(amazon, 2)
    take_back_package(package_id=Package.objects.earliest("pk").pk)
    assert chance(job).orders == 1
    assert take_back(job.pk, user=packer()) == TakenBack(undone=2)
    assert settled(job) == [("undone", "Taken back.")] * 2
    assert counts(job) == {"undone": 2}


@pytest.mark.parametrize("first", ["earliest", "latest"])
def test_what_is_left_after_one_package_was_taken_back_by_hand_goes_back_too(amazon, first):
    job = in_two_packages(amazon)
    take_back_package(package_id=getattr(Package.objects, first)("pk").pk)
    assert chance(job).orders == 1
    assert take_back(job.pk, user=packer()) == TakenBack(undone=1)
    assert settled(job) == [("undone", "Taken back.")]
    assert not Package.objects.exists()
    assert chance(job).orders == 0


def test_what_is_left_stays_when_amazon_was_told_of_it(amazon):
    job = in_two_packages(amazon)
    take_back_package(package_id=Package.objects.get(tracking_number=NUMBERS[0]).pk)
    tell_amazon(NUMBERS[1])
    assert take_back(job.pk, user=packer()) == TakenBack(kept=1)
    assert counts(job) == {"done": 1}
    assert "the grace period is over" in settled(job)[0][1]


@pytest.mark.django_db(transaction=True)
def test_who_takes_a_package_back_by_hand_at_the_same_time_stands_in_nobodys_way(amazon):
    job = in_two_packages(amazon)
    first = Package.objects.earliest("pk").pk
    user = packer()
    taken_back, _by_hand = in_parallel(
        [partial(take_back, job.pk, user=user), partial(take_back_package, package_id=first)]
    )
    assert taken_back == TakenBack(undone=1)
    assert counts(job) == {"undone": 1}
    assert not Package.objects.exists()


def test_nobody_waits_for_a_page_for_ever(amazon):
    job, _ids = shipped(amazon)
    first = take_back(job.pk, user=packer(), patience=0)
    assert first.undone + first.left == 2
    assert first.left
    assert take_back(job.pk, user=packer()).left == 0
    assert counts(job) == {"undone": 2}


def test_a_crash_between_the_package_and_its_row_leaves_both_or_neither(amazon, monkeypatch):
    job, _ids = shipped(amazon, 1)

    def die(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bulk_undoing.BulkJobRow, "save", die)
        with pytest.raises(KeyboardInterrupt):
            take_back(job.pk, user=packer())
    assert counts(job) == {"done": 1}
    assert Package.objects.count() == 1
    assert take_back(job.pk, user=packer()) == TakenBack(undone=1)


def test_stores_that_tell_amazon_at_once(sandbox):
    store = portal.connect(sandbox)
    portal.without_quota(sandbox)
    job, _ids = shipped(sandbox, 1)
    assert chance(job).orders == 0
    assert stores_without_grace(job) == [store]


def test_stores_with_a_grace_period_are_not_among_them(amazon):
    job, _ids = shipped(amazon, 1)
    assert stores_without_grace(job) == []


def test_asking_costs_the_same_for_any_number_of_orders(amazon, django_assert_num_queries):
    job, _ids = shipped(amazon, 3)
    with django_assert_num_queries(3):
        chance(job)
