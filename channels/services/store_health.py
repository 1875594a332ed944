"""How a store is doing: what a person has to look at, and what is wrong with its connection."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.utils.formats import date_format
from django.utils.timezone import localtime

from channels.models import AmazonStore, ChannelOrder, CommunicationError
from channels.models.order_status import ASKED_TO_CANCEL, ON_THE_TAB
from channels.models.store import AUTHORIZATION, RENEW_BEFORE
from channels.services.alive import Pulse
from channels.services.attention import STORE, needing_attention, with_ship_by
from channels.services.held import held
from channels.services.shortlists import due_on
from channels.ship_by import Due
from channels.troubles import operation_label
from orders.models import OutboxMessage
from orders.sentences import gettext as _

OVERDUE = timedelta(minutes=10)  # a poll that is due is started within seconds


class Fix(StrEnum):
    """What helps: the pages know where to find it."""

    RENEW = "renew"
    LOG = "log"
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, in a sentence, and what to do about it."""

    text: str
    advice: str
    fix: Fix
    is_bad: bool = True  # else it is a warning


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Orders of a store that need a person, by why: those that `needing_a_person` lists."""

    held: int = 0
    late: int = 0
    asked: int = 0  # to cancel
    unconfirmed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Stores of one seller account that Amazon does not let us read, and why, in a sentence."""

    stores: list[AmazonStore]
    text: str

    @property
    def names(self) -> str:
        return ", ".join(store.name for store in self.stores)


def unreadable(stores: Iterable[AmazonStore], now: datetime) -> list[Unreadable]:
    """The active ones of `stores` (with `account`) that need a new authorization, by account."""
    found: dict[int, Unreadable] = {}
    for store in stores:
        bad = [problem for problem in _authorization(store, now) if problem.is_bad]
        if bad and store.active:
            account = Unreadable(stores=[], text=bad[0].text)
            found.setdefault(store.account_id, account).stores.append(store)
    return list(found.values())


def attention_of(store_ids: Sequence[int], now: datetime) -> dict[int, Attention]:
    """By store; four statements, each by an index of the few rows it is about."""
    mine = ChannelOrder.objects.filter(store__in=store_ids)
    held_orders = _count(held().filter(store__in=store_ids), "store")
    late_orders = _count(due_on(mine, Due.LATE, (), now), "store")
    asked = _count(mine.filter(ASKED_TO_CANCEL, ON_THE_TAB), "store")
    messages = OutboxMessage.objects.filter(**{f"{STORE}__in": store_ids})
    unconfirmed = _count(needing_attention(with_ship_by(messages), now), STORE)
    return {
        pk: Attention(
            held=held_orders[pk],
            late=late_orders[pk],
            asked=asked[pk],
            unconfirmed=unconfirmed[pk],
        )
        for pk in store_ids
    }


def _count(rows: Any, store: str) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list(store).annotate(Count("pk"))))


def problems_first(stores: QuerySet[AmazonStore], now: datetime) -> QuerySet[AmazonStore]:
    """Stores that cannot be synced, then those that soon cannot, then the others, inactive ones
    last; each with `rank`."""
    of_store = Q(store=None) | Q(store=OuterRef("pk"))
    failing = Exists(_failures().filter(of_store, account=OuterRef("account")))
    lapsed, lapsing = now - AUTHORIZATION, now - AUTHORIZATION + RENEW_BEFORE
    rank = Case(
        When(~Q(account__problem="") | Q(account__authorized_at__lte=lapsed) | failing, then=0),
        When(account__authorized_at__lte=lapsing, then=1),
        When(active=True, then=2),
        default=3,
    )
    return stores.annotate(rank=rank).order_by("rank", "name")


def failures_of(stores: Sequence[AmazonStore]) -> dict[int, CommunicationError]:
    """What calls fail with now, the newest by store; one statement."""
    errors = _failures().filter(account__in={store.account_id for store in stores})
    newest = list(errors.order_by("at", "pk").defer("payload"))
    return {
        store.pk: error
        for store in stores
        for error in newest
        if error.account_id == store.account_id and error.store_id in (None, store.pk)
    }


def _failures() -> QuerySet[CommunicationError]:
    """Errors about whole accounts that are not over."""
    errors: QuerySet[CommunicationError] = CommunicationError.objects.filter(
        amazon_order_id="", resolved_at__isnull=True
    )
    return errors


def connection_problems(
    store: AmazonStore, failure: CommunicationError | None, now: datetime
) -> list[Problem]:
    """What is wrong between Amazon and this store, the worst first. Needs `account.cursor`."""
    return [*_authorization(store, now), *_calls(store, failure), *_standing_still(store, now)]


def _authorization(store: AmazonStore, now: datetime) -> list[Problem]:
    account, found = store.account, []
    if account.problem:
        text = _("Amazon refuses this seller account: %(problem)s")
        found.append(_renew(text % {"problem": account.problem}))
    when = {"date": date_format(localtime(account.lapses_at), "DATE_FORMAT")}
    if account.lapses_at <= now:
        found.append(_renew(_("The yearly authorization lapsed on %(date)s.") % when))
    elif account.lapses_at - now <= RENEW_BEFORE:
        text = _("The yearly authorization lapses on %(date)s.") % when
        found.append(_renew(text, is_bad=False))
    return found


def _renew(text: str, *, is_bad: bool = True) -> Problem:
    advice = _("Authorize the application again in Seller Central and paste the new refresh token.")
    return Problem(text=text, advice=advice, fix=Fix.RENEW, is_bad=is_bad)


def _calls(store: AmazonStore, failure: CommunicationError | None) -> list[Problem]:
    if failure is None or store.account.problem:  # which is the same, said better
        return []
    text = _("A call to Amazon fails (%(operation)s): %(message)s") % {
        "operation": operation_label(failure.operation),
        "message": failure.message,
    }
    advice = _("It is tried again by itself. If it stays: look at the errors log.")
    return [Problem(text=text, advice=advice, fix=Fix.LOG)]


def _standing_still(store: AmazonStore, now: datetime) -> list[Problem]:
    cursor = getattr(store.account, "cursor", None)
    is_read = cursor is not None and cursor.claimed_until and cursor.claimed_until > now
    if not store.active or cursor is None or is_read or cursor.due_at > now - OVERDUE:
        return []
    text = _("Nothing was read since it was due: %(time)s.") % {
        "time": date_format(localtime(cursor.due_at), "DATETIME_FORMAT")
    }
    advice = _("Look whether beat and a worker are running.")
    return [Problem(text=text, advice=advice, fix=Fix.START)]


def process_problems(pulse: Pulse) -> list[Problem]:
    """What is wrong with the portal itself. Without beat a worker has nothing to do."""
    if not pulse.beat_alive:
        text = _("The scheduler (beat) is not running: nothing happens by itself.")
    elif not pulse.worker_alive:
        text = _("No worker is running: what beat starts stays undone.")
    else:
        return []
    advice = _("Start it on the server: manage.py up starts all processes.")
    return [Problem(text=text, advice=advice, fix=Fix.START)]
