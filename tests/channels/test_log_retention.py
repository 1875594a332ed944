"""Old logs are deleted by the log retention: exactly those, in small bites, and nothing open."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels import tasks
from channels.models import CommunicationError, Feed, FeedEntry, Report, SyncRun
from channels.services import channel_settings, log_retention
from channels.services.log_retention import delete_old_logs
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OLD = NOW - timedelta(days=30, seconds=1)
RECENT = NOW - timedelta(days=30) + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _a_month():
    channel_settings.change({"log_retention_days": "30"}, user="")


def pks(model):
    return set(model._base_manager.values_list("pk", flat=True))


def test_errors_that_are_settled():
    kept = [
        factories.communication_error(at=OLD),  # open, whatever its age
        factories.communication_error(at=OLD, resolved_at=RECENT),
    ]
    factories.communication_error(at=OLD, resolved_at=OLD)
    factories.communication_error(at=OLD, resolved_at=OLD, resolved_by="anna")
    assert delete_old_logs(NOW)["communicationerror"] == 2
    assert pks(CommunicationError) == {error.pk for error in kept}


def test_runs_that_have_ended():
    account = factories.seller_account()

    def run(started_at, outcome="complete"):
        return SyncRun.objects.create(account=account, started_at=started_at, outcome=outcome).pk

    kept = {run(OLD, "running"), run(RECENT)}
    for outcome in ("complete", "paused", "failed"):
        run(OLD, outcome)
    delete_old_logs(NOW)
    assert pks(SyncRun) == kept


def feed(state, finished_at=None, **about):
    made = factories.feed(state=state, submitted_at=OLD, finished_at=finished_at)
    if about:
        FeedEntry.objects.create(feed=made, number=1, **about)
    return made.pk


def test_feeds_that_have_ended_and_decide_nothing_any_more():
    proven = factories.outbox_message(state="proven")
    dismissed = factories.outbox_message(
        state="refused", dismissed_at=OLD, dismiss_reason="x", last_error="x"
    )
    kept = {
        feed("submitted"),
        feed("done", RECENT, confirmation=proven),
        feed("failed", OLD, confirmation=factories.outbox_message()),
        feed("failed", OLD, cancellation=factories.cancellation()),
    }
    feed("done", OLD, confirmation=proven)
    feed("failed", OLD, confirmation=dismissed)
    feed("failed", OLD, cancellation=factories.cancellation(state="done"))
    deleted = delete_old_logs(NOW)
    assert (deleted["feedentry"], deleted["feed"]) == (3, 3)
    assert pks(Feed) == kept
    assert FeedEntry.objects.count() == 3


def test_reports_that_are_read():
    kept = {
        factories.report(state="done", finished_at=RECENT).pk,
        factories.report(state="requested", created_at=OLD).pk,
    }
    factories.report(state="done", finished_at=OLD)
    factories.report(state="failed", finished_at=OLD)
    delete_old_logs(NOW)
    assert pks(Report) == kept


def test_sessions_that_have_ended_whatever_the_retention():
    for key, expires in (("ended", NOW - timedelta(seconds=1)), ("open", NOW + timedelta(1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    delete_old_logs(NOW)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


@pytest.mark.parametrize(("days", "left"), [("1", 0), ("30", 1), ("365", 2)])
def test_as_long_as_the_settings_say(days, left):
    channel_settings.change({"log_retention_days": days}, user="")
    for resolved_at in (OLD, NOW - timedelta(days=2)):
        factories.communication_error(resolved_at=resolved_at)
    delete_old_logs(NOW)
    assert CommunicationError.objects.count() == left


def test_in_bites_of_bounded_size(monkeypatch):
    monkeypatch.setattr(log_retention, "BATCH", 2)
    account = factories.seller_account()
    SyncRun.objects.bulk_create(
        SyncRun(account=account, started_at=OLD, outcome="complete") for _ in range(5)
    )
    with CaptureQueriesContext(connection) as captured:
        assert delete_old_logs(NOW)["syncrun"] == 5
    deletes = [q["sql"] for q in captured if q["sql"].startswith('DELETE FROM "channels_syncrun"')]
    assert len(deletes) == 3


def test_what_takes_too_long_is_left_to_the_next_run(monkeypatch):
    factories.communication_error(resolved_at=OLD)
    monkeypatch.setattr(log_retention, "ENOUGH_SECONDS", 0.0)
    assert sum(delete_old_logs(NOW).values()) == 0
    assert CommunicationError.objects.count() == 1


def test_the_task_does_it_and_twice_is_harmless():
    factories.communication_error(resolved_at=OLD)
    tasks.delete_old_logs()
    tasks.delete_old_logs()
    assert not CommunicationError.objects.exists()
