"""take_back and read_only, and what deliver does in read-only mode."""

import pytest

from channels.services import read_only
from orders.models import OutboxMessage, Package
from tests import factories
from tests.orders.shipping import ship
from tests.snapshot import everything

pytestmark = pytest.mark.django_db

FAILED, WRONG_USAGE = 1, 2
HOME, COPY = "https://portal.example", "https://copy.example"


def refused(manage, code, text, *arguments):
    before = everything()
    answer = manage(*arguments)
    assert (answer.code, answer.out) == (code, "")
    assert text in answer.err.splitlines()[-1]
    assert everything() == before


def shipped(grace_minutes=30):
    order = factories.placed_order(store=factories.amazon_store(grace_minutes=grace_minutes))
    ship(order)
    return order


# take_back


def test_take_back(manage):
    order = shipped()
    number = order.commerce_order.number
    answer = manage("take_back", number, "1", "--reason=wrong parcel", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.document == {
        "commerce_order": number,
        "amazon_order_id": order.amazon_order_id,
        "state": "processing",
        "package": 1,
        "tracking_number": "UA000000001SE",
    }
    assert Package.objects.count() == 0
    refused(manage, FAILED, f"Order {number} has no package 1.", "take_back", number, "1")


def test_taking_back_too_late(manage):
    number = shipped(grace_minutes=0).commerce_order.number
    refused(manage, FAILED, "the grace period is over", "take_back", number, "1")


def test_wrong_use_of_take_back(manage):
    number = shipped().commerce_order.number
    refused(manage, WRONG_USAGE, "required: PACKAGE", "take_back", number)
    refused(manage, WRONG_USAGE, "invalid int value", "take_back", number, "one")
    refused(manage, FAILED, "There is no order 99.", "take_back", "99", "1")


# read_only


def test_read_only_shows_and_switches(manage, settings):
    settings.SITE_URL, settings.SITE_URL_GIVEN = HOME, True
    shipped()
    shown = manage("read_only", "--json").document
    off = {
        "read_only": False, "why": None, "since": None, "site_url": HOME, "home_url": HOME,
        "changed": False, "confirmations": 1, "cancellations": 0,
    }  # fmt: skip
    assert shown == off
    on = manage("read_only", "on", "--json").document
    assert (on["read_only"], on["why"], on["changed"]) == (True, "person", True)
    assert manage("read_only", "on", "--json").document["changed"] is False
    assert manage("read_only", "off", "--json").document == off | {"changed": True}
    assert manage("read_only").out.splitlines()[0] == "read_only: no"


def test_a_copy_adopts_its_site(manage, settings):
    settings.SITE_URL, settings.SITE_URL_GIVEN = HOME, True
    manage("read_only")
    settings.SITE_URL = COPY
    shown = manage("read_only", "--json").document
    assert (shown["read_only"], shown["why"], shown["home_url"]) == (True, "site", HOME)
    refused(manage, FAILED, f"is at home at {HOME}, not at {COPY}", "read_only", "off")
    adopted = manage("read_only", "off", "--adopt-site", "--json").document
    assert (adopted["read_only"], adopted["home_url"]) == (False, COPY)


def test_wrong_use_of_read_only(manage):
    refused(manage, WRONG_USAGE, "invalid choice: 'maybe'", "read_only", "maybe")
    refused(manage, WRONG_USAGE, "--adopt-site goes with off.", "read_only", "on", "--adopt-site")


def test_deliver_sends_nothing_and_does_not_wait_for_it(manage):
    shipped(grace_minutes=0)
    read_only.switch_on(user="")
    document = manage("deliver", "--json").document
    assert (document["sent"], document["waiting"], document["read_only"]) == (0, 1, True)
    told = "Read-only mode is on: 1 confirmation(s) and 0 cancellation(s) wait."
    refused(manage, FAILED, told, "deliver", "--until-idle")
    assert OutboxMessage.objects.get().attempts == 0


def test_deliver_says_that_only_cancellations_wait(manage):
    factories.cancellation(order=factories.placed_order().commerce_order)
    read_only.switch_on(user="")
    told = "Read-only mode is on: 0 confirmation(s) and 1 cancellation(s) wait."
    refused(manage, FAILED, told, "deliver", "--until-idle")


def test_deliver_notices_another_site_by_itself(manage, settings):
    settings.SITE_URL, settings.SITE_URL_GIVEN = HOME, True
    manage("deliver")
    settings.SITE_URL = COPY
    assert manage("deliver", "--json").document["read_only"] is True
    assert read_only.mode().since is not None
