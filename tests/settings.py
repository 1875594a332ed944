"""The portal's settings in the environment of the tests."""

import os

import tests.environment  # noqa: F401  # isort: skip  # before the settings

from sync_portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast
WHITENOISE_AUTOREFRESH = True  # or each client of a test looks all static files up

os.environ["DJANGO_SETTINGS_MODULE"] = "sync_portal.settings"  # for the processes tests start
