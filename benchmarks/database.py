"""The portal in one process, on a database that is made for a benchmark and dropped after it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import django


@contextmanager
def portal() -> Iterator[str]:
    """Django set up on an empty, migrated database; the name of the database system."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # makes a PORTAL_HOME of its own
    django.setup()
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "sqlite":  # Django would test in memory
        name = str(settings.PORTAL_HOME / "benchmark.sqlite3")
        connection.settings_dict["TEST"]["NAME"] = name
    old_name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield connection.vendor
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)
        shutil.rmtree(settings.PORTAL_HOME, ignore_errors=True)
