"""Customers' profiles."""

from collections.abc import Iterable, Mapping

from django.db.models import Case, Value, When

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
    if changed:
        column = Customer._meta.get_field("profile")
        sealed = {
            pk: Value(column.pre_save(customer, add=False), output_field=column)
            for pk, customer in changed.items()
        }
        # Not by bulk_update(), which would write the open values.
        profiles = Case(*(When(pk=pk, then=value) for pk, value in sealed.items()))
        Customer.objects.filter(pk__in=changed).update(profile=profiles)
