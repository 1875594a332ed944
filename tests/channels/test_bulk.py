"""Jobs: started once, worked at row by row, by one worker at a time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone, translation

from channels.amazon.errors import Rejected, Throttled
from channels.models import BulkJob, BulkJobRow
from channels.services import bulk, bulk_rows
from channels.services.bulk_handlers import Handler
from channels.services.quota import NoQuota
from orders.models import CommerceOrder
from orders.services.errors import Refusal
from tests import factories
from tests.orders.shipping import notes_of

pytestmark = pytest.mark.django_db

HOLD = "orders.hold_commerceorder"


def person(*permissions):
    user = User.objects.create_user(f"person-{uuid4()}", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user


def rows_of(orders):
    return [bulk.NewRow(order.pk, order.amazon_order_id) for order in orders]


def start(kind="hold", orders=(), *, user=None, **more):
    params = {"reason": "recount", "text": "call back"}
    user = user or person(HOLD)
    return bulk.start(kind=kind, user=user, rows=rows_of(orders), params=params, **more)


def numbered(count):
    return [bulk.NewRow(None, str(n)) for n in range(count)]


def said(job):
    return [(row.state, row.message) for row in job.rows.all()]


def stored(job):
    return BulkJob.objects.get(pk=job.pk)


def counts(job):
    job = stored(job)
    return job.total, job.done, job.refused, job.stopped, job.waiting


@pytest.fixture
def handle(monkeypatch):
    """Have the rows of `note` jobs done by a function of the test: `handle(do, ask=None)`."""

    def use(do, ask=None):
        handler = Handler(permissions=(HOLD,), do=lambda job, row, answer: do(row), ask=ask)
        monkeypatch.setitem(bulk.HANDLERS, BulkJob.Kind.NOTE, handler)

    return use


# Starting


def test_a_job_and_its_rows_are_written_in_order():
    orders = [factories.placed_order() for _ in range(3)]
    job = start(orders=orders)
    assert counts(job) == (3, 0, 0, 0, 3)
    assert (job.user_name, job.params["reason"]) == (job.created_by.username, "recount")
    assert [(r.position, r.order_id, r.label) for r in job.rows.all()] == [
        (n, order.pk, order.amazon_order_id) for n, order in enumerate(orders, start=1)
    ]


def test_the_same_token_starts_one_job():
    order, token = factories.placed_order(), uuid4()
    first = start(orders=[order], token=token)
    assert start(orders=[order], token=token) == first
    assert BulkJobRow.objects.count() == 1


def test_the_token_of_a_job_that_has_ended_starts_none_and_says_which():
    order, token = factories.placed_order(), uuid4()
    first = start(orders=[order], token=token)
    bulk.stop(first.pk, "Enough.")
    with pytest.raises(bulk.DoneAlready, match="This was done already") as refusal:
        start(orders=[order], token=token)
    assert refusal.value.job == first
    assert BulkJobRow.objects.count() == 1


def test_a_job_without_an_order_is_refused_and_nothing_is_written():
    with pytest.raises(bulk.CannotStart, match="No order was chosen"):
        start(orders=[])
    assert not BulkJob.objects.exists()


def test_too_many_orders_are_refused_with_the_limit_and_nothing_is_written(monkeypatch):
    monkeypatch.setattr(bulk, "MAX_ROWS", 1_500)
    with pytest.raises(bulk.CannotStart, match=r"at most 1.?500 orders"):
        bulk.start(kind="hold", user=person(HOLD), rows=iter(numbered(1_501)))
    assert not BulkJob.objects.exists()
    assert not BulkJobRow.objects.exists()


def test_the_rows_of_a_large_job_are_never_in_memory_together():
    def rows():
        for n in range(10_000):
            if n % 500 == 0:
                written = BulkJobRow.objects.count()
                assert n - written <= bulk.CHUNK
            yield bulk.NewRow(None, str(n))

    assert counts(bulk.start(kind="hold", user=person(HOLD), rows=rows()))[0] == 10_000


# Working


def test_every_row_is_done_and_the_job_ends():
    orders = [factories.placed_order() for _ in range(2)]
    job = start(orders=orders)
    bulk.run(job.pk)
    assert said(job) == [("done", "On hold.")] * 2
    assert counts(job) == (2, 2, 0, 0, 0)
    assert stored(job).finished_at
    assert {order.state for order in CommerceOrder.objects.all()} == {"on_hold"}
    assert notes_of(orders[0])[-1] == "Put on hold: recount"
    assert bulk.run(job.pk) is None


def test_a_refused_row_says_why_and_the_others_go_on():
    held, order = factories.placed_order(), factories.placed_order()
    bulk.run(start(orders=[held]).pk)
    job = start(orders=[held, order])
    bulk.run(job.pk)
    number = held.commerce_order.number
    assert said(job) == [
        ("refused", f"Order {number} is On Hold: it cannot be held."),
        ("done", "On hold."),
    ]
    assert counts(job) == (2, 1, 1, 0, 0)


def test_a_failure_of_our_own_is_told_without_its_words(handle, caplog):
    def do(row):
        if row.position == 1:
            raise ValueError(chr(65) + "nna")
        return "fine"

    handle(do)
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(2))
    bulk.run(job.pk)
    assert said(job) == [("refused", "The portal failed: ValueError."), ("done", "fine")]
    assert "ValueError" in caplog.text
    assert "Anna" not in caplog.text

    with translation.override("sv"):
        assert said(job)[0] == ("refused", "Ett fel uppstod i portalen: ValueError.")


@pytest.mark.parametrize("started_in", ["en", "sv"])
def test_each_reader_reads_the_rows_in_their_language(started_in):
    """Whoever started it, in whatever language: refusals, outcomes, why it was stopped."""
    placed, other = factories.placed_order(), factories.channel_order()
    with translation.override(started_in):
        job = start("unhold", [placed, other])
        bulk.run(job.pk)
        noted = start("hold", [placed])
        bulk.run(noted.pk)
        stopped = start("hold", [placed])
        User.objects.filter(pk=stopped.created_by_id).update(is_active=False)
        bulk.run(stopped.pk)
    number, name = placed.commerce_order.number, stopped.user_name
    assert [*said(job), *said(noted), *said(stopped)] == [
        ("refused", f"Order {number} is Pending: it is not on hold."),
        ("refused", "It has no Commerce order."),
        ("done", "On hold."),
        ("stopped", f"{name} may not do this any more."),
    ]
    with translation.override("sv"):
        assert [*said(job), *said(noted), *said(stopped)] == [
            ("refused", f"Order {number} har statusen Väntande: den är inte pausad."),
            ("refused", "Den har ingen Commerce-order."),
            ("done", "Pausad."),
            ("stopped", f"{name} får inte göra det här längre."),
        ]


def test_what_a_refused_row_wrote_is_taken_back(handle):
    def do(row):
        factories.product("KEPT-NOT")
        raise Refusal("no")

    handle(do)
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(1))
    bulk.run(job.pk)
    assert said(job) == [("refused", "no")]
    assert not factories.Product.objects.filter(sku="KEPT-NOT").exists()


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(NoQuota("getOrder", 7.0), 7), (Throttled("getOrder", "slow down", retry_after=7.0), 7)],
)
def test_without_quota_the_job_waits_and_goes_on_where_it_was(handle, error, seconds):
    asked = []

    def ask(job, row):
        asked.append(row.position)
        if asked == [1, 2]:
            raise error

    handle(lambda row: "fine", ask)
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(3))
    before = timezone.now()
    bulk.run(job.pk)
    assert counts(job) == (3, 1, 0, 0, 2)
    waiting = stored(job)
    assert waiting.detail == "Amazon's quota is used up for now. It goes on by itself."
    pause = waiting.due_at - before
    assert timedelta(seconds=seconds) <= pause < timedelta(seconds=2 * seconds)
    assert bulk.due_jobs(timezone.now()) == []
    assert bulk.run(job.pk, due_at=waiting.due_at) is None
    assert bulk.due_jobs(waiting.due_at) == [(job.pk, waiting.due_at)]

    bulk.run(job.pk)
    assert asked == [1, 2, 2, 3]
    assert counts(job) == (3, 3, 0, 0, 0)
    assert stored(job).detail == ""


def test_an_account_without_quota_holds_up_its_own_rows_only(handle, monkeypatch):
    monkeypatch.setattr(bulk_rows, "READ_AHEAD", 2)
    poor, rich, broke = (factories.amazon_store() for _ in range(3))
    stores = [poor, poor, rich, poor, broke, poor, poor, broke, rich]
    rows = rows_of([factories.placed_order(store=store) for store in stores])
    out = {poor.account_id: 9.0, broke.account_id: 5.0}
    asked = []

    def ask(job, row):
        asked.append(row.position)
        if row.order and (seconds := out.get(row.order.account_id)):
            raise NoQuota("getOrder", seconds)

    handle(lambda row: "fine", ask)
    rows.append(bulk.NewRow(None, "gone"))
    job = bulk.start(kind="note", user=person(HOLD), rows=rows)
    before = timezone.now()
    bulk.run(job.pk)
    assert asked == [1, 3, 5, 9, 10]
    assert counts(job) == (10, 3, 0, 0, 7)
    waiting = stored(job)
    assert waiting.detail == "Amazon's quota is used up for now. It goes on by itself."
    pause = waiting.due_at - before  # until the first of them may go on
    assert timedelta(seconds=5) <= pause < timedelta(seconds=9)

    del out[broke.account_id]
    asked.clear()
    bulk.run(job.pk)
    assert asked == [1, 5, 8]
    out.clear()
    bulk.run(job.pk)
    assert counts(job) == (10, 10, 0, 0, 0)
    assert (stored(job).detail, stored(job).finished_at is None) == ("", False)


def test_a_turn_that_ends_while_an_account_has_no_quota_is_no_pause(handle, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    poor, rich = factories.amazon_store(), factories.amazon_store()
    orders = [factories.placed_order(store=store) for store in (poor, rich)]

    def ask(job, row):
        if row.order.account_id == poor.account_id:
            raise NoQuota("getOrder", 9.0)

    handle(lambda row: "fine", ask)
    job = bulk.start(kind="note", user=person(HOLD), rows=rows_of(orders))
    bulk.run(job.pk)
    assert stored(job).due_at <= timezone.now()


def test_amazons_no_is_told_on_the_row(handle):
    def ask(job, row):
        raise Rejected("getOrder", "no such order", request_id="R1")

    handle(lambda row: "fine", ask)
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(1))
    bulk.run(job.pk)
    assert said(job) == [("refused", "getOrder: no such order (request id R1)")]


def test_a_turn_ends_and_the_next_goes_on(handle, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    handle(lambda row: "fine")
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(2))
    for done in (1, 2):
        bulk.run(job.pk, due_at=stored(job).due_at)
        assert counts(job)[1] == done
    bulk.run(job.pk, due_at=stored(job).due_at)
    assert stored(job).finished_at


def test_one_worker_at_a_time(handle):
    def do(row):
        assert bulk.run(row.job_id) is None
        return "fine"

    handle(do)
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(2))
    bulk.run(job.pk)
    assert said(job) == [("done", "fine")] * 2


def test_of_all_who_are_asked_for_the_same_turn_one_makes_it(handle, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    handle(lambda row: "fine")
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(3))
    first = job.due_at
    assert bulk.run(job.pk, due_at=first)
    assert bulk.run(job.pk, due_at=first) is None
    second = stored(job).due_at
    assert first < second <= timezone.now()
    assert bulk.run(job.pk, due_at=second)
    assert counts(job) == (3, 2, 0, 0, 1)


def test_what_a_dead_worker_held_is_free_after_two_minutes(handle):
    left = []

    def do(row):
        left.append(stored(row.job).claimed_until - timezone.now())
        return "fine"

    handle(do)
    bulk.run(bulk.start(kind="note", user=person(HOLD), rows=numbered(2)).pk)
    assert all(timedelta(seconds=110) < lease <= timedelta(minutes=2) for lease in left)


def test_a_permission_that_was_taken_away_stops_the_rest():
    orders = [factories.placed_order() for _ in range(2)]
    user = person(HOLD)
    job = start(orders=orders, user=user)
    user.user_permissions.clear()
    bulk.run(job.pk)
    assert said(job) == [("stopped", f"{user.username} may not do this any more.")] * 2
    assert stored(job).finished_at
    assert not CommerceOrder.objects.filter(state="on_hold").exists()


def test_messages_are_in_the_language_of_who_started_it(handle):
    seen = []
    handle(lambda row: seen.append(translation.get_language()) or "fine")
    with translation.override("sv"):
        job = bulk.start(kind="note", user=person(HOLD), rows=numbered(1))
    with translation.override("en"):
        bulk.run(job.pk)
    assert seen == ["sv"]


# Ending


def test_stopping_leaves_the_rest_undone(handle, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    handle(lambda row: "fine")
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(3))
    bulk.run(job.pk)
    assert bulk.stop(job.pk, "Stopped by root.") == 2
    assert said(job) == [("done", "fine")] + [("stopped", "Stopped by root.")] * 2
    assert counts(job) == (3, 1, 0, 2, 0)
    assert bulk.run(job.pk) is None
    assert bulk.stop(job.pk, "again") == 0


def test_a_worker_in_the_middle_of_asking_amazon_finds_its_job_stopped(handle):
    done = []

    def ask(job, row):
        bulk.stop(job.pk, "Stopped.")

    handle(lambda row: done.append(row) or "fine", ask)
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(2))
    assert bulk.run(job.pk) is None
    assert done == []
    assert counts(job) == (2, 0, 0, 2, 0)


def test_what_was_refused_or_not_done_is_tried_again_in_a_job_of_its_own(handle, monkeypatch):
    def do(row):
        if row.position == 2:
            raise Refusal("no")
        return "fine"

    handle(do)
    user = person(HOLD)
    rows = [bulk.NewRow(None, str(n), {"n": n}) for n in range(4)]
    job = bulk.start(kind="note", user=user, rows=rows, params={"text": "x"})
    monkeypatch.setattr(bulk, "TURN", 0)
    for _ in range(2):
        bulk.run(job.pk)
    bulk.stop(job.pk, "Stopped.")
    new = bulk.again(stored(job), user=user)
    assert [(row.position, row.label, row.payload) for row in new.rows.all()] == [
        (1, "1", {"n": 1}),
        (2, "2", {"n": 2}),
        (3, "3", {"n": 3}),
    ]
    assert (new.kind, new.params) == ("note", {"text": "x"})
    with pytest.raises(bulk.CannotStart, match="The job has not ended yet"):
        bulk.again(new, user=user)


def test_a_job_has_one_successor_and_that_has_one_of_its_own(handle):
    def do(_row):
        raise Refusal("no")

    handle(do)
    job = bulk.start(kind="note", user=person(HOLD), rows=numbered(2))
    bulk.run(job.pk)
    new = bulk.again(stored(job), user=person(HOLD))
    assert bulk.again(stored(job), user=person(HOLD)) == new
    bulk.run(new.pk)
    assert bulk.again(stored(job), user=person(HOLD)) == new  # though it has ended
    assert bulk.again(stored(new), user=person(HOLD)) not in (job, new)
    assert BulkJob.objects.count() == 3


def test_old_jobs_are_deleted_with_their_rows(handle):
    handle(lambda row: "fine")
    old, new, unfinished = (
        bulk.start(kind="note", user=person(HOLD), rows=numbered(2)) for _ in range(3)
    )
    bulk.run(old.pk)
    bulk.run(new.pk)
    long_ago = timezone.now() - bulk.KEPT - timedelta(minutes=1)
    BulkJob.objects.filter(pk=old.pk).update(finished_at=long_ago)
    BulkJob.objects.filter(pk=unfinished.pk).update(created_at=long_ago)
    assert bulk.delete_old(timezone.now()) == 1
    assert set(BulkJob.objects.all()) == {new, unfinished}
    assert BulkJobRow.objects.count() == 4
