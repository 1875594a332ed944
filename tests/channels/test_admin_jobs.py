"""Jobs from the Orders tab: what starts one, its page, stopping it and trying again."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from channels import tasks
from channels.models import BulkJob, BulkJobRow
from channels.services import bulk
from tests import factories
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, SHIP, orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

SEE = "channels.view_channelorder"
HOLD = "orders.hold_commerceorder"
COMMENT = "orders.comment_commerceorder"
SETTINGS = "channels.change_ordersettings"
JOBS = reverse("admin:channels_bulkjob_changelist")
ACTIONS = [
    ("hold_orders", HOLD),
    ("unhold_orders", HOLD),
    ("retry_orders", SETTINGS),
    ("retry_orders", SHIP),
    ("fetch_orders", SETTINGS),
    ("fetch_orders", SHIP),
    ("add_note", COMMENT),
]


@pytest.fixture
def queued(monkeypatch):
    """The jobs that were queued at once (the transaction around a test is never committed)."""
    asked = []
    monkeypatch.setattr(transaction, "on_commit", lambda then: then())
    monkeypatch.setattr(tasks.run_bulk_job, "delay", lambda *args: asked.append(args))
    return asked


def data(action, orders, **more):
    return {"action": action, "_selected_action": [order.pk for order in orders], **more}


def post(client, action, orders, *, query="", follow=False, **more):
    return client.post(orders_tab() + query, data(action, orders, **more), follow=follow)


def page(job, verb="change"):
    return reverse(f"admin:channels_bulkjob_{verb}", args=[job.pk])


def chosen(job):
    return [row.order_id for row in job.rows.order_by("position")]


def make(*states, kind="hold", **values):
    """A job with rows in these states."""
    now = factories.NOW
    counts = {state: states.count(state) for state in ("done", "refused", "stopped", "undone")}
    finished_at = None if "waiting" in states else now
    values = {"user_name": "eva", "finished_at": finished_at, **values}
    job = BulkJob.objects.create(kind=kind, total=len(states), **counts, **values)
    for position, state in enumerate(states, start=1):
        at = None if state == "waiting" else now
        label = f"702-{position:07d}"
        BulkJobRow.objects.create(job=job, position=position, label=label, state=state, at=at)
    return job


# Starting


@pytest.mark.parametrize(("action", "permission"), ACTIONS)
def test_an_action_starts_a_job_for_what_was_ticked_and_leads_there(action, permission, queued):
    one, _other, two = (factories.placed_order() for _ in range(3))
    client = staff(*SEE_ORDERS, permission)
    response = post(client, action, [one, two], reason="recount", text="call  back\nsoon")
    job = BulkJob.objects.get()
    assert response["Location"] == page(job)
    assert sorted(chosen(job)) == [one.pk, two.pk]
    assert queued == [(job.pk, job.due_at)]
    assert job.user_name == User.objects.get().username
    expected = {"hold": {"reason": "recount"}, "note": {"text": "call back soon"}}
    assert job.params == expected.get(job.kind, {})
    assert client.get(page(job)).status_code == 200


@pytest.mark.parametrize("action", sorted({action for action, _ in ACTIONS}))
def test_an_action_needs_its_permission(action):
    enough = {permission for name, permission in ACTIONS if name == action}
    others = {permission for _, permission in ACTIONS} - enough
    client = staff(*SEE_ORDERS, *others)
    post(client, action, [factories.placed_order()], reason="x", text="x")
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize(
    ("action", "field", "button"),
    [("hold_orders", "reason", "Put on hold"), ("add_note", "text", "Add note")],
)
def test_what_has_to_be_said_is_asked_on_a_page_of_its_own(action, field, button):
    orders = [factories.placed_order() for _ in range(2)]
    client = superuser()
    text = post(client, action, orders).content.decode()
    assert "2 orders" in text
    assert f"{button}</button>" in text
    for order in orders:
        assert order.amazon_order_id in text
    empty = post(client, action, orders, **{field: " "})
    assert "This field is required." in empty.content.decode()
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize("action", ["unhold_orders", "ship_orders"])
def test_what_follows_an_action_leads_back_to_the_same_list(action, queued):
    order = factories.placed_order()
    client = superuser()
    query = "status=unshipped&sort=ship_by"
    leads_to = post(client, action, [order], query=f"?{query}")["Location"]
    assert client.get(leads_to).context["orders_url"] == f"{orders_tab()}?{query}"
    assert superuser().get(page(make("done"))).context["orders_url"] == orders_tab()


def test_a_form_posted_twice_starts_one_job(queued):
    orders = [factories.placed_order() for _ in range(2)]
    client = superuser()
    tab = client.get(orders_tab()).content.decode()
    token = re.search(r'name="token" value="([0-9a-f-]{36})"', tab)[1]
    first = post(client, "unhold_orders", orders, token=token)
    second = post(client, "unhold_orders", orders, token=token)
    assert second["Location"] == first["Location"]
    assert BulkJob.objects.count() == 1

    # The same page, something else asked for: not the same job.
    post(client, "unhold_orders", orders[:1], token=token)
    post(client, "fetch_orders", orders, token=token)
    assert BulkJob.objects.count() == 3


def test_what_was_done_already_is_not_done_again_unseen(queued):
    """Retry, repair the cause, Back, Retry: the page is the old one, the wish a new one."""
    order = factories.placed_order()
    client = superuser()
    token = client.get(orders_tab()).context["action_form"]["token"].value()
    post(client, "retry_orders", [order], token=str(token))
    job = BulkJob.objects.get()
    bulk.run(job.pk)
    response = post(client, "retry_orders", [order], token=str(token), follow=True)
    assert response.redirect_chain == [(orders_tab(), 302)]
    (told,) = response.context["messages"]
    assert "This was done already. To have it done once more, ask for it again." in str(told)
    assert f'<a href="{page(job)}">Retry #{job.pk}</a>' in response.content.decode()
    assert BulkJob.objects.count() == 1

    fresh = response.context["action_form"]["token"].value()
    post(client, "retry_orders", [order], token=str(fresh))
    assert BulkJob.objects.count() == 2


def test_every_page_has_a_token_of_its_own():
    factories.placed_order()
    client = superuser()
    tabs = {client.get(orders_tab()).context["action_form"]["token"].value() for _ in range(2)}
    assert len(tabs) == 2


def test_a_page_that_asks_hands_the_token_on(queued):
    order, token = factories.placed_order(), str(uuid4())
    client = superuser()
    asking = post(client, "hold_orders", [order], token=token)
    assert f'name="token" value="{token}"' in asking.content.decode()
    for _ in range(2):
        post(client, "hold_orders", [order], token=token, reason="recount")
    assert BulkJob.objects.count() == 1


def test_without_a_token_each_post_is_a_job(queued):
    order = factories.placed_order()
    client = superuser()
    for _ in range(2):
        post(client, "unhold_orders", [order])
    assert BulkJob.objects.count() == 2


def test_all_that_match_the_filters_are_taken_not_only_the_page(queued):
    store = factories.amazon_store()
    orders = [factories.placed_order(store=store) for _ in range(3)]
    factories.placed_order()
    client = superuser()
    every = {"query": f"?store={store.pk}", "select_across": "1"}
    asking = post(client, "hold_orders", orders[:1], **every)
    assert (asking.context["count"], asking.context["select_across"]) == (3, "1")
    post(client, "hold_orders", orders[:1], reason="recount", **every)
    assert sorted(chosen(BulkJob.objects.get())) == sorted(order.pk for order in orders)


@pytest.mark.parametrize("more", [{}, {"reason": "recount"}])
def test_too_many_are_refused_with_the_limit(monkeypatch, more, queued):
    monkeypatch.setattr(bulk, "MAX_ROWS", 2)
    orders = [factories.placed_order() for _ in range(3)]
    client = superuser()
    with CaptureQueriesContext(connection) as captured:
        response = post(client, "hold_orders", orders, follow=True, **more)
    assert "One job takes at most 2 orders: narrow the list." in response.content.decode()
    assert not [s for s in captured if s["sql"].startswith('INSERT INTO "channels_bulkjob')]
    assert not BulkJob.objects.exists()
    assert queued == []


def test_a_broker_that_does_not_answer_stops_nothing(django_capture_on_commit_callbacks, caplog):
    with django_capture_on_commit_callbacks(execute=True):
        response = post(superuser(), "unhold_orders", [factories.placed_order()])
    assert "The queue does not answer." in caplog.text
    job = BulkJob.objects.get()
    assert response["Location"] == page(job)
    assert bulk.due_jobs(job.due_at) == [(job.pk, job.due_at)]


def test_a_link_starts_nothing():
    order = factories.placed_order()
    superuser().get(f"{orders_tab()}?action=unhold_orders&_selected_action={order.pk}&index=0")
    assert not BulkJob.objects.exists()


# The page


def test_the_page_shows_what_who_how_far_and_the_refused_first():
    job = make("done", "refused", "waiting", "done", params={"reason": "<why>"})
    response = staff(SEE).get(page(job))
    text = response.content.decode()
    assert [row.state for row in response.context["rows"]] == ["refused", "waiting", "done", "done"]
    assert '<progress max="4" value="3"' in text
    assert "3 of 4 orders" in text
    assert "eva" in text
    assert "&lt;why&gt;" in text
    assert "data-running" in text
    assert [(value, count) for value, _, count in response.context["tabs"]] == [
        ("", 4),
        ("refused", 1),
        ("waiting", 1),
        ("done", 2),
    ]


def test_one_state_is_shown_alone_and_nonsense_is_all():
    job = make("done", "refused", "waiting", "done")
    client = superuser()
    shown = client.get(page(job), {"state": "done"}).context["rows"]
    assert [row.position for row in shown] == [1, 4]
    for nonsense in ("x", "DONE", "'"):
        assert len(client.get(page(job), {"state": nonsense}).context["rows"]) == 4


def test_a_finished_job_is_not_looked_at_again_and_again():
    text = superuser().get(page(make("done"))).content.decode()
    assert "data-running" not in text
    assert "jobs.js" not in text
    assert "Refresh" not in text


def test_rows_are_shown_page_by_page(monkeypatch):
    monkeypatch.setattr("channels.admin.bulk_jobs.PAGE", 2)
    job = make(*["done"] * 5)
    client = superuser()
    for number, shown in (("1", [1, 2]), ("3", [5]), ("99", [5]), ("0", [1, 2]), ("x", [1, 2])):
        response = client.get(page(job), {"p": number})
        assert [row.position for row in response.context["rows"]] == shown
    assert 'href="?state=&amp;p=2"' in client.get(page(job)).content.decode()


@pytest.mark.parametrize("kind", ["hold", "fetch"])
def test_the_pages_cost_the_same_for_any_number_of_rows(kind):
    client = superuser()
    small, large = make("waiting", kind=kind), make(*["refused", "waiting"] * 20, kind=kind)
    assert statements(client, page(small)) == statements(client, page(large))
    few = statements(client, JOBS)
    for _ in range(5):
        make("waiting", "done", kind=kind)
    assert statements(client, JOBS) == few


def test_only_who_sees_orders_sees_jobs():
    job = make("waiting")
    for client in (staff(), staff("orders.view_commerceorder")):
        assert client.get(JOBS).status_code == 403
        assert client.get(page(job)).status_code == 403
    client = staff(SEE)
    assert f"Hold #{job.pk}" in client.get(JOBS).content.decode()
    assert JOBS in client.get(orders_tab()).content.decode()


def test_an_unknown_job_is_not_found():
    assert superuser().get(f"{JOBS}12345/change/").status_code == 404


# Stopping, trying again


def test_the_rest_is_stopped():
    job = make("done", "waiting", "waiting")
    client = staff(SEE, HOLD)
    user = User.objects.get()
    assert "Stop the rest" in client.get(page(job)).content.decode()
    response = client.post(page(job, "stop"), follow=True)
    assert "Stopped: 2 orders were not touched." in response.content.decode()
    stopped = ("stopped", f"Stopped by {user.username}.")
    assert list(job.rows.values_list("state", "message"))[1:] == [stopped] * 2
    with translation.override("sv"):
        assert job.rows.last().message == f"Stoppat av {user.username}."
    twice = client.post(page(job, "stop"), follow=True).content.decode()
    assert "Nothing was waiting any more." in twice


def test_what_was_refused_or_stopped_is_tried_again_once(queued):
    job = make("done", "refused", "stopped")
    client = staff(SEE, HOLD)
    tabs = [client.get(page(job)) for _ in range(2)]
    assert "Try 2 orders again" in tabs[0].content.decode()
    first, second = (client.post(page(job, "again")) for _tab in tabs)
    new = BulkJob.objects.exclude(pk=job.pk).get()
    assert first["Location"] == second["Location"] == page(new)
    assert [row.label for row in new.rows.all()] == ["702-0000002", "702-0000003"]
    assert new.user_name == User.objects.get().username
    assert set(queued) == {(new.pk, new.due_at)}


def test_there_is_nothing_to_try_again():
    response = superuser().post(page(make("done"), "again"), follow=True)
    assert "No order was chosen." in response.content.decode()
    assert BulkJob.objects.count() == 1


@pytest.mark.parametrize("verb", ["stop", "again"])
def test_stopping_and_trying_again_need_a_post_and_the_permission_of_the_kind(verb):
    job = make("refused", "waiting")
    before = everything()
    without = staff(SEE, COMMENT, SHIP, SETTINGS)
    assert without.post(page(job, verb)).status_code == 403
    assert staff(HOLD).post(page(job, verb)).status_code == 403
    assert superuser().get(page(job, verb)).status_code == 405
    assert superuser().post(f"{JOBS}999999/{verb}/").status_code == 404
    assert page(job, verb) not in without.get(page(job)).content.decode()
    assert everything() == before
