"""The page of sales channel settings: the mode, what is kept, and switching with consent."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from channels.models import SalesChannelSettings
from channels.services import kept, read_only
from orders.models import Cancellation, OutboxMessage
from tests import factories
from tests.orders.shipping import ship
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:channels_saleschannelsettings_changelist")
CHANGE = "channels.change_saleschannelsettings"
BANNER = "Read-only mode: nothing is sent to Amazon."


def said(response):
    return [str(message) for message in response.context["messages"]]


def shipped(store=None):
    order = factories.placed_order(store=store)
    ship(order)
    return order


def post(client, **data):
    return client.post(PAGE, data, follow=True)


def test_switched_on_every_page_says_so_since_when_and_why():
    client = staff(CHANGE, *SEE_ORDERS)
    assert BANNER not in client.get(orders_tab()).content.decode()
    assert said(post(client, mode="on")) == ["Read-only mode is on: nothing is sent to Amazon."]
    text = client.get(orders_tab()).content.decode()
    assert BANNER in text
    assert "Switched on by hand, since 20" in text
    assert PAGE in text
    others = staff(*SEE_ORDERS).get(orders_tab()).content.decode()
    assert BANNER in others
    assert PAGE not in others


def test_switching_off_asks_for_what_goes_out():
    shipped()
    shipped()
    client = staff(CHANGE)
    post(client, mode="on")
    text = client.get(PAGE).content.decode()
    assert "Send the 2 messages that are kept to Amazon." in text
    before = everything()
    assert said(post(client, mode="off")) == ["Tick the box: what is kept would be sent to Amazon."]
    assert said(post(client, mode="off", agreed="1")) == [
        "More is kept by now: look again, then switch off."
    ]
    for agreed in ("x", "²", "9" * 30, "-2"):
        post(client, mode="off", agreed=agreed)
    assert everything() == before
    assert said(post(client, mode="off", agreed="2")) == [
        "Read-only mode is off: what was kept goes to Amazon now."
    ]
    assert not read_only.is_read_only()


def test_posted_twice_it_is_switched_once():
    client = staff(CHANGE)
    post(client, mode="on")
    since = SalesChannelSettings.objects.get().read_only_since
    assert said(post(client, mode="on")) == []
    assert SalesChannelSettings.objects.get().read_only_since == since
    post(client, mode="off", agreed="0")
    before = everything()
    assert said(post(client, mode="off", agreed="0")) == []
    assert everything() == before


def test_elsewhere_the_site_is_adopted_with_consent(settings):
    settings.SITE_URL, settings.SITE_URL_GIVEN = "https://portal.example", True
    read_only.guard_site()
    settings.SITE_URL = "https://copy.example"
    client = staff(CHANGE, *SEE_ORDERS)
    assert "opened under another site URL" in client.get(orders_tab()).content.decode()
    text = client.get(PAGE).content.decode()
    assert "at home at https://copy.example from now on" in text

    (refusal,) = said(post(client, mode="off", agreed="0"))
    assert "is at home at https://portal.example" in refusal
    assert read_only.is_read_only()
    post(client, mode="off", agreed="0", adopt="yes")
    assert not read_only.is_read_only()


def test_it_needs_the_permission():
    client = staff(*SEE_ORDERS, "channels.view_saleschannelsettings")
    assert client.get(PAGE).status_code == 403
    before = everything()
    assert client.post(PAGE, {"mode": "on"}).status_code == 403
    assert everything() == before


def test_there_is_no_other_page_of_it():
    SalesChannelSettings.objects.create(pk=1)
    path = reverse("admin:channels_saleschannelsettings_change", args=[1])
    assert superuser().get(path).status_code == 403


def test_what_is_kept_is_counted_by_store_and_listed_the_oldest_first():
    one, two = factories.amazon_store(name="Amazon SE"), factories.amazon_store(country="DE")
    shipped(two)
    canceled = factories.placed_order(store=one)
    Cancellation.objects.create(
        order=canceled.commerce_order,
        reason="NoInventory",
        requested_at=timezone.now() - timedelta(days=1),
    )
    shipped(one)
    shipped(one)
    dismissed = OutboxMessage.objects.latest("pk")
    OutboxMessage.objects.filter(pk=dismissed.pk).update(
        dismissed_at=timezone.now(), dismiss_reason="x"
    )
    proven = shipped(one).commerce_order
    OutboxMessage.objects.filter(package__order=proven).update(state="sent")

    assert [(w.store, w.confirmations, w.cancellations) for w in kept.counts()] == [
        ("Amazon SE", 1, 1),
        (two.name, 1, 0),
    ]
    rows = kept.oldest()
    assert [row.cancellation for row in rows] == [True, False, False]
    assert (rows[0].number, rows[0].what) == (canceled.commerce_order.number, "Out of stock")
    text = superuser().get(PAGE).content.decode()
    assert "Cancellation: Out of stock" in text


def test_at_most_fifty_are_listed_and_more_cost_no_more_statements():
    client = superuser()
    store = factories.amazon_store()
    shipped(store)
    client.get(PAGE)
    one = statements(client, PAGE)
    for _ in range(kept.SHOWN):
        shipped(store)
    assert statements(client, PAGE) == one
    assert len(kept.oldest()) == kept.SHOWN


# Logs


def test_log_retention_is_chosen():
    client = staff(CHANGE)
    assert '<option value="90" selected>3 months</option>' in client.get(PAGE).content.decode()
    response = post(client, log_retention_days="7")
    assert said(response) == ["Saved."]
    text = response.content.decode()
    assert '<option value="7" selected>1 week</option>' in text
    assert "Log retention: 1 week" in text
    assert said(post(client, log_retention_days="7")) == []


def test_debug_logging_is_switched_and_shown_until_when():
    client = staff(CHANGE)
    text = client.get(PAGE).content.decode()
    assert "Switch debug logging on" in text
    assert "after 24 hours" in text
    text = post(client, debug_logging="on").content.decode()
    assert "Switch debug logging off" in text
    until = timezone.localtime(SalesChannelSettings.objects.get().debug_until)
    assert date_format(until, "SHORT_DATETIME_FORMAT") in text
    assert "Switch debug logging on" in post(client, debug_logging="off").content.decode()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"log_retention_days": "3"}, "log_retention_days is one of"),
        ({"debug_logging": ""}, "debug_logging is on or off."),
    ],
)
def test_what_is_not_offered_changes_nothing(data, told):
    before = everything()
    (message,) = said(post(staff(CHANGE), **data))
    assert message.startswith(told)
    assert everything() == before
    assert not LogEntry.objects.exists()


def test_a_post_without_a_setting_changes_nothing():
    assert said(post(staff(CHANGE))) == []
    assert not LogEntry.objects.exists()


def test_each_change_is_kept_with_who_and_when():
    client = staff(CHANGE, first_name="Anna")
    post(client, mode="on")
    post(client, debug_logging="on")
    post(client, log_retention_days="14")
    post(client, mode="off", agreed="0")
    changes = ["read_only=off", "log_retention_days=14", "debug_logging=on", "read_only=on"]
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == changes
    text = client.get(PAGE).content.decode()
    words = ["Read-only mode: Off", "Log retention: 2 weeks", "Debug logging: On",
             "Read-only mode: On"]  # fmt: skip
    assert [change for change in words if change not in text] == []
    assert "staff-" in text


def test_logs_need_the_permission_too():
    client = staff(*SEE_ORDERS, "channels.view_saleschannelsettings")
    before = everything()
    for data in ({"log_retention_days": "7"}, {"debug_logging": "on"}):
        assert client.post(PAGE, data).status_code == 403
    assert everything() == before
