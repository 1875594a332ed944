"""Read-only mode: by hand, by another site URL, and that nothing is sent until it is off."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from channels.models import SalesChannelSettings
from channels.sandbox.invent import Draft
from channels.services import delivery, read_only
from channels.services.read_only import CannotSwitch
from orders.models import OutboxMessage
from orders.services import outbox
from sync_portal.opening import database_opened
from tests import portal
from tests.channels.delivering import calls, connected, look, message, send, shipped_order
from tests.snapshot import everything
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

HOME, COPY = "https://portal.example", "https://copy.example"


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


@pytest.fixture
def at(settings):
    """The portal's site URL, as the environment names it."""

    def open_at(url):
        settings.SITE_URL, settings.SITE_URL_GIVEN = url, True
        read_only.guard_site()

    return open_at


def row():
    return SalesChannelSettings.objects.values_list(
        "read_only", "read_only_why", "site_url"
    ).first()


# Where the database is at home


def test_the_first_site_url_that_is_named_is_its_home(at):
    at(HOME)
    assert row() == (False, "", HOME)
    at(HOME)
    assert row() == (False, "", HOME)
    assert not read_only.is_read_only()


def test_a_guess_is_no_home(settings):
    settings.SITE_URL, settings.SITE_URL_GIVEN = "http://127.0.0.1:8000", False
    read_only.guard_site()
    assert row() is None
    assert not read_only.is_read_only()


def test_elsewhere_it_is_read_only_by_itself_and_that_is_written_down_once(at):
    at(HOME)
    at(COPY)
    assert row() == (True, "site", HOME)
    since = read_only.mode().since
    assert since is not None
    at(COPY)
    mode = read_only.mode()
    assert (mode.read_only, mode.why, mode.since, mode.elsewhere) == (True, "site", since, True)
    at(HOME)  # it stays on: a person looks first
    assert read_only.is_read_only()


def test_elsewhere_nothing_is_sent_even_before_anybody_wrote_it_down(at, settings):
    at(HOME)
    settings.SITE_URL = COPY
    assert read_only.is_read_only()
    assert (read_only.mode().read_only, read_only.mode().since) == (True, None)
    settings.SITE_URL_GIVEN = False  # a dump on a machine of a developer
    assert read_only.is_read_only()


def test_a_guard_writes_only_when_something_changes(at, django_assert_num_queries):
    at(HOME)
    with django_assert_num_queries(1):
        read_only.guard_site()
    with django_assert_num_queries(1):
        read_only.is_read_only()
    with django_assert_num_queries(1):
        read_only.mode()


@pytest.mark.django_db(transaction=True)
def test_many_processes_start_together(settings):
    settings.SITE_URL, settings.SITE_URL_GIVEN = HOME, True
    assert in_parallel([read_only.guard_site] * 4) == [None] * 4
    assert row() == (False, "", HOME)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_starts_notices_but_remembers_no_guess(at, settings):
    settings.SITE_URL, settings.SITE_URL_GIVEN = "http://127.0.0.1:8123", True  # a child of `up`
    database_opened()
    assert row() is None
    at(HOME)
    settings.SITE_URL = COPY
    database_opened()
    assert row() == (True, "site", HOME)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_stops_no_process(caplog):
    def down(*_args):
        raise DatabaseError("no")

    with connection.execute_wrapper(down):
        database_opened()
    assert "not known yet: DatabaseError" in caplog.text


# By hand


def test_on_and_off_by_hand(at):
    at(HOME)
    assert read_only.switch_on(user="Kim") is True
    assert row() == (True, "person", HOME)
    before = everything()
    assert read_only.switch_on(user="Kim") is False
    assert everything() == before
    assert read_only.switch_off(user="Kim") is True
    assert row() == (False, "", HOME)
    assert read_only.switch_off(user="Kim") is False


def test_who_did_it_is_logged(caplog):
    with caplog.at_level("INFO", logger="sync_portal.audit"):
        read_only.switch_on(user="Kim")
        read_only.switch_off(user="Kim")
    assert caplog.messages == [
        "Read-only mode switched on by user Kim",
        "Read-only mode switched off by user Kim",
    ]


@pytest.mark.parametrize("by_hand_before", [False, True])
def test_elsewhere_it_is_switched_off_only_by_who_adopts_the_site(at, by_hand_before):
    at(HOME)
    if by_hand_before:
        read_only.switch_on(user="")
    at(COPY)
    before = everything()
    with pytest.raises(CannotSwitch, match=f"is at home at {HOME}, not at {COPY}"):
        read_only.switch_off(user="")
    assert everything() == before
    assert read_only.switch_off(user="", adopt_site=True) is True
    assert row() == (False, "", COPY)
    assert not read_only.is_read_only()
    at(HOME)  # and the former home is elsewhere now
    assert read_only.is_read_only()


# Nothing is sent


def test_a_copy_sends_nothing_and_switched_off_everything_goes_out_once(amazon, at):
    at(HOME)
    first = shipped_order(amazon, tracking="SE1")
    at(COPY)
    second = amazon.world.create_order("SE", Draft())
    portal.poll()  # reading goes on
    portal.ship(second.order_id, tracking="SE2")
    amazon.world.calls.clear()

    portal.deliver(rounds=3)
    assert delivery.deliver(list(OutboxMessage.objects.values_list("pk", flat=True))) == 0

    assert calls(amazon)["confirm"] == 0
    assert {m.state for m in OutboxMessage.objects.all()} == {"pending"}
    assert {m.attempts for m in OutboxMessage.objects.all()} == {0}

    read_only.switch_off(user="", adopt_site=True)
    portal.deliver()

    assert calls(amazon)["confirm"] == 2
    assert {m.state for m in OutboxMessage.objects.all()} == {"proven"}
    for order, tracking in ((first, "SE1"), (second, "SE2")):
        shown = amazon.world.order(order.order_id).packages
        assert [package.tracking_number for package in shown] == [tracking]


def test_what_was_sent_is_still_looked_for(amazon):
    shipped_order(amazon)
    send()
    read_only.switch_on(user="")
    assert look() == 1
    assert message().state == "proven"


def test_sent_again_it_is_kept(amazon):
    shipped_order(amazon)
    send()
    read_only.switch_on(user="")
    assert outbox.resend(message().pk)
    assert send() == 0
    assert message().state == "pending"
    assert calls(amazon)["confirm"] == 1


def test_switched_on_in_the_middle_of_a_batch_the_rest_is_kept(amazon, monkeypatch):
    for number in range(2):
        shipped_order(amazon, tracking=f"SE{number}")
    amazon.world.calls.clear()
    confirm = delivery.confirmation_of

    def switched_on_meanwhile(package):
        read_only.switch_on(user="")
        return confirm(package)

    monkeypatch.setattr(delivery, "confirmation_of", switched_on_meanwhile)
    assert send() == 2
    assert calls(amazon)["confirm"] == 1
    assert sorted(m.state for m in OutboxMessage.objects.all()) == ["pending", "sent"]
    kept = OutboxMessage.objects.get(state="pending")
    assert (kept.attempts, kept.claim) == (0, None)
    assert kept.not_before <= timezone.now() + timedelta(seconds=1)
