"""The Celery application. Its settings are CELERY_* in settings.py."""

import os
import signal
from types import FrameType
from typing import Any

from celery import Celery
from celery.beat import Service
from celery.signals import beat_init, worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync_portal.settings")

app = Celery("sync_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def guard_site(**_kwargs: Any) -> None:
    """A copy of the database sends nothing (channels/services/read_only.py)."""
    from sync_portal.opening import database_opened

    database_opened()


def say_worker_began(**_kwargs: Any) -> None:
    """The pages know from the first second that a worker is there."""
    from django.utils import timezone

    from channels.services import alive

    alive.worker_began(timezone.now())


def stop_between_passes(sender: Service, **_kwargs: Any) -> None:
    """Beat told to stop ends while it sleeps, or when its pass is over; told twice, at once.

    Celery raises SystemExit wherever beat happens to be. While it waits for the broker's answer,
    redis-py's clean-up turns that into a ValueError; beat logs it as a task that could not be sent,
    and goes on for ever.
    """
    told = False

    def on_signal(_signum: int, frame: FrameType | None) -> None:
        nonlocal told
        asleep = frame is not None and frame.f_code is Service.start.__code__
        if asleep or told:
            raise SystemExit
        told = True
        sender.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)


worker_init.connect(guard_site)
worker_ready.connect(say_worker_began)
beat_init.connect(guard_site)
beat_init.connect(stop_between_passes)
