"""The merchant's side of forgetting a customer: what forbids it, and the note that it was done."""

from django.utils.translation import gettext_noop

from customers.models import Customer
from customers.services.forgetting import CannotForget, Eraser
from orders.models import CommerceOrder, OrderNote
from orders.models.commerce_order import UNFINISHED_STATES
from orders.models.event import Actor
from orders.sentences import gettext as _
from orders.services.notes import note

ERASED_NOTE = gettext_noop("The customer's personal data was erased.")


def lock_orders(customer: Customer) -> None:
    """Lock the customer's orders; raises CannotForget while one still has to be shipped."""
    orders = CommerceOrder.objects.select_for_update(of=("self",)).filter(customer=customer)
    for order in orders.order_by("pk"):
        if order.state in UNFINISHED_STATES:
            raise CannotForget(
                _("Order %(number)s still has to be shipped: complete or cancel it first.")
                % {"number": order.number}
            )


def note_erasure(customer: Customer, user: str) -> None:
    """Amounts, lines and numbers stay; their timelines say what happened."""
    OrderNote.objects.bulk_create(
        note(timeline, ERASED_NOTE, actor=Actor.STAFF, user=user)
        for timeline in CommerceOrder.objects.filter(customer=customer)
        .order_by("pk")
        .values_list("timeline", flat=True)
    )


ERASER = Eraser(lock=lock_orders, erase=note_erasure)
