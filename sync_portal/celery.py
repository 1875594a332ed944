"""The Celery application. Its settings are CELERY_* in settings.py."""

import os
import signal
from typing import Any

from billiard import pool
from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync_portal.settings")

ORPHAN_SECONDS = 20
PARENT = os.getppid()

app = Celery("sync_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A child of the pool ends 3 seconds after its work where nobody reads its answer, not 30. A worker
# told to stop while it hands a task over forgets that task, which the broker delivers again; the
# child does it all the same, and those who stop workers do not wait half a minute for it.
pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 30  # of a tenth of a second
app.Beat = app.subclass_with_self("sync_portal.beat:Beat")


def guard_site(**_kwargs: Any) -> None:
    """A copy of the database sends nothing (channels/services/read_only.py)."""
    from sync_portal.opening import database_opened

    database_opened()


def say_worker_began(**_kwargs: Any) -> None:
    """The pages know from the first second that a worker is there."""
    from django.utils import timezone

    from channels.services import alive

    alive.worker_began(timezone.now())


def end_as_an_orphan(**_kwargs: Any) -> None:
    """A worker whose parent was killed ends in any case: nobody is left who would kill it, too.

    Celery may wait for ever for a child that waits for its answers to be read.
    """
    if os.getppid() != PARENT:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(ORPHAN_SECONDS)


worker_init.connect(guard_site)
worker_ready.connect(say_worker_began)
worker_shutting_down.connect(end_as_an_orphan)
beat_init.connect(guard_site)
