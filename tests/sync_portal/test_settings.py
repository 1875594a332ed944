"""Settings that others rely on."""

import subprocess
import sys

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from customers.models import CommerceStore
from sync_portal import celery_app, gunicorn
from sync_portal.broker import celery_url
from tests.deploy_check import production_environment


def test_check_deploy_has_nothing_to_say(tmp_path):
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, check=False, env=production_environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "System check identified no issues (0 silenced)." in done.stdout + done.stderr


def test_a_wrong_environment_is_one_clear_line(tmp_path):
    environ = production_environment(tmp_path) | {
        "SITE_URL": "http://portal.example.com",
        "REDIS_URL": "",
    }
    command = [sys.executable, "manage.py", "up"]
    done = subprocess.run(command, check=False, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Wrong configuration: SITE_URL must start with https://. REDIS_URL is missing.\n"
    )


def test_there_is_no_demo_in_production(tmp_path):
    environ = production_environment(tmp_path) | {"DATABASE_URL": "sqlite://:memory:"}
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
def test_sqlite_waits_instead_of_failing_and_keeps_its_promises():
    def pragma(name):
        with connection.cursor() as cursor:
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert (pragma("journal_mode"), pragma("synchronous")) == ("wal", 1)
    assert (pragma("busy_timeout"), pragma("foreign_keys")) == (20_000, 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own limit")
@pytest.mark.django_db
def test_sqlite_says_how_many_parameters_it_takes():
    limit = connection.features.max_query_params
    assert limit > 999  # what Django assumes
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 0 IN ({','.join(['%s'] * limit)})", [1] * limit)
        with pytest.raises(OperationalError, match="too many SQL variables"):
            cursor.execute(f"SELECT 0 IN ({','.join(['%s'] * (limit + 1))})", [1] * (limit + 1))


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("redis://r.example:6380/2", "redis://r.example:6380/2"),
        ("unix:///run/broker.sock", "redis+socket:///run/broker.sock"),
        ("unix:///run/broker.sock?db=3", "redis+socket:///run/broker.sock?virtual_host=3"),
    ],
)
def test_redis_and_celery_write_the_same_broker_in_two_ways(redis_url, broker_url):
    assert celery_url(redis_url) == broker_url


def test_tasks_are_json_and_come_back_when_a_worker_dies():
    conf = celery_app.conf
    assert (conf.task_serializer, list(conf.accept_content)) == ("json", ["json"])
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert (conf.task_ignore_result, conf.worker_prefetch_multiplier) == (True, 1)
    assert (conf.task_soft_time_limit, conf.task_time_limit) == (240, 300)
    assert conf.worker_hijack_root_logger is False


def test_what_staff_search_for_is_not_in_the_access_log():
    names = gunicorn.access_log_format
    assert "%(U)s" in names  # the path alone
    assert not any(name in names for name in ("%(r)s", "%(q)s", "%(f)s"))  # query, referer


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
