"""What the page of one customer shows."""

from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest

from customers.models import Customer
from customers.services.masking import address_lines, mask_person

SEE_ORDERS = "orders.view_commerceorder"
NEWEST = 50


def customer_context(request: HttpRequest, customer: Customer, *, clear: bool) -> dict[str, Any]:
    """The template's context; personal data masked unless `clear`."""
    return {
        "profile": customer.profile if clear else mask_person(customer.profile),
        "addresses": _addresses(customer, clear=clear),
        **(_orders(customer) if request.user.has_perm(SEE_ORDERS) else {}),
    }


def _addresses(customer: Customer, *, clear: bool) -> list[list[str]]:
    """Each address once, the newest first; every order brought its own row."""
    newest = customer.addresses.order_by("-id")[:NEWEST]
    # Told apart by what they say, not by what of it is shown.
    known = {tuple(address_lines(a.address, clear=True)): a.address for a in newest}
    return [address_lines(address, clear=clear) for lines, address in known.items() if lines]


def _orders(customer: Customer) -> dict[str, Any]:
    """The newest orders, how many there are, and what they come to per currency.

    `orders` is the app above's relation to us, `channel_order` that of the app above it.
    """
    newest = customer.orders.select_related("status", "channel_order")
    sums = (
        customer.orders.order_by("currency")
        .values("currency")
        .annotate(count=Count("pk"), total=Sum("grand_total", filter=~Q(state="canceled")))
    )
    totals = list(sums)
    return {
        "shows_orders": True,
        "orders": list(newest.order_by("-purchased_at", "-id")[:NEWEST]),
        "orders_count": sum(row["count"] for row in totals),
        "totals": [row for row in totals if row["total"] is not None],
    }
