"""Confirmations on their way to Amazon: claim, send with no transaction open, record, prove.

At least once, and harmless when twice: a package keeps its reference, and where nobody knows
whether an attempt arrived the order is read back before it is sent again. A message ends proven,
or refused with Amazon's words where people look.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.amazon.client import SpApiClient
from channels.amazon.errors import (
    NotAuthorized,
    NotNow,
    Refused,
    SpApiError,
    Unavailable,
)
from channels.models import ChannelOrder
from channels.services import errors_log, gateway
from channels.services.confirming import (
    confirmation_of,
    confirmed_elsewhere,
    is_shown,
    refuses_confirming,
    with_items,
)
from channels.services.fetching import fetch_order
from channels.services.pauses import AFTER_NO_AUTHORIZATION, backoff, pause_after
from channels.services.quota import NoQuota
from channels.services.read_only import is_read_only
from orders.models import OutboxMessage
from orders.models.event import Actor
from orders.models.fields import save_if
from orders.models.outbox import State, Way
from orders.services import outbox
from orders.services.notes import add_note

log = logging.getLogger(__name__)

CONFIRM = "confirmShipment"
FIRST_LOOK = timedelta(seconds=15)  # Amazon shows an accepted package seconds to minutes later
LOOK_AGAIN = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
LATELY = timedelta(hours=1)  # read so long ago, an order may show what nobody looks for
# Refused, or given up by a person before it was sent: sent no more, but Amazon may show it yet.
_GIVEN_UP = Q(state=State.REFUSED) | Q(state=State.PENDING, dismissed_at__isnull=False)
RESEND_AFTER_CHECKS = 8  # accepted, yet not shown for about an hour: send it again
ENOUGH_SECONDS = 100.0  # with one more message timing out, still within a task's 240

PROVEN_NOTE = gettext_noop("Amazon shows package %(number)s.")
REFUSED_NOTE = gettext_noop("Amazon refused package %(number)s: %(answer)s")
ALL_PROVEN_NOTE = gettext_noop("Amazon shows everything shipped.")


def due(now: datetime, *, limit: int = 200) -> list[int]:
    """Messages to send now, oldest first; in read-only mode none."""
    if is_read_only():
        return []
    return list(OutboxMessage.objects.due(now).values_list("pk", flat=True)[:limit])


def deliver(ids: Sequence[int]) -> int:
    """Send those of `ids` that are due and that nobody else holds; returns how many were taken.

    In read-only mode none: they stay as they are.
    """
    if is_read_only():
        return 0
    messages = outbox.claim_due(ids, now=timezone.now())
    clients: dict[int, SpApiClient] = {}
    started = time.monotonic()
    for message in messages:
        if time.monotonic() - started > ENOUGH_SECONDS or is_read_only():
            _give_back(message)
        else:
            _deliver(message, _channel_order(message), clients)
    return len(messages)


def _give_back(message: OutboxMessage) -> None:
    """Amazon is slow: before lease and task run out, leave the rest to the next one.

    Or read-only mode was switched on meanwhile.
    """
    claim = message.claim
    message.postpone(timezone.now(), message.last_error)
    outbox.record(message, was=State.IN_FLIGHT, claim=claim)


def _deliver(message: OutboxMessage, order: ChannelOrder, clients: dict[int, SpApiClient]) -> None:
    claim = message.claim
    try:
        if order.account_id not in clients:
            clients[order.account_id] = gateway.client_for(order.account)
        _settle_or_send(message, order, clients[order.account_id])
    except NoQuota as exc:
        message.postpone(timezone.now() + timedelta(seconds=exc.seconds), str(exc))
    except NotNow as exc:
        message.postpone(timezone.now() + pause_after(exc), str(exc))
    except (Unavailable, Refused) as exc:
        _no_answer_or_no(message, exc)
    except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
        raise  # database or time is at fault: the lease runs out, and somebody else looks
    except Exception as exc:  # a bug of ours must neither loop nor take the batch with it
        log.exception("A confirmation failed", extra={"outbox_message": message.pk})
        message.refuse(f"The portal failed: {type(exc).__name__}.", "")
    with transaction.atomic():  # the outcome and what follows from it are one commit
        if message.state == State.PROVEN:
            _lock(order)
        if outbox.record(message, was=State.IN_FLIGHT, claim=claim):
            _after(message, order)


def _settle_or_send(message: OutboxMessage, order: ChannelOrder, client: SpApiClient) -> None:
    """Send, unless an attempt of unknown outcome turns out to have worked."""
    package = message.package
    if answer := refuses_confirming(order):
        message.refuse(answer, "")
        return
    if message.outcome_unknown and not is_shown(package, order.packages):
        order = fetch_order(order, client=client)
    if message.outcome_unknown and is_shown(package, order.packages):
        message.prove(timezone.now())
        return
    if confirmed_elsewhere(package, order):  # as far as is known: a look makes sure
        order = fetch_order(order, client=client)
        if answer := confirmed_elsewhere(package, order):
            message.refuse(answer, "")
            return
    request_id = gateway.call(
        order.account,
        CONFIRM,
        lambda api: api.confirm_shipment(
            order.amazon_order_id, order.store.marketplace_id, confirmation_of(package)
        ),
        now=timezone.now(),
        client=client,
    )
    now = timezone.now()
    message.outcome_unknown = False
    message.way = Way.CALL
    message.accept(now, now + FIRST_LOOK, request_id)


def _no_answer_or_no(message: OutboxMessage, error: Unavailable | Refused) -> None:
    """Amazon's no to the confirmation itself is final. Whatever stopped us on the way there is not:
    a token or a look that failed, be it by a page of some proxy."""
    about_it = error.operation == CONFIRM
    if about_it and isinstance(error, Refused):
        message.refuse(str(error), error.request_id)
    else:
        again_at = timezone.now() + backoff(message.attempts)
        message.retry(again_at, str(error), sent=about_it)


def _after(message: OutboxMessage, order: ChannelOrder) -> None:
    """What follows from a recorded outcome, for people to see."""
    if message.state == State.REFUSED:
        note_refusal(message, order)
    elif message.state == State.PROVEN:
        _note_proof(message, order)


def note_refusal(message: OutboxMessage, order: ChannelOrder) -> None:
    """Amazon's words about a package it refused, by call or in a feed, where people look.

    Of one that somebody gave up on it is only noted.
    """
    add_note(
        order.uid,
        REFUSED_NOTE,
        actor=Actor.AMAZON,
        params={"number": message.package.number, "answer": message.last_error},
    )
    if message.dismissed_at is not None:
        return
    errors_log.log_error(
        order.account,
        operation=CONFIRM,
        code="Refused",
        message=message.last_error,
        amazon_order_id=order.amazon_order_id,
        request_id=message.request_id,
        now=timezone.now(),
    )


def _channel_order(message: OutboxMessage) -> ChannelOrder:
    order: ChannelOrder = ChannelOrder.objects.select_related("account", "store").get(
        commerce_order_id=message.package.order_id
    )
    return order


# Proof


def unproven(now: datetime, *, limit: int = 200) -> list[int]:
    """Channel orders with a confirmation to look for, longest waiting first."""
    waiting = OutboxMessage.objects.unproven(now).values_list(
        "package__order__channel_order", flat=True
    )
    return list(dict.fromkeys(waiting[:limit]))


def prove_seen(*, limit: int = 500) -> int:
    """Settle the confirmations that sweeps have shown since they were sent: no call for any of
    them. Returns how many are proven now.

    Of those that nobody looks for, refused or dismissed, the orders that were read lately count.
    """
    lately = Q(package__order__channel_order__synced_at__gt=timezone.now() - LATELY)
    sent = (
        OutboxMessage.objects.filter(
            Q(state=State.SENT, package__order__channel_order__synced_at__gt=F("sent_at"))
            | (_GIVEN_UP & lately)
        )
        .select_related("package__order__channel_order")
        .prefetch_related(with_items("package__items"))
        .order_by("-package__order__channel_order__synced_at")[:limit]
    )
    seen = {
        message.package.order.channel_order.pk
        for message in sent
        if is_shown(message.package, message.package.order.channel_order.packages)
    }
    orders = ChannelOrder.objects.select_related("account", "store").filter(pk__in=seen)
    return sum(_settle(order) for order in orders)


def prove(channel_order_id: int) -> int:
    """Settle the sent confirmations of an order; returns how many are proven now.

    What a sweep brought in the meantime may show them already; else the order is read back. Raises
    SpApiError or NoQuota when it could not be: the messages stay as they are, for a later look.
    """
    order = ChannelOrder.objects.select_related("account", "store").get(pk=channel_order_id)
    proven = _settle(order)
    overdue = OutboxMessage.objects.unproven(timezone.now()).filter(
        package__order_id=order.commerce_order_id
    )
    if not overdue.exists():
        return proven
    try:
        order = fetch_order(order)
    except SpApiError as exc:
        pause = AFTER_NO_AUTHORIZATION if isinstance(exc, NotAuthorized) else LOOK_AGAIN[0]
        overdue.update(not_before=timezone.now() + pause)
        raise
    return proven + _settle(order, looked=True)


def _waiting(order: ChannelOrder) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        Q(state=State.SENT) | _GIVEN_UP, package__order_id=order.commerce_order_id
    )


def _settle(order: ChannelOrder, *, looked: bool = False) -> int:
    """Hold the packages Amazon shows against the confirmations that wait for proof.

    `looked`: they were read just now, so what is still missing is looked for again later.
    """
    now = timezone.now()
    proven = 0
    waiting = _waiting(order).select_related("package").prefetch_related("package__items__line")
    for message in waiting:
        was = State(message.state)
        overdue = message.dismissed_at is None and message.not_before <= now
        if is_shown(message.package, order.packages):
            message.prove(now)
            with transaction.atomic():
                _lock(order)
                if outbox.record(message, was=was):
                    _note_proof(message, order)
                    proven += 1
        elif looked and was is State.SENT and overdue:
            _not_shown_yet(message, now)
            outbox.record(message, was=was)
    return proven


def _lock(order: ChannelOrder) -> None:
    """The order before its messages, as imports take them."""
    ChannelOrder.objects.select_for_update(of=("self",)).filter(pk=order.pk).first()


def _not_shown_yet(message: OutboxMessage, now: datetime) -> None:
    if message.outcome_unknown or message.checks + 1 >= RESEND_AFTER_CHECKS:
        message.outcome_unknown = False  # the look has told
        message.resend(now)
    else:
        message.look_again(now + LOOK_AGAIN[min(message.checks, len(LOOK_AGAIN) - 1)])


def _note_proof(message: OutboxMessage, order: ChannelOrder) -> None:
    params = {"number": message.package.number}
    add_note(order.uid, PROVEN_NOTE, actor=Actor.AMAZON, params=params)
    errors_log.resolve(
        order.account, [order.amazon_order_id], now=timezone.now(), operation=CONFIRM
    )
    mark_proven(order.pk)


@transaction.atomic
def mark_proven(channel_order_id: int) -> bool:
    """When Amazon shows every package of a channel order, remember since when.

    A dismissed confirmation proves nothing: its order stays Shipped.
    """
    order = ChannelOrder.objects.select_for_update(of=("self",)).get(pk=channel_order_id)
    unsettled = OutboxMessage.objects.filter(package__order_id=order.commerce_order_id).exclude(
        state=State.PROVEN
    )
    if order.proven_at is not None or unsettled.exists():
        return False
    order.proven_at = timezone.now()
    done = save_if(order, fields=["proven_at"], proven_at=None)
    if done and order.status == ChannelOrder.Status.SHIPPED:
        add_note(order.uid, ALL_PROVEN_NOTE, actor=Actor.AMAZON)
    return done


def release_stranded() -> int:
    """Take back what dead workers held."""
    return outbox.release_stranded(now=timezone.now())
