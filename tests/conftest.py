"""What all tests share: no network but this machine, a broker and a pretend Amazon on demand."""

import gc
import socket
import subprocess
import time

import pytest
from django.utils import translation
from hypothesis import HealthCheck, Phase, settings

LOOPBACK = ("127.", "::1", "localhost")

# Histories of rows in a database: they take what the machine gives them, and a failing one is made
# small within the time of `faulthandler_timeout` (it may take five minutes), not explained as well.
settings.register_profile(
    "portal",
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("portal")


def pytest_collection_finish():
    """Thousands of tests and all modules stay: the collector of garbage need not look at them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """A test that reaches for the internet is a mistake."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"A test tried to reach {address[0]}.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """SQLite in a file, as it runs: in memory, threads get "table is locked" instead of waiting."""
    from django.conf import settings

    from tests import database

    default = settings.DATABASES["default"]
    with pytest.MonkeyPatch.context() as patch:
        if default["ENGINE"] == "sync_portal.sqlite":
            new = tmp_path_factory.mktemp("database") / "test.sqlite3"
            default["TEST"]["NAME"] = str(new)
            database.start_from_schema(patch, new)
        yield


@pytest.fixture(scope="session")
def django_db_keepdb(request):
    """The file on SQLite may be there already, and goes with its folder."""
    from django.conf import settings

    engine = settings.DATABASES["default"]["ENGINE"]
    return engine == "sync_portal.sqlite" or request.config.getvalue("reuse_db")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A test that commits is followed by what the database held at first."""
    from tests import database

    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            database.keep_rows(patch)
        yield


@pytest.fixture(autouse=True)
def _in_english():
    """A request leaves its language to the thread."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _no_shared_store():
    """No Redis unless a test asks for `broker`, and nothing remembered from the test before."""
    from channels.services import call_log, shared_store

    shared_store.forget_connection()
    call_log.look_again()
    yield
    shared_store.forget_connection()


@pytest.fixture(scope="session")
def _broker_process(tmp_path_factory):
    from sync_portal import broker
    from sync_portal.launch import launched

    home = tmp_path_factory.mktemp("broker")
    path = home / "broker.sock"
    process = subprocess.Popen(  # it ends with us, also where we are killed
        launched(*broker.command(path, home / "data")),
        stdout=subprocess.DEVNULL,
    )
    url = f"unix://{path}"
    while not broker.answers(url):
        assert process.poll() is None, "The broker has ended."
        time.sleep(0.01)
    yield url
    process.terminate()
    process.wait()


@pytest.fixture
def broker(_broker_process, settings):
    """The address of a real Redis-compatible server; empty."""
    import redis

    settings.REDIS_URL = _broker_process
    with redis.Redis.from_url(_broker_process) as client:
        client.flushall()
    from channels.services import shared_store

    shared_store.forget_connection()
    yield _broker_process
    if connection := shared_store.connection():
        connection.close()


@pytest.fixture
def sandbox():
    """A pretend Amazon over HTTP in which nothing moves by itself: `.url`, `.world`."""
    from channels.sandbox.server import serve

    with serve() as running:
        yield running
