"""Confirmations on their way to Amazon: claim, send with no transaction open, record.

At least once, and harmless when twice: a package keeps its reference, and where nobody knows
whether an attempt arrived the order is read back before it is sent again. A message ends proven,
or refused with Amazon's words where people look.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.amazon.client import SpApiClient
from channels.amazon.errors import (
    NotNow,
    Refused,
    Unavailable,
)
from channels.models import ChannelOrder
from channels.services import errors_log, gateway
from channels.services.answers import words
from channels.services.confirming import (
    confirmation_of,
    confirmed_elsewhere,
    is_shown,
    refuses_confirming,
)
from channels.services.fetching import channel_order_of, fetch_order
from channels.services.pauses import backoff, pause_after
from channels.services.proving import lock, note_proof
from channels.services.quota import NoQuota
from channels.services.read_only import is_read_only
from orders.models import OutboxMessage
from orders.models.event import Actor
from orders.models.outbox import State, Way
from orders.services import outbox
from orders.services.notes import add_note

log = logging.getLogger(__name__)

CONFIRM = "confirmShipment"
FIRST_LOOK = timedelta(seconds=15)  # Amazon shows an accepted package seconds to minutes later
ENOUGH_SECONDS = 100.0  # with one more message timing out, still within a task's 240

REFUSED_NOTE = gettext_noop("Amazon refused package %(number)s: %(answer)s")


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
            _deliver(message, channel_order_of(message.package.order_id), clients)
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
        message.postpone(timezone.now() + timedelta(seconds=exc.seconds), words(exc))
    except NotNow as exc:
        message.postpone(timezone.now() + pause_after(exc), words(exc))
    except (Unavailable, Refused) as exc:
        _no_answer_or_no(message, exc)
    except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
        raise  # database or time is at fault: the lease runs out, and somebody else looks
    except Exception as exc:  # a bug of ours must neither loop nor take the batch with it
        log.exception("A confirmation failed", extra={"outbox_message": message.pk})
        message.refuse(words(exc), "")
    with transaction.atomic():  # the outcome and what follows from it are one commit
        if message.state == State.PROVEN:
            lock(order)
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
        message.refuse(words(error), error.request_id)
    else:
        again_at = timezone.now() + backoff(message.attempts)
        message.retry(again_at, words(error), sent=about_it)


def _after(message: OutboxMessage, order: ChannelOrder) -> None:
    """What follows from a recorded outcome, for people to see."""
    if message.state == State.REFUSED:
        note_refusal(message, order)
    elif message.state == State.PROVEN:
        note_proof(message, order)


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


def release_stranded() -> int:
    """Take back what dead workers held."""
    return outbox.release_stranded(now=timezone.now())
