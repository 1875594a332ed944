"""The world's time: the real one by default, or held still and moved by hand."""

from datetime import UTC, datetime, timedelta

_TICK = timedelta(milliseconds=1)


class Clock:
    """Times are UTC, whole milliseconds, and never run backwards unless set so."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._frozen_at = _whole(frozen_at) if frozen_at else None
        self._offset = timedelta()
        self._latest = datetime.min.replace(tzinfo=UTC)

    @property
    def is_frozen(self) -> bool:
        """True while only ``advance`` and ``set`` move the time."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """The world's time."""
        if self._frozen_at is not None:
            return self._frozen_at
        return max(_whole(datetime.now(UTC) + self._offset), self._latest)

    def tick(self) -> datetime:
        """A moment no earlier change happened at: changes stay in order even in still time."""
        if self._frozen_at is not None:
            self._frozen_at += _TICK
            return self._frozen_at
        self._latest = max(self.now(), self._latest + _TICK)
        return self._latest

    def freeze(self) -> None:
        """Hold the time where it is."""
        self._frozen_at = self.now()

    def run(self) -> None:
        """Let the time run on from where it is."""
        now = self.now()
        self._frozen_at = None
        self._offset = now - datetime.now(UTC)
        self._latest = now

    def advance(self, seconds: float) -> None:
        """Jump ahead; a negative jump is refused, time passes one way."""
        if seconds < 0:
            raise ValueError(f"The clock cannot be advanced by {seconds} seconds.")
        if self._frozen_at is not None:
            self._frozen_at = _whole(self._frozen_at + timedelta(seconds=seconds))
        else:
            self._offset += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Hold the time at this moment, which may lie in the past."""
        self._frozen_at = _whole(moment)


def _whole(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
