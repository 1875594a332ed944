"""Beat that can be told to stop at any moment."""

import signal
from types import FrameType

from celery.apps import beat
from celery.beat import Service

PASS_SECONDS = 3.0


class Beat(beat.Beat):  # type: ignore[misc]  # celery has no types
    """What `celery beat` runs (`app.Beat` of celery.py)."""

    def install_sync_handler(self, service: Service) -> None:
        """Told to stop it ends while it sleeps, or when its pass is over; told twice, at once.

        A pass has PASS_SECONDS for that: the broker may be gone, too. Then it is told again.

        Celery reads and writes its schedule inside the handler and raises SystemExit wherever beat
        happens to be. Inside a statement that waits for ever, for the lock that the statement
        holds; and while the broker's answer is read, redis-py's clean-up turns SystemExit into a
        ValueError, which beat logs as a task that could not be sent, and goes on.
        """
        told = False

        def on_signal(_signum: int, frame: FrameType | None) -> None:
            nonlocal told
            asleep = frame is not None and frame.f_code is Service.start.__code__
            if asleep or told:
                raise SystemExit
            told = True
            service.stop()
            signal.setitimer(signal.ITIMER_REAL, PASS_SECONDS, 1.0)

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, on_signal)
