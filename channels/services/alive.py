"""Whether beat and a worker are at work: what the pages say when nothing happens any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django_celery_beat.models import PeriodicTask

from channels.models import Heartbeat

WORKER, BEAT = "worker", "beat"
WORKER_SILENCE = timedelta(minutes=3)  # it says so every minute
BEAT_SILENCE = timedelta(minutes=6)  # beat writes every three minutes what it has started


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """When each was last seen; None for never."""

    worker_at: datetime | None
    beat_at: datetime | None
    now: datetime

    @property
    def worker_alive(self) -> bool:
        return self.worker_at is not None and self.now - self.worker_at < WORKER_SILENCE

    @property
    def beat_alive(self) -> bool:
        return self.beat_at is not None and self.now - self.beat_at < BEAT_SILENCE


def worker_began(now: datetime) -> None:
    """Said at its start, so that nobody misses it for the first minute."""
    _seen(WORKER, now)


def beat_heart(now: datetime) -> None:
    """A worker runs this because beat asked for it."""
    _seen(WORKER, now)
    _seen(BEAT, now)


def _seen(process: str, now: datetime) -> None:
    Heartbeat.objects.update_or_create(process=process, defaults={"at": now})


def pulse(now: datetime) -> Pulse:
    """Two statements. A worker that beat gives nothing to do cannot be seen: beat comes first."""
    at = dict(Heartbeat.objects.values_list("process", "at"))
    started = PeriodicTask.objects.aggregate(newest=Max("last_run_at"))["newest"]
    seen = [moment for moment in (at.get(BEAT), started) if moment is not None]
    return Pulse(worker_at=at.get(WORKER), beat_at=max(seen, default=None), now=now)
