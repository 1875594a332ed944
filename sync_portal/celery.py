"""The Celery application. Its settings are CELERY_* in settings.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync_portal.settings")

app = Celery("sync_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def guard_site(**_kwargs: Any) -> None:
    """A copy of the database sends nothing (channels/services/read_only.py)."""
    from sync_portal.opening import database_opened

    database_opened()


worker_init.connect(guard_site)
beat_init.connect(guard_site)
