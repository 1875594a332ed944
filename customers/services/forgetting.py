"""Forgetting a customer: personal data is erased, the books stay."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from customers.models import Customer
from customers.sealed import INDEX_BYTES


class CannotForget(Exception):
    """One clear sentence why not; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """What an app above does with what it keeps about a customer, in the same transaction.

    `lock` takes its locks and raises CannotForget; all of them come before anything is written.
    `erase` is given the name of the user for its notes. Twice is harmless.
    """

    lock: Callable[[Customer], None]
    erase: Callable[[Customer, str], None]


_erasers: list[Eraser] = []


def register_eraser(eraser: Eraser) -> None:
    """Called once per app at start-up, the upper app first: that is the order of the locks."""
    _erasers.append(eraser)


@transaction.atomic
def forget_customer(*, customer_id: int, user: str) -> Customer:
    """Erase all personal data of a customer, here and in every app above; twice is harmless.

    The same buyer is a new customer afterwards: the blind index is replaced by random bytes. Raises
    CannotForget, with nothing written.
    """
    customer = Customer.objects.get(pk=customer_id)
    for eraser in _erasers:
        eraser.lock(customer)
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    if customer.forgotten_at:
        return customer
    for eraser in _erasers:
        eraser.erase(customer, user)
    for address in customer.addresses.select_for_update().order_by("pk"):
        address.address = {}
        address.save(update_fields=["address"])
    customer.profile = {}
    customer.email_index = os.urandom(INDEX_BYTES)
    customer.email_is_relay = False
    customer.forgotten_at = timezone.now()
    customer.save(update_fields=["profile", "email_index", "email_is_relay", "forgotten_at"])
    return customer
