"""The environment of every test process; imported before Django's settings."""

import atexit
import os
import shutil
import tempfile

# Of a worker of xdist in that of the run: it goes with it, also where the worker was killed.
HOME = tempfile.mkdtemp(prefix="portal-test-", dir=os.environ.get("PORTAL_TESTS"))
os.environ.setdefault("PORTAL_TESTS", HOME)


def _remove_home(owner: int = os.getpid()) -> None:
    """At the end of the process that made it, and of no fork of it."""
    if os.getpid() == owner:
        shutil.rmtree(HOME, ignore_errors=True)


atexit.register(_remove_home)
os.environ.update(
    DJANGO_SETTINGS_MODULE="sync_portal.settings",
    DJANGO_ENV="development",
    PORTAL_HOME=HOME,
    DJANGO_SECRET_KEY="a secret key of the tests that is long enough for anything",
    PII_KEYS="t1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    PII_INDEX_KEY="ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
)
for name in ("REDIS_URL", "LWA_CLIENT_ID", "LWA_CLIENT_SECRET", "LWA_REFRESH_TOKEN", "SITE_URL"):
    os.environ.pop(name, None)
