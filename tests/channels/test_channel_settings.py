"""Log retention and debug logging: changing them, and what debug logging writes."""

import logging
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import SalesChannelSettings
from channels.sandbox.invent import Draft
from channels.services import call_log, channel_settings
from channels.services.channel_settings import WrongSetting
from tests import portal
from tests.snapshot import everything

pytestmark = pytest.mark.django_db


def change(**values):
    return channel_settings.change(values, user="anna")


def lines(caplog, name="sync_portal.calls"):
    return [r.getMessage() for r in caplog.records if r.name == name]


# Changing


def test_without_a_row_the_defaults_hold():
    assert channel_settings.show() == {
        "log_retention_days": 90,
        "debug_logging": "off",
        "debug_until": None,
    }
    assert not SalesChannelSettings.objects.exists()


def test_what_changed_is_told_and_logged(caplog):
    with caplog.at_level(logging.INFO, "sync_portal.audit"):
        assert change(log_retention_days="30", debug_logging="on") == [
            "log_retention_days=30",
            "debug_logging=on",
        ]
        assert change(log_retention_days="30", debug_logging="on") == []
        assert change(debug_logging="off") == ["debug_logging=off"]
    assert lines(caplog, "sync_portal.audit") == [
        "Sales channel settings log_retention_days=30 debug_logging=on by user anna",
        "Sales channel settings debug_logging=off by user anna",
    ]


def test_debug_logging_ends_by_itself():
    change(debug_logging="on")
    until = channel_settings.current().debug_until
    assert timedelta(hours=23, minutes=59) < until - timezone.now() <= timedelta(hours=24)
    change(debug_logging="on")
    assert channel_settings.current().debug_until == until  # twice is not longer
    SalesChannelSettings.objects.update(debug_until=timezone.now())
    assert channel_settings.show()["debug_logging"] == "off"
    assert change(debug_logging="on") == ["debug_logging=on"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"log_retention_days": "0"}, "log_retention_days is one of 1, 7, 14"),
        ({"log_retention_days": "-1"}, "log_retention_days is one of"),
        ({"log_retention_days": "²"}, "log_retention_days is one of"),
        ({"log_retention_days": ""}, "log_retention_days is one of"),
        ({"debug_logging": "yes"}, "debug_logging is on or off"),
        ({"read_only": "on"}, "There is no setting read_only"),
        ({"log_retention_days": "7", "x": "1"}, "There is no setting x"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(values, told):
    before = everything()
    with pytest.raises(WrongSetting, match=told):
        change(**values)
    assert everything() == before


def test_it_leaves_read_only_mode_alone():
    row = SalesChannelSettings.objects.create(
        pk=1, read_only=True, read_only_since=timezone.now(), site_url="https://x.example"
    )
    change(log_retention_days="7")
    after = SalesChannelSettings.objects.get()
    assert (after.read_only, after.site_url) == (row.read_only, row.site_url)


# What it writes


def test_a_line_per_call_without_secrets_or_personal_data(sandbox, caplog):
    store = portal.connect(sandbox)
    order = sandbox.world.create_order("SE", Draft())
    change(debug_logging="on")
    with caplog.at_level(logging.INFO, "sync_portal.calls"):
        portal.poll()
        portal.ship(order.order_id, tracking="RR123456785SE")
        portal.deliver()
    told = lines(caplog)
    account = store.account_id
    pattern = rf"\S.*: \d+ in \d+\.\d{{3}} s, request id \S+, quota \S+/s, account {account}"
    assert [line for line in told if not re.fullmatch(pattern, line)] == []
    operations = {line.split(":")[0] for line in told}
    assert operations >= {"LWA token", "searchOrders", "confirmShipment", "getOrder"}
    text = " ".join(told)
    credentials = store.account.credentials
    stored = portal.order(order.order_id)
    for secret in (
        *credentials.values(), order.order_id, stored.buyer["name"], stored.buyer["email"],
        "RR123456785SE", "Atza|", "http",
    ):  # fmt: skip
        assert secret not in text


def test_a_call_without_an_answer_is_told_too(sandbox, caplog):
    portal.connect(sandbox)
    change(debug_logging="on")
    sandbox.world.faults.push("drop", "search")
    with caplog.at_level(logging.INFO, "sync_portal.calls"):
        portal.poll()
    assert any(line.startswith("searchOrders: no answer in") for line in lines(caplog))


def test_switched_off_nothing_is_written(sandbox, caplog):
    portal.connect(sandbox)
    with caplog.at_level(logging.DEBUG):
        portal.poll()
        change(debug_logging="on")
        change(debug_logging="off")
        portal.poll()
        change(debug_logging="on")
        SalesChannelSettings.objects.update(debug_until=timezone.now())
        call_log.look_again()
        portal.poll()
    assert lines(caplog) == []


def test_a_process_looks_at_the_switch_every_few_seconds(sandbox, django_assert_num_queries):
    account = portal.connect(sandbox).account
    call_log.look_again()
    with django_assert_num_queries(1):
        assert call_log.hook(account) is None
        assert call_log.hook(account) is None
    # Switched on by another process: seen when the time is over.
    SalesChannelSettings.objects.create(pk=1, debug_until=timezone.now() + timedelta(hours=1))
    assert call_log.hook(account) is None
    call_log.look_again()
    assert call_log.hook(account) is not None
