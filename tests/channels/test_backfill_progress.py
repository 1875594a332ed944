"""How far history has come, as pages and commands say it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from channels.models import AmazonStore, Backfill
from channels.services.backfill_progress import backfill_line, describe_newest, state_words
from tests import factories
from tests.staff import staff, statements, superuser

pytestmark = pytest.mark.django_db

BACKFILLS = reverse("admin:channels_backfill_changelist")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("days_back", "finished", "percent"),
    [(0, False, 0), (40, False, 40), (100, False, 99), (40, True, 100)],
)
def test_progress_is_the_share_of_the_time(days_back, finished, percent):
    backfill = factories.backfill(
        reached=factories.NOW - timedelta(days=days_back),
        finished_at=factories.NOW if finished else None,
    )
    assert backfill.percent == percent


def test_the_line_of_a_store():
    store = factories.amazon_store()
    assert backfill_line(store) is None
    factories.backfill(store=store, seen=1240)
    with translation.override("en"):
        assert backfill_line(store) == "back to 2026-01-22 (40 %), 1,240 orders seen"


def test_the_line_is_that_of_the_newest(django_assert_num_queries):
    store = factories.amazon_store()
    factories.backfill(store=store, seen=1, finished_at=factories.NOW)
    factories.backfill(store=store, seen=2)
    with django_assert_num_queries(1):
        assert backfill_line(store).endswith("2 orders seen")


@pytest.mark.parametrize(
    ("changes", "active", "words"),
    [
        ({}, True, "Running"),
        ({"due_at": HOUR, "claimed_until": HOUR, "claim": uuid4()}, True, "Running"),
        ({"due_at": HOUR}, True, "Waiting for quota until "),
        ({"due_at": HOUR, "detail": "searchOrders: HTTP 400"}, True, "Waiting until "),
        ({}, False, "Waiting: the store is inactive"),
        ({"due_at": HOUR, "finished_at": HOUR}, True, "Done"),
    ],
)
def test_what_it_is_doing(changes, active, words):
    now = timezone.now()
    backfill = factories.backfill()
    moments = {n: now + v if isinstance(v, timedelta) else v for n, v in changes.items()}
    Backfill.objects.filter(pk=backfill.pk).update(**moments)
    AmazonStore.objects.update(active=active)
    told = state_words(Backfill.objects.select_related("store").get(), timezone.now())
    assert told.startswith(words)


def test_the_document():
    store = factories.amazon_store(name="Amazon SE")
    assert describe_newest(store) is None
    due = timezone.now() + HOUR
    backfill = factories.backfill(store=store, seen=7, created=5, pages=2, due_at=due)
    assert describe_newest(store) == {
        "store": "Amazon SE",
        "state": "waiting",
        "since": backfill.since,
        "until": backfill.until,
        "reached": backfill.reached,
        "percent": 40,
        "pages": 2,
        "seen": 7,
        "created": 5,
        "placed": 0,
        "set_aside": 0,
        "next_page_at": due,
        "finished_at": None,
        "detail": "",
    }


# Pages


def test_the_list_shows_each_with_its_progress():
    store = factories.amazon_store(name="Amazon SE")
    factories.backfill(store=store, detail="<b>refused</b>", due_at=timezone.now() + HOUR)
    text = superuser().get(BACKFILLS).content.decode()
    for told in ("Amazon SE", "40 %", "Waiting until ", "&lt;b&gt;refused&lt;/b&gt;"):
        assert told in text


def test_one_can_be_looked_at():
    backfill = factories.backfill(seen=1240)
    page = reverse("admin:channels_backfill_change", args=[backfill.pk])
    text = superuser().get(page).content.decode()
    assert "40 %" in text
    assert "Running" in text


def test_the_page_of_a_store_says_how_far_its_history_is():
    store = factories.amazon_store()
    page = reverse("admin:channels_amazonstore_dashboard", args=[store.pk])
    factories.backfill(store=store, seen=1240)
    assert "back to 2026-01-22 (40 %), 1,240 orders seen" in superuser().get(page).content.decode()


def test_ten_backfills_cost_as_many_statements_as_one():
    client = superuser()
    factories.backfill()
    one = statements(client, BACKFILLS)
    for _ in range(9):
        factories.backfill()
    assert statements(client, BACKFILLS) == one


def test_looking_needs_the_permission():
    assert staff("channels.view_backfill").get(BACKFILLS).status_code == 200
    assert staff("channels.view_syncrun").get(BACKFILLS).status_code == 403
