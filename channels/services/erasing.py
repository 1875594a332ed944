"""Amazon's side of forgetting a customer: what its orders say about the buyer."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from channels.models import ChannelOrder, CommunicationError, SellerAccount
from channels.services import buyer_terms
from customers.models import Customer
from customers.services.forgetting import Eraser


def lock_accounts(_customer: Customer) -> None:
    """No account may import meanwhile: a new order of this buyer would bring everything back."""
    accounts = SellerAccount.objects.select_for_update(no_key=True).order_by("pk")
    list(accounts.values_list("pk", flat=True))


def erase_buyer(customer: Customer, _user: str) -> None:
    """Erase the buyer from the customer's channel orders, and what was kept of them unread.

    `erased_at` keeps later updates from bringing it back (merging.py).
    """
    orders = ChannelOrder.objects.filter(commerce_order__customer=customer)
    locked = orders.select_for_update(of=("self",)).order_by("pk")
    pks = list(locked.values_list("pk", flat=True))
    ChannelOrder.objects.filter(pk__in=pks).update(
        buyer=None,
        recipient=None,
        item_texts=None,
        corrected_address=None,
        corrected_at=None,
        corrected_by="",
        erased_at=timezone.now(),
    )
    buyer_terms.forget(pks)
    of_these = orders.filter(
        account=OuterRef("account"), amazon_order_id=OuterRef("amazon_order_id")
    )
    CommunicationError.objects.filter(Exists(of_these), payload__isnull=False).update(payload=None)


ERASER = Eraser(lock=lock_accounts, erase=erase_buyer)
