"""The lists of feeds and of their messages: to look at, with a constant number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels.models import FeedEntry
from orders.models import Cancellation
from tests import factories

FEEDS = reverse("admin:channels_feed_changelist")
ENTRIES = reverse("admin:channels_feedentry_changelist")

pytestmark = pytest.mark.django_db


def feed_with_messages(count=2):
    feed = factories.feed(messages_total=count, detail="Amazon canceled the feed.")
    for number in range(1, count):
        message = factories.outbox_message(state="refused", last_error="18028 No such order.")
        FeedEntry.objects.create(feed=feed, number=number, confirmation=message)
    cancellation = Cancellation.objects.create(
        order=factories.commerce_order(), reason="NoInventory"
    )
    FeedEntry.objects.create(feed=feed, number=count, cancellation=cancellation)
    return feed


def test_a_feed_leads_to_its_messages_and_they_to_their_orders(admin_client):
    feed = feed_with_messages()
    other = feed_with_messages()

    page = admin_client.get(FEEDS).content.decode()
    assert feed.feed_id in page
    assert "Amazon canceled the feed." in page
    assert f'href="{ENTRIES}?feed__id__exact={feed.pk}"' in page

    messages = admin_client.get(f"{ENTRIES}?feed__id__exact={feed.pk}").content.decode()
    confirmation, cancellation = feed.entries.all()
    order = confirmation.confirmation.package.order
    assert reverse("admin:orders_commerceorder_change", args=[order.pk]) in messages
    assert cancellation.cancellation.order.number in messages
    assert "18028 No such order." in messages
    assert "NoInventory" in messages
    assert other.entries.first().confirmation.package.order.number not in messages

    for name, pk in (("feed", feed.pk), ("feedentry", cancellation.pk)):
        detail = admin_client.get(reverse(f"admin:channels_{name}_change", args=[pk]))
        assert detail.status_code == 200
        assert b'name="_save"' not in detail.content


@pytest.mark.parametrize("url", [FEEDS, ENTRIES])
def test_more_rows_need_no_more_statements(admin_client, url):
    feed_with_messages()
    admin_client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        admin_client.get(url)
    for _ in range(4):
        feed_with_messages(4)
    with CaptureQueriesContext(connection) as many:
        admin_client.get(url)
    assert len(many) == len(few)


@pytest.mark.parametrize("url", [FEEDS, ENTRIES])
def test_nobody_adds_changes_or_deletes_them(admin_client, url):
    feed = feed_with_messages()
    assert admin_client.get(f"{url}add/").status_code == 403
    assert admin_client.post(f"{FEEDS}{feed.pk}/delete/", {"post": "yes"}).status_code == 403
    assert feed.entries.count() == 2


@pytest.mark.parametrize("url", [FEEDS, ENTRIES])
def test_without_permission_there_is_nothing_to_see(client, django_user_model, url):
    client.force_login(django_user_model.objects.create_user("eva", is_staff=True))
    assert client.get(url).status_code == 403
