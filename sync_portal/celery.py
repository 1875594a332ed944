"""The Celery application. Its settings are CELERY_* in settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync_portal.settings")

app = Celery("sync_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
