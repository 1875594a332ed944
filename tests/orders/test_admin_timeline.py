"""The timeline on both pages of an order: whose entries, what moved, page by page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderNote
from orders.models.event import Actor
from orders.services.notes import change, note
from orders.templatetags.portal_ui import ago
from tests import factories
from tests.orders.pages import page_of
from tests.staff import SEE_ORDERS, staff, statements, superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    placed = factories.placed_order()
    OrderNote.objects.all().delete()
    return placed


def write(order, count, **values):
    OrderNote.objects.bulk_create(note(order.uid, f"Entry {n}", **values) for n in range(count))


def both(order):
    channel_page = reverse("admin:channels_channelorder_change", args=[order.pk])
    return [(page_of(order), ""), (channel_page, "tab=history&")]


def shown(client, path, query=""):
    context = client.get(f"{path}?{query}").context
    return [str(row) for row in context["notes"]], context


def test_both_pages_show_the_newest_fifty_and_lead_on_to_the_older_ones(order):
    write(order, 120)
    client = staff(*SEE_ORDERS)
    for path, tab in both(order):
        entries, context = shown(client, path, tab)
        assert entries == [f"Entry {n}" for n in range(119, 69, -1)]
        seen = entries
        while context["older_url"]:
            assert context["older_url"].endswith("#history")
            query = context["older_url"].removeprefix("?").removesuffix("#history")
            entries, context = shown(client, path, query)
            seen += entries
            assert context["newest_url"]
        assert seen == [f"Entry {n}" for n in range(119, -1, -1)]


def test_fifty_need_no_other_page(order):
    write(order, 50)
    entries, context = shown(superuser(), page_of(order))
    assert (len(entries), context["older_url"], context["newest_url"]) == (50, "", "")


def test_the_entries_of_one_side(order):
    for actor in Actor.values:
        write(order, 60 if actor == "staff" else 1, actor=actor, user="")
    client = superuser()
    for path, tab in both(order):
        assert len(shown(client, path, f"{tab}who=amazon")[0]) == 1
        entries, context = shown(client, path, f"{tab}who=staff")
        assert len(entries) == 50
        assert "who=staff" in context["older_url"]
        assert tab.removesuffix("&") in context["older_url"]
        here = [one["label"] for one in context["whose"] if one["here"]]
        assert here == ["Staff"]


@pytest.mark.parametrize(
    "query", ["who=nobody", "before=abc", "before=-1", "before=", "before=" + "9" * 30]
)
def test_nonsense_in_the_address_shows_the_newest(order, query):
    write(order, 3)
    for path, tab in both(order):
        assert len(shown(superuser(), path, tab + query)[0]) == 3


def test_before_the_oldest_there_is_nothing(order):
    write(order, 1)
    text = superuser().get(f"{page_of(order)}?before=1").content.decode()
    assert "Nothing yet." in text


def test_who_and_what_moved_are_said(order):
    moved = [change("Tracking number", "<i>1</i>", "2"), change("City", None, None)]
    write(order, 1, user="anna", changes=moved)
    write(order, 1, actor=Actor.COMMAND)
    for path, tab in both(order):
        text = superuser().get(f"{path}?{tab}").content.decode()
        assert '<span class="who">anna</span>' in text
        assert '<span class="who">Command line</span>' in text
        assert "Tracking number: <del>&lt;i&gt;1&lt;/i&gt;</del>" in text
        assert "<ins>2</ins>" in text
        assert '<div class="moved part">City</div>' in text


def test_a_thousand_entries_cost_as_much_as_one(order):
    client = superuser()
    write(order, 1)
    for path, tab in both(order):
        client.get(f"{path}?{tab}")
    before = [statements(client, f"{path}?{tab}") for path, tab in both(order)]
    write(order, 1000, changes=[change("Ship by", factories.NOW, factories.PURCHASED)])
    assert [statements(client, f"{path}?{tab}") for path, tab in both(order)] == before


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(seconds=-30), "just now"),  # clocks differ
        (timedelta(minutes=5, seconds=10), "5\xa0minutes ago"),
        (timedelta(days=3, hours=5), "3\xa0days ago"),
    ],
)
def test_how_long_ago(since, words):
    assert ago(timezone.now() - since) == words
