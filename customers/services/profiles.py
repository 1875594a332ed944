"""Customers' profiles."""

from collections.abc import Iterable, Mapping

from customers.bulk import update_rows
from customers.models import Customer


def fill_in(told: Iterable[tuple[Customer, Mapping[str, str]]]) -> None:
    """Add what these customers' profiles lack of what is told now; never overwrite.

    One statement for all, none when nothing is new. The caller holds the lock of their Commerce
    stores.
    """
    changed: dict[int, Customer] = {}
    for customer, profile in told:
        if profile.keys() - customer.profile.keys():
            customer.profile = {**profile, **customer.profile}
            if customer.pk:  # else it is not stored yet
                changed[customer.pk] = customer
    update_rows(changed.values(), ["profile"])
