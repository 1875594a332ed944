"""The command that shows and changes the sales channel settings."""

import pytest

from channels.models import SalesChannelSettings

pytestmark = pytest.mark.django_db


def test_it_shows_them(manage):
    answer = manage("sales_channel_settings", "--json")
    assert answer.document == {
        "log_retention_days": 90,
        "debug_logging": "off",
        "debug_until": None,
        "read_only": False,
        "changed": [],
    }
    assert not SalesChannelSettings.objects.exists()


def test_it_changes_them(manage):
    changes = ["log_retention_days=14", "debug_logging=on"]
    answer = manage("sales_channel_settings", *changes, "--json")
    assert answer.code == 0
    shown = answer.document
    assert (shown["log_retention_days"], shown["debug_logging"]) == (14, "on")
    assert shown["debug_until"]
    assert shown["changed"] == changes
    assert manage("sales_channel_settings", *changes, "--json").document["changed"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["log_retention_days"], 2, "'log_retention_days' is not of the form name=value."),
        (["debug_logging=on", "debug_logging=off"], 2, "debug_logging is given twice."),
        (["debug_logging=maybe"], 1, "debug_logging is on or off."),
        (["log_retention_days=2"], 1, "log_retention_days is one of 1, 7, 14, 30, 90, 180, 365."),
        (["level=3"], 1, "There is no setting level."),
    ],
)
def test_what_is_wrong_is_one_line(manage, arguments, code, told):
    answer = manage("sales_channel_settings", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
    assert not SalesChannelSettings.objects.exists()
