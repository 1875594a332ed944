"""Settings that others rely on."""

import subprocess
import sys

import pytest
from django.db import connection
from django.urls import reverse

from customers.models import CommerceStore
from tests.deploy_check import production_environment


def test_check_deploy_has_nothing_to_say():
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, check=False, env=production_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "System check identified no issues (0 silenced)." in done.stdout + done.stderr


def test_there_is_no_demo_in_production():
    environ = production_environment() | {"DATABASE_URL": "sqlite://:memory:"}
    command = [sys.executable, "manage.py", "demo", "--sandbox-url", "http://127.0.0.1:9"]
    done = subprocess.run(command, check=False, env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert "There is no demo in production." in done.stderr


@pytest.mark.django_db
def test_a_thousand_wide_rows_are_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        CommerceStore.objects.bulk_create(
            CommerceStore(code=f"c{n}", name=f"Store {n}") for n in range(1000)
        )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own settings")
@pytest.mark.django_db
def test_sqlite_waits_instead_of_failing():
    options = connection.settings_dict["OPTIONS"]
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)


@pytest.mark.django_db
def test_pages_forbid_everything_from_elsewhere_and_everything_inline(client):
    response = client.get(reverse("admin:login"))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_the_front_door_leads_to_the_orders_tab(client):
    assert client.get("/").headers["Location"] == "/admin/channels/channelorder/"


@pytest.mark.django_db
def test_healthz_says_which_part_is_ill(client, broker, settings):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"database": True, "broker": True})
    settings.REDIS_URL = "unix:///nowhere.sock"
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"database": True, "broker": False})
    assert client.post("/healthz").status_code == 405
