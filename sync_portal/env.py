"""The only reader of the environment: typed, and loud about everything that is wrong at once."""

import base64
import binascii
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

CHECKOUT = Path(__file__).resolve().parent.parent
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
KEY_BYTES = 32
MIN_SECRET_KEY = 50  # as `check --deploy` asks (security.W009)
DATABASES = ("sqlite", "postgres", "postgresql")
BROKERS = ("redis", "rediss", "unix")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the README's configuration table lists. Secrets are not in the repr."""

    production: bool
    demo: bool
    home: Path
    secret_key: str = field(repr=False)
    allowed_hosts: tuple[str, ...]
    site_url: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    pii_keys: dict[str, bytes] = field(repr=False)
    pii_index_key: bytes = field(repr=False)
    lwa_client_id: str
    lwa_client_secret: str = field(repr=False)
    lwa_refresh_token: str = field(repr=False)
    sp_api_application_id: str
    time_zone: str
    log_level: str
    log_format: str


class _Reader:
    """Looks names up, remembers what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def get(self, name: str, default: str = "") -> str:
        """NAME, or the content of the file that NAME_FILE names. Empty is as good as absent."""
        value, path = self.environ.get(name, ""), self.environ.get(f"{name}_FILE", "")
        if path and value:
            self.problems.append(f"{name} and {name}_FILE are both set.")
        if not path:
            return value or default
        try:
            return Path(path).read_text(encoding="utf-8").strip() or default
        except (OSError, UnicodeDecodeError) as exc:
            self.problems.append(f"{name}_FILE: {path} cannot be read ({type(exc).__name__}).")
            return default

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first is the default."""
        value = self.get(name, choices[0])
        if value not in choices:
            self.problems.append(f"{name}={value!r} is not one of {', '.join(choices)}.")
            return choices[0]
        return value

    def flag(self, name: str) -> bool:
        return self.choice(name, ("0", "1")) == "1"

    def url(self, name: str, schemes: tuple[str, ...], default: str) -> str:
        """An address with one of these schemes. It may hold a password, so it is never quoted."""
        value = self.get(name) or default
        scheme, _, rest = value.partition("://")
        if value and (scheme not in schemes or not rest):
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            self.problems.append(f"{name} must start with {starts}.")
        elif value and scheme not in ("sqlite", "unix") and not _has_host(value):
            self.problems.append(f"{name} is not a valid address.")
        return value


def is_given(name: str) -> bool:
    """Whether the environment sets this, by itself or by a file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def load(environ: Mapping[str, str] | None = None) -> Environment:
    """The environment, checked. Raises ImproperlyConfigured that names everything that is wrong."""
    reader = _Reader(os.environ if environ is None else environ)
    production = reader.choice("DJANGO_ENV", ("development", "production")) == "production"
    home = _home(reader)
    made = _Made(home, reader, production=production)
    hosts = reader.get("DJANGO_ALLOWED_HOSTS", "" if production else "127.0.0.1,localhost,[::1]")
    environment = Environment(
        production=production,
        demo=reader.flag("PORTAL_DEMO"),
        home=home,
        secret_key=made.value("DJANGO_SECRET_KEY", lambda: secrets.token_urlsafe(64)),
        allowed_hosts=tuple(host.strip() for host in hosts.split(",") if host.strip()),
        site_url=_site_url(reader, "" if production else "http://127.0.0.1:8000"),
        database_url=reader.url("DATABASE_URL", DATABASES, "" if production else _sqlite(home)),
        redis_url=_redis_url(reader, "" if production else f"unix://{socket_in(home)}"),
        pii_keys=_keys(reader, made.value("PII_KEYS", lambda: f"k1:{_new_key()}")),
        pii_index_key=_key(reader, "PII_INDEX_KEY", made.value("PII_INDEX_KEY", _new_key)),
        lwa_client_id=reader.get("LWA_CLIENT_ID"),
        lwa_client_secret=reader.get("LWA_CLIENT_SECRET"),
        lwa_refresh_token=reader.get("LWA_REFRESH_TOKEN"),
        sp_api_application_id=reader.get("SP_API_APPLICATION_ID"),
        time_zone=_time_zone(reader),
        log_level=reader.choice("LOG_LEVEL", ("INFO", *LOG_LEVELS)),
        log_format=reader.choice("LOG_FORMAT", ("text", "json")),
    )
    if production:
        reader.problems += _production_problems(environment)
    if reader.problems:
        raise ImproperlyConfigured(" ".join(dict.fromkeys(reader.problems)))
    return environment


def _time_zone(reader: _Reader) -> str:
    name = reader.get("TIME_ZONE", "UTC")
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        reader.problems.append(f"TIME_ZONE={name!r} is not a time zone like Europe/Stockholm.")
        return "UTC"
    return name


def _home(reader: _Reader) -> Path:
    home = Path(reader.get("PORTAL_HOME") or CHECKOUT / "var").expanduser().resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        reader.problems.append(f"PORTAL_HOME: {home} cannot be written ({exc.strerror}).")
    return home


def _has_host(url: str) -> bool:
    """A host, or as libpq has it the folder of a socket: ``postgres:///portal?host=/run/x``."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or parse_qs(parts.query).get("host")
        return bool(host) and parts.port != 0  # a port that is no number raises
    except ValueError:
        return False


def _site_url(reader: _Reader, default: str) -> str:
    """Scheme and host only: links are made by putting a path behind it."""
    url = reader.url("SITE_URL", ("http", "https"), default).rstrip("/")
    if url.count("/") > 2 or any(character in url for character in "?#@"):
        reader.problems.append("SITE_URL must be a scheme and a host, nothing behind it.")
    return url


def _redis_url(reader: _Reader, default: str) -> str:
    """As redis-py writes it. Celery would accept any certificate unless told otherwise."""
    url = reader.url("REDIS_URL", BROKERS, default)
    if url.startswith("rediss://") and "ssl_cert_reqs=" not in url:
        url += ("&" if "?" in url else "?") + "ssl_cert_reqs=required"
    return url


def socket_in(home: Path) -> Path:
    """The embedded broker's socket. The kernel takes about 100 characters of path, no more.

    Where it is not in `home`, whoever runs the broker makes its folder (`broker.room_for`).
    """
    socket = home / "broker.sock"
    if len(str(socket)) <= 100:
        return socket
    name = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"sync-portal-{os.getuid()}-{name}"
    refuse_others(folder)
    return folder / "broker.sock"


def refuse_others(folder: Path) -> None:
    """ImproperlyConfigured where somebody else has made this folder."""
    if folder.exists() and folder.stat().st_uid != os.getuid():
        raise ImproperlyConfigured(f"{folder} belongs to somebody else: set a shorter PORTAL_HOME.")


def _sqlite(home: Path) -> str:
    return f"sqlite:///{home / 'portal.sqlite3'}"


class _Made:
    """Values that development makes once and keeps in PORTAL_HOME; production is given them."""

    def __init__(self, home: Path, reader: _Reader, *, production: bool) -> None:
        self.home, self.reader, self.production = home, reader, production

    def value(self, name: str, make: Callable[[], str]) -> str:
        given = self.reader.get(name)
        if given or self.production:
            if not given:
                self.reader.problems.append(f"{name} is missing.")
            return given
        try:
            return self._kept(name.lower(), make)
        except OSError as exc:
            problem = f"PORTAL_HOME: {self.home} cannot be written ({exc.strerror})."
            self.reader.problems.append(problem)
            return ""

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        folder = self.home / "keys"
        path = folder / name
        if not path.exists():
            self.home.chmod(0o700)
            folder.mkdir(mode=0o700, exist_ok=True)
            # Written whole, then linked: of two processes that start together one wins.
            fresh = folder / f".{name}.{secrets.token_hex(4)}"
            fresh.touch(mode=0o600)
            fresh.write_text(make(), encoding="utf-8")
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text(encoding="utf-8")


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _keys(reader: _Reader, text: str) -> dict[str, bytes]:
    """``id:base64key[,id:base64key…]``, newest first."""
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key_id, colon, encoded = entry.partition(":")
        if not colon or not key_id or not key_id.isascii() or len(key_id) > 32:
            reader.problems.append("PII_KEYS is not of the form id:base64key[,id:base64key…].")
            return {}
        if key_id in keys:
            reader.problems.append(f"PII_KEYS has the key id {key_id!r} twice.")
        keys[key_id] = _key(reader, f"PII_KEYS {key_id!r}", encoded)
    return keys


def _key(reader: _Reader, name: str, encoded: str) -> bytes:
    if not encoded:
        return b""
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        reader.problems.append(f"{name} is not {KEY_BYTES} bytes in base64.")
    return key


def _production_problems(environment: Environment) -> list[str]:
    """What production refuses to start with."""
    problems = []
    if environment.demo:
        problems.append("PORTAL_DEMO=1 is not for production.")
    key = environment.secret_key
    if key and (len(key) < MIN_SECRET_KEY or len(set(key)) < 5 or "insecure" in key):
        problems.append(
            f"DJANGO_SECRET_KEY is weak: use at least {MIN_SECRET_KEY} random characters."
        )
    if not environment.allowed_hosts:
        problems.append("DJANGO_ALLOWED_HOSTS is missing.")
    if "*" in environment.allowed_hosts:
        problems.append("DJANGO_ALLOWED_HOSTS must name hosts, not *.")
    problems += _production_address_problems(environment)
    keys = list(filter(None, [*environment.pii_keys.values(), environment.pii_index_key]))
    if any(len(set(key)) < 8 for key in keys):  # 32 random bytes have about 30 different ones
        problems.append("PII_KEYS and PII_INDEX_KEY must be random.")
    if len(set(keys)) < len(keys):
        problems.append("PII_KEYS and PII_INDEX_KEY must all be different.")
    return problems


def _production_address_problems(environment: Environment) -> list[str]:
    problems = []
    site_url, hosts = environment.site_url, environment.allowed_hosts
    if not site_url:
        problems.append("SITE_URL is missing.")
    elif not site_url.startswith("https://"):
        problems.append("SITE_URL must start with https://.")
    elif hosts and not validate_host(urlsplit(site_url).hostname or "", list(hosts)):
        problems.append("SITE_URL is not one of DJANGO_ALLOWED_HOSTS.")
    if not environment.database_url:
        problems.append("DATABASE_URL is missing.")
    if not environment.redis_url:
        problems.append("REDIS_URL is missing.")
    return problems
