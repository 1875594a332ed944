"""The environment of every test process; imported before Django's settings."""

import os
import tempfile

os.environ.update(
    DJANGO_SETTINGS_MODULE="sync_portal.settings",
    DJANGO_ENV="development",
    PORTAL_HOME=tempfile.mkdtemp(prefix="portal-test-"),
    DJANGO_SECRET_KEY="a secret key of the tests that is long enough for anything",
    PII_KEYS="t1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    PII_INDEX_KEY="ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
)
for name in ("REDIS_URL", "LWA_CLIENT_ID", "LWA_CLIENT_SECRET", "LWA_REFRESH_TOKEN", "SITE_URL"):
    os.environ.pop(name, None)
