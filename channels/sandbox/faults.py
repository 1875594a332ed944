"""Things going wrong on demand: one-shot faults in a queue, or some at random."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from random import Random

OPERATIONS = (
    "token", "participations", "search", "get", "confirm", "createFeedDocument", "upload",
    "createFeed", "getFeed", "getFeedDocument", "download",
)  # fmt: skip

_ANY = frozenset(OPERATIONS)
_PAGES = frozenset({"search"})
_FEEDS = frozenset({"createFeed"})
# What each kind means, and the operations it can happen to.
KINDS: dict[str, frozenset[str]] = {
    "429": _ANY,
    "500": _ANY,
    "503": _ANY,
    "stall": _ANY,  # answers after `seconds`
    "drop": _ANY,  # the connection closes without an answer; nothing is applied
    "lost_reply": _ANY,  # applied, and the connection closes without an answer
    "truncated": _ANY,  # applied, and the body ends half-way
    "html": _ANY,  # a page instead of JSON with `status` (default 200); nothing is applied
    "empty": _ANY,  # no body at all with `status` (default 200); nothing is applied
    "duplicate_page": _PAGES,  # the next page shows the same orders again
    "changing_page": _PAGES,  # an order of the page changes and comes again on the last one
    "repeated_token": _PAGES,  # a later page hands out the token it was asked with
    "malformed_order": _PAGES | {"get"},  # the first order has a wrong shape
    "stale": _PAGES | {"get", "confirm"},  # for `seconds` reads show what was before confirms
    "ignored": _FEEDS | {"confirm"},  # answered as if applied; of a feed every other message is
    "fatal": _FEEDS,  # the feed ends FATAL with half of it applied, and no report
    "cancelled": _FEEDS,  # the feed ends CANCELLED, nothing is applied, and no reason given
    "doubled": _FEEDS,  # the feed is processed twice
    "lose_result": _FEEDS,  # the feed is processed, and its report is nowhere to be found
}
_LONGEST = 3600
_RANDOM_BY_DEFAULT = ("429", "500", "503", "drop", "lost_reply", "truncated", "html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong once; ``operation`` None means whichever comes first."""

    kind: str
    operation: str | None = None
    seconds: float = 0.0
    status: int = 200

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(KINDS)}.")
        if self.operation is not None and self.operation not in KINDS[self.kind]:
            raise ValueError(f"The fault {self.kind} cannot happen to {self.operation!r}.")
        if not 0 <= self.seconds <= _LONGEST:
            raise ValueError(f"A fault lasts 0 to {_LONGEST} seconds, not {self.seconds}.")
        if self.status not in list(HTTPStatus):
            raise ValueError(f"There is no HTTP status {self.status}.")


class Faults:
    """The queue, and the chance of a random fault per call (0 to 1)."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._queue: list[Fault] = []
        self._rate = 0.0
        self._kinds: tuple[str, ...] = _RANDOM_BY_DEFAULT

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """Faults that have not happened yet, in their order."""
        return tuple(self._queue)

    @property
    def rate(self) -> float:
        """The chance that a call goes wrong by itself."""
        return self._rate

    def push(
        self,
        kind: str,
        operation: str | None = None,
        *,
        seconds: float = 0.0,
        status: int = 200,
        times: int = 1,
    ) -> None:
        """Let ``kind`` happen to the next call (or ``times`` calls) of ``operation``; see KINDS."""
        fault = Fault(kind=kind, operation=operation, seconds=seconds, status=status)
        self._queue += [fault] * times

    def at_random(self, rate: float, kinds: Iterable[str] = _RANDOM_BY_DEFAULT) -> None:
        """From now on each call goes wrong with this chance, 0 to 1, in one of these ways."""
        chosen = tuple(kinds)
        if not 0 <= rate <= 1:
            raise ValueError(f"The fault rate is a chance from 0 to 1, not {rate}.")
        if unknown := [kind for kind in chosen if kind not in KINDS]:
            raise ValueError(f"There is no fault {unknown[0]!r}; there are {', '.join(KINDS)}.")
        self._rate, self._kinds = rate, chosen

    def take(self, operation: str, *, has_token: bool = False) -> Fault | None:
        """The fault this call meets, if any. ``has_token``: it asks for a later page."""
        for index, fault in enumerate(self._queue):
            if _fits(fault.kind, fault.operation, operation, has_token):
                return self._queue.pop(index)
        if self._rate and self._random.random() < self._rate:
            kinds = [kind for kind in self._kinds if _fits(kind, None, operation, has_token)]
            return Fault(kind=self._random.choice(kinds), seconds=1.0) if kinds else None
        return None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._queue.clear()
        self._rate = 0.0


def _fits(kind: str, wanted: str | None, operation: str, has_token: bool) -> bool:
    if wanted not in (None, operation) or operation not in KINDS[kind]:
        return False
    return kind != "repeated_token" or has_token
