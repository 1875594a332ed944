"""Log lines as JSON, for those who collect them."""

import json
import logging
import sys

from sync_portal.logs import JsonFormatter


def logged(message, *args, exc_info=None, **extra):
    record = logging.LogRecord("channels.tasks", logging.INFO, "x.py", 1, message, args, exc_info)
    vars(record).update(extra, created=1_764_000_000.25)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return json.loads(line)


def test_a_line_says_when_who_and_what_and_the_ids_it_was_given():
    assert logged("Swept %s orders", 3, account=7) == {
        "at": "2025-11-24T16:00:00.250000+00:00",
        "level": "INFO",
        "logger": "channels.tasks",
        "message": "Swept 3 orders",
        "account": "7",
    }


def test_an_exception_is_in_its_line():
    try:
        raise ValueError("no such carrier")
    except ValueError:
        line = logged("Refused", exc_info=sys.exc_info())
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("ValueError: no such carrier")
