"""`fba_tracking`: tracking numbers of FBA orders, by hand."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import Report
from channels.sandbox.sellers import DEMO_EU
from channels.sandbox.world import Settings
from tests import portal
from tests.channels.fba import packages, shipped_order, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(sandbox):
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    order = shipped_order(sandbox)
    portal.poll()
    return order


@pytest.fixture
def slept(monkeypatch):
    """How long the command slept in all; nobody has to wait for it."""
    naps = []
    monkeypatch.setattr(time, "sleep", naps.append)
    return naps


def test_until_idle_it_brings_the_numbers_in(manage, order, slept):
    document = manage("fba_tracking", "--until-idle", "--json").document
    (report,) = document["reports"]
    assert (report["seller_id"], report["state"]) == (DEMO_EU.seller_id, "done")
    assert (report["rows"], report["applied"], report["detail"]) == (2, 1, "")
    assert document["waiting"] == 0
    assert packages(order) == told(order)
    (first, second) = manage("show_order", order.order_id, "--json").document["commerce_order"][
        "packages"
    ]
    assert {first["confirmation"], second["confirmation"]} == {"by_amazon"}


def test_once_it_takes_a_step(manage, order):
    document = manage("fba_tracking", "--json").document
    assert ([r["state"] for r in document["reports"]], document["waiting"]) == (["requested"], 1)
    document = manage("fba_tracking", "--json").document
    assert ([r["state"] for r in document["reports"]], document["waiting"]) == (["done"], 0)
    assert manage("fba_tracking", "--json").document == {"reports": [], "waiting": 0}


def test_a_store_is_asked_about_at_any_time(manage, sandbox, order, slept):
    manage("fba_tracking", "--until-idle")
    late = shipped_order(sandbox, at=timezone.now() - timedelta(minutes=5))
    portal.poll()
    assert manage("fba_tracking", "--until-idle", "--json").document["reports"] == []

    document = manage("fba_tracking", "--store", "Amazon SE", "--until-idle", "--json").document

    assert [report["applied"] for report in document["reports"]] == [1]
    assert packages(late) == told(late)


def test_nothing_is_missing(manage, sandbox):
    portal.connect(sandbox)
    document = manage("fba_tracking", "--store", "Amazon SE", "--until-idle", "--json").document
    assert document == {"reports": [], "waiting": 0}
    assert not Report.objects.exists()


def test_what_failed_is_said(manage, sandbox, order, slept):
    sandbox.world.faults.push("fatal", "create_report")
    answer = manage("fba_tracking", "--until-idle")
    assert answer.code == 1
    assert answer.err.strip().endswith("Amazon could not make it. The report could not be made.")


def test_trouble_ends_the_waiting(manage, sandbox, order, slept):
    sandbox.world.faults.push("503", "create_report", times=100)
    answer = manage("fba_tracking", "--until-idle")
    assert (answer.code, len(slept)) == (1, 0)
    assert "createReport: HTTP 503" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_it_does_not_wait_for_ever(manage, sandbox, order):
    sandbox.world.settings = Settings(plan="unlimited", report_delay=3600)
    answer = manage("fba_tracking", "--until-idle", "--timeout", "0")
    assert answer.code == 1
    assert "1 report(s) are still waiting" in answer.err


def test_a_store_that_is_not_there(manage, order):
    answer = manage("fba_tracking", "--store", "Amazon XX")
    assert answer.code == 1
    assert "There is no Amazon store 'Amazon XX'" in answer.err
