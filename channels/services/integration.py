"""Store integration settings: what a store is called, how it is polled, how it is let in."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from channels.amazon.auth import LwaCredentials
from channels.amazon.usage_plan import GET_MARKETPLACE_PARTICIPATIONS
from channels.models import AmazonStore, SellerAccount
from channels.services import order_settings, quota
from channels.services.connecting import check_access, start_afresh
from customers.models import CommerceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredentials:
    """What is empty stays as it is."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


@transaction.atomic
def change_integration(
    store_id: int, *, name: str, commerce_store: CommerceStore, poll_interval: int, user: str
) -> None:
    """Change the name, the store's own Commerce store, and how often its account is polled.

    Order settings that import into the store's own Commerce store follow, and remember who did it.
    """
    store = AmazonStore.objects.select_for_update(of=("self",)).get(pk=store_id)
    follows = store.order_settings.commerce_store_id == store.commerce_store_id
    if follows and store.commerce_store_id != commerce_store.pk:
        order_settings.change(store, {"commerce_store": commerce_store.code}, user=user)
    store.name, store.commerce_store = name, commerce_store
    store.save(update_fields=["name", "commerce_store"])
    SellerAccount.objects.filter(pk=store.account_id).update(poll_interval=poll_interval)


def check_store(store: AmazonStore) -> None:
    """Ask Amazon with what is stored. When it answers, nothing waits for a person any more.

    Raises CannotConnect, which names what is wrong, or NoQuota.
    """
    _check(store, LwaCredentials(**store.account.credentials))
    with transaction.atomic():
        account = SellerAccount.objects.select_for_update(no_key=True).get(pk=store.account_id)
        _is_well(account)


def renew_credentials(store: AmazonStore, new: NewCredentials) -> None:
    """Test the credentials with what is new in them, then keep them.

    Raises CannotConnect or NoQuota, with nothing written. A year begins with a new refresh token
    only: another secret does not renew the authorization.
    """
    given = {
        name: value
        for name in ("client_id", "client_secret", "refresh_token")
        if (value := getattr(new, name).strip())
    }
    _check(store, LwaCredentials(**{**store.account.credentials, **given}))
    with transaction.atomic():
        account = SellerAccount.objects.select_for_update(no_key=True).get(pk=store.account_id)
        kept = account.credentials  # as they are now: somebody may have renewed others meanwhile
        account.credentials = {**kept, **given}
        if account.credentials["refresh_token"] != kept["refresh_token"]:
            account.authorized_at = timezone.now()
        account.save(update_fields=["credentials", "authorized_at"])
        _is_well(account)


def _check(store: AmazonStore, credentials: LwaCredentials) -> None:
    account = store.account
    quota.take(account, GET_MARKETPLACE_PARTICIPATIONS, interactive=True)
    check_access(
        credentials,
        endpoint=account.endpoint,
        lwa_endpoint=account.lwa_endpoint,
        marketplace_id=store.marketplace_id,
    )


def _is_well(account: SellerAccount) -> None:
    account.problem, account.problem_at = "", None
    account.save(update_fields=["problem", "problem_at"])
    start_afresh(account)
