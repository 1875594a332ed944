"""Which confirmations need a person, what the banner says of them, and what it costs."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services.attention import Alert, alert
from orders.models import OutboxMessage
from orders.services import outbox
from tests import factories
from tests.orders.shipping import ship

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOW = timezone.now()


def shipped(*, ship_by=NOW + HOUR, age=HOUR, **values):
    """A package whose confirmation is like this; `age` is how long it has waited."""
    order = factories.placed_order(ship_by=ship_by)
    ship(order)
    message = OutboxMessage.objects.latest("pk")
    columns = {"created_at": NOW - age, "not_before": NOW - age, **values}
    OutboxMessage.objects.filter(pk=message.pk).update(**columns)
    return message


REFUSED = {"state": "refused", "last_error": "no"}
DISMISSED = {"dismissed_at": NOW, "dismiss_reason": "x"}


@pytest.mark.parametrize(
    ("values", "needed"),
    [
        (REFUSED, True),
        (REFUSED | {"ship_by": None}, True),
        (REFUSED | {"ship_by": NOW + 99 * HOUR, "age": timedelta(0)}, True),
        (REFUSED | DISMISSED, False),
        ({"state": "pending"}, True),
        ({"state": "sent"}, True),
        ({"state": "in_flight", "claim": UUID(int=1), "claimed_at": NOW}, True),
        ({"state": "sent", "ship_by": NOW - 99 * HOUR}, True),
        ({"state": "sent", "ship_by": NOW + 4 * HOUR - timedelta(seconds=1)}, True),
        ({"state": "sent", "ship_by": NOW + 4 * HOUR}, False),
        ({"state": "sent", "ship_by": None}, False),
        ({"state": "sent", "age": timedelta(minutes=15)}, False),
        ({"state": "sent", "age": timedelta(minutes=15, seconds=1)}, True),
        ({"state": "sent"} | DISMISSED, False),
        ({"state": "proven", "proven_at": NOW}, False),
        ({"not_before": NOW + HOUR}, False),  # in its grace period
        ({"not_before": NOW + HOUR, "attempts": 3, "last_error": "HTTP 503"}, True),
        ({"not_before": NOW + HOUR, "last_error": "no quota"}, True),
    ],
)
def test_what_needs_a_person(values, needed):
    shipped(**values)
    assert (alert(NOW) is not None) is needed


def test_all_are_counted_and_the_first_is_named():
    for hours in (3, 1, 2):
        shipped(ship_by=NOW + hours * HOUR, **REFUSED)
    shipped(ship_by=NOW + 9 * HOUR, state="sent")
    assert alert(NOW) == Alert(count=3, first_due=NOW + HOUR)


def test_nothing_is_said_when_all_is_well():
    assert alert(NOW) is None


def test_dismissed_it_is_quiet_until_it_is_sent_again():
    message = shipped(**REFUSED)
    assert outbox.dismiss([message.pk], reason="sold in the shop") == 1
    assert alert(NOW) is None
    assert outbox.resend(message.pk) is True
    OutboxMessage.objects.update(not_before=NOW - HOUR)
    assert alert(NOW) is not None  # its ship-by moment is near


def test_it_is_one_statement_by_the_index_of_what_is_open():
    shipped(**REFUSED)
    with CaptureQueriesContext(connection) as captured:
        assert alert(NOW)
    (query,) = captured.captured_queries
    for column in ("proven_at", "dismissed_at"):  # the words of outbox_open
        assert f'"{column}" IS NULL' in query["sql"]
    assert ChannelOrder.objects.count() == 1
