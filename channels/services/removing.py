"""Deleting an Amazon store that never had an order, and what of it stays."""

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from channels.models import AmazonStore, SellerAccount
from orders.sentences import gettext as _
from orders.services.errors import Refusal


class CannotDelete(Refusal):
    """The store stays as it is."""


def has_orders(store: AmazonStore) -> bool:
    """One row is looked for, whatever there is."""
    return store.orders.exists()


def is_last_of_account(store: AmazonStore) -> bool:
    """Whether the seller account, with its credentials, goes with it."""
    return not AmazonStore.objects.filter(account=store.account_id).exclude(pk=store.pk).exists()


def delete_store(store_id: int) -> None:
    """Delete a store with its settings, mappings and history; the account with its last store.

    The Commerce store stays. Deleting one that is gone is no failure. Raises CannotDelete, with
    nothing written, when there are orders; one that comes in after the look is what the database
    refuses.
    """
    try:
        with transaction.atomic():
            # Imports of this account wait here, and find the store gone.
            account = SellerAccount.objects.select_for_update().filter(stores=store_id).first()
            store = AmazonStore.objects.filter(pk=store_id).first()
            if account is None or store is None:
                return
            if has_orders(store):  # Django would read all of them to say so
                raise ProtectedError("orders", set())
            is_last = is_last_of_account(store)
            store.delete()
            if is_last:
                account.delete()
    except (ProtectedError, IntegrityError):
        raise CannotDelete(
            _("A store that has orders cannot be deleted. Deactivate it instead.")
        ) from None
