"""Every variable of the environment: its default, a bad value, what production refuses."""

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured

from sync_portal import broker, env
from tests.deploy_check import production_environment

KEY = base64.b64encode(b"k" * 32).decode()
RANDOM_KEY = base64.b64encode(bytes(range(100, 132))).decode()


@pytest.fixture
def home(tmp_path):
    return {"PORTAL_HOME": str(tmp_path / "home")}


def refusal(environ):
    with pytest.raises(ImproperlyConfigured) as caught:
        env.load(environ)
    return str(caught.value)


def test_development_needs_nothing(home, tmp_path):
    loaded = env.load(home)
    assert (loaded.production, loaded.demo) == (False, False)
    assert loaded.database_url == f"sqlite:///{tmp_path}/home/portal.sqlite3"
    assert loaded.redis_url == f"unix://{tmp_path}/home/broker.sock"
    assert loaded.allowed_hosts == ("127.0.0.1", "localhost", "[::1]")
    assert (loaded.log_level, loaded.log_format) == ("INFO", "text")


def test_development_makes_its_secrets_once_and_for_the_owner_only(home, tmp_path):
    first, second = env.load(home), env.load(home)
    assert first == second
    assert len(first.pii_index_key) == 32
    assert [len(key) for key in first.pii_keys.values()] == [32]
    folder = tmp_path / "home"
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder / "keys").iterdir()}
    assert modes == {"django_secret_key": 0o600, "pii_keys": 0o600, "pii_index_key": 0o600}


def test_secrets_do_not_show_in_the_repr(home):
    loaded = env.load({**home, "LWA_CLIENT_SECRET": "hush", "DATABASE_URL": "postgres://u:pw@h/d"})
    assert "hush" not in repr(loaded)
    assert "pw" not in repr(loaded)
    assert loaded.secret_key not in repr(loaded)


def test_a_value_may_stand_in_a_file(home, tmp_path):
    (tmp_path / "secret").write_text("from a file\n")
    loaded = env.load({**home, "LWA_CLIENT_SECRET_FILE": str(tmp_path / "secret")})
    assert loaded.lwa_client_secret == "from a file"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"DJANGO_ENV": "prod"}, "DJANGO_ENV='prod' is not one of development, production."),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL='LOUD' is not one of"),
        ({"TIME_ZONE": "Europe/Malmö"}, "TIME_ZONE='Europe/Malmö' is not a time zone like"),
        ({"TIME_ZONE": "/etc/passwd"}, "TIME_ZONE='/etc/passwd' is not a time zone like"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT='xml' is not one of text, json."),
        ({"PORTAL_DEMO": "yes"}, "PORTAL_DEMO='yes' is not one of 0, 1."),
        ({"PII_KEYS": "nonsense"}, "PII_KEYS is not of the form id:base64key"),
        ({"PII_KEYS": "a:AAAA"}, "PII_KEYS 'a' is not 32 bytes in base64."),
        ({"PII_KEYS": f"a:{KEY},a:{KEY}"}, "PII_KEYS has the key id 'a' twice."),
        ({"PII_INDEX_KEY": "!!"}, "PII_INDEX_KEY is not 32 bytes in base64."),
        ({"LWA_CLIENT_SECRET_FILE": "/nowhere"}, "LWA_CLIENT_SECRET_FILE: /nowhere cannot be read"),
        (
            {"LWA_CLIENT_ID": "a", "LWA_CLIENT_ID_FILE": "/b"},
            "LWA_CLIENT_ID and LWA_CLIENT_ID_FILE are both set.",
        ),
        (
            {"DATABASE_URL": "mysql://u:pw@h/d"},
            "DATABASE_URL must start with sqlite:// or postgres",
        ),
        ({"DATABASE_URL": "postgres://u:pw@h:x/d"}, "DATABASE_URL is not a valid address."),
        (
            {"REDIS_URL": "localhost:6379"},
            "REDIS_URL must start with redis:// or rediss:// or unix",
        ),
        ({"REDIS_URL": "redis://:pw@"}, "REDIS_URL is not a valid address."),
        ({"SITE_URL": "portal.example.com"}, "SITE_URL must start with http:// or https://."),
        ({"SITE_URL": "https://a.example/portal"}, "SITE_URL must be a scheme and a host, nothing"),
        ({"SITE_URL": "https://a.example?x"}, "SITE_URL must be a scheme and a host, nothing"),
    ],
)
def test_a_bad_value_is_named(home, more, sentence):
    said = refusal({**home, **more})
    assert sentence in said
    assert "pw" not in said


def test_what_is_set_to_nothing_is_not_set(home):
    nothing = dict.fromkeys(("DJANGO_ENV", "SITE_URL", "REDIS_URL", "PII_KEYS", "LOG_LEVEL"), "")
    assert env.load(home | nothing) == env.load(home)


def test_the_brokers_certificate_is_checked_unless_the_address_says_otherwise(home):
    def redis_url(given):
        return env.load({**home, "REDIS_URL": given}).redis_url

    assert redis_url("rediss://r/0") == "rediss://r/0?ssl_cert_reqs=required"
    assert redis_url("rediss://r/0?db=1") == "rediss://r/0?db=1&ssl_cert_reqs=required"
    assert redis_url("rediss://r/0?ssl_cert_reqs=none") == "rediss://r/0?ssl_cert_reqs=none"
    assert redis_url("redis://r/0") == "redis://r/0"


def test_a_home_that_cannot_be_written_is_named_once(tmp_path):
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    said = refusal({"PORTAL_HOME": str(home), "LOG_LEVEL": "LOUD"})
    assert said.startswith(f"PORTAL_HOME: {home} cannot be written (Not a directory). LOG_LEVEL=")


def test_keys_are_newest_first(home):
    other = base64.b64encode(b"o" * 32).decode()
    loaded = env.load({**home, "PII_KEYS": f"k2:{other}, k1:{KEY}"})
    assert loaded.pii_keys == {"k2": b"o" * 32, "k1": b"k" * 32}


def test_production_starts_with_everything(tmp_path):
    assert env.load(production_environment(tmp_path)).production is True


@pytest.mark.parametrize(
    "name",
    [
        "DJANGO_SECRET_KEY",
        "DJANGO_ALLOWED_HOSTS",
        "SITE_URL",
        "PII_KEYS",
        "PII_INDEX_KEY",
        "DATABASE_URL",
        "REDIS_URL",
    ],
)
def test_production_refuses_what_is_missing(name, tmp_path):
    environ = production_environment(tmp_path)
    del environ[name]
    assert refusal(environ) == f"{name} is missing."


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"DJANGO_SECRET_KEY": "short"}, "DJANGO_SECRET_KEY is weak"),
        ({"DJANGO_SECRET_KEY": "a" * 60}, "DJANGO_SECRET_KEY is weak"),
        ({"DJANGO_SECRET_KEY": "django-insecure-" + "abcdefgh" * 8}, "DJANGO_SECRET_KEY is weak"),
        ({"DJANGO_ALLOWED_HOSTS": "*"}, "DJANGO_ALLOWED_HOSTS must name hosts, not *."),
        ({"SITE_URL": "http://portal.example.com"}, "SITE_URL must start with https://."),
        ({"SITE_URL": "https://a.example"}, "SITE_URL is not one of DJANGO_ALLOWED_HOSTS."),
        ({"PII_INDEX_KEY": KEY}, "PII_KEYS and PII_INDEX_KEY must be random."),
        ({"PII_KEYS": f"a:{RANDOM_KEY},b:{RANDOM_KEY}"}, "must all be different."),
        ({"PII_KEYS": f"a:{RANDOM_KEY}", "PII_INDEX_KEY": RANDOM_KEY}, "must all be different."),
        ({"PORTAL_DEMO": "1"}, "PORTAL_DEMO=1 is not for production."),
    ],
)
def test_production_refuses_what_is_weak(more, sentence, tmp_path):
    assert sentence in refusal({**production_environment(tmp_path), **more})


def test_production_names_everything_at_once():
    environ = {"DJANGO_ENV": "production"}
    sentences = refusal(environ)
    for name in ("DJANGO_SECRET_KEY", "PII_KEYS", "PII_INDEX_KEY", "SITE_URL", "REDIS_URL"):
        assert f"{name} is missing." in sentences


def test_the_folder_of_the_socket_is_there_while_the_broker_is(tmp_path):
    socket = tmp_path / "short" / "broker.sock"
    with broker.room_for(socket):
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        socket.touch()  # a broker that was killed
    assert not socket.parent.exists()
    with broker.room_for(socket):
        (socket.parent / "more").touch()
    assert socket.parent.exists()


def test_a_folder_that_somebody_else_made_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: -1)
    with (
        pytest.raises(ImproperlyConfigured, match="belongs to somebody else"),
        broker.room_for(tmp_path / "broker.sock"),
    ):
        pass


def test_a_long_home_gets_a_short_socket(tmp_path):
    home = tmp_path / ("long" * 30)
    socket = env.socket_in(home)
    assert len(str(socket)) <= 100
    assert socket == env.socket_in(home)
    assert not socket.parent.exists()  # for nothing but a broker


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("SITE_URL", "https://portal.example", True),
        ("SITE_URL_FILE", "/run/secrets/site_url", True),
        ("SITE_URL", "", False),
        ("OTHER", "x", False),
    ],
)
def test_a_setting_is_given_by_itself_or_by_a_file(monkeypatch, name, value, given):
    monkeypatch.delenv("SITE_URL", raising=False)
    monkeypatch.setenv(name, value)
    assert env.is_given("SITE_URL") is given


@pytest.mark.parametrize(
    "url", ["postgres://u:pw@h:5432/d", "postgresql://u@/d?host=/run/postgresql", "sqlite:///x"]
)
def test_a_database_is_found_by_host_or_by_socket(home, url):
    assert env.load({**home, "DATABASE_URL": url}).database_url == url
