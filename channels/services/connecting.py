"""Connecting an Amazon store, and the test that names what is wrong."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from channels.amazon.auth import LwaCredentials, MemoryTokenCache, TokenSource
from channels.amazon.client import SpApiClient
from channels.amazon.errors import (
    AuthorizationRevoked,
    InvalidClient,
    NotAuthorized,
    SpApiError,
    Unavailable,
)
from channels.amazon.marketplaces import ENDPOINTS, LWA_ENDPOINT, Marketplace, by_country, by_id
from channels.models import AmazonStore, OrderSettings, SellerAccount, SyncCursor
from channels.services import errors_log
from channels.services.answers import detail, words
from channels.services.backfilling import start_backfill
from channels.services.polling import OVERLAP
from customers.services.stores import get_or_create_store
from orders.sentences import gettext as _
from orders.services.errors import Refusal

CODE = re.compile(r"[-a-zA-Z0-9_]+")  # CommerceStore.code


class CannotConnect(Refusal):
    """The store cannot be connected as asked; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What it takes to connect a store. Empty endpoints mean Amazon's own."""

    name: str
    region: str
    country_code: str
    seller_id: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    endpoint: str = ""
    lwa_endpoint: str = ""
    commerce_store: str = ""
    import_since: datetime | None = None
    poll_interval: int | None = None


def connect_store(connection: Connection) -> AmazonStore:
    """Test the connection, then create the store, or renew the credentials of a known one.

    Raises CannotConnect, with nothing written, when anything is wrong.
    """
    marketplace = _checked(connection)
    _test(connection, marketplace)
    return _save(connection, marketplace)


def _checked(connection: Connection) -> Marketplace:
    _check_texts(connection)
    marketplace = by_country(connection.country_code)
    if marketplace is None:
        raise CannotConnect(
            _("There is no Amazon marketplace %(country)r.") % {"country": connection.country_code}
        )
    if marketplace.region != connection.region:
        raise CannotConnect(
            _("Marketplace %(country)s belongs to region %(region)s, not to %(given)s.")
            % {
                "country": marketplace.country_code,
                "region": marketplace.region,
                "given": connection.region,
            }
        )
    known = AmazonStore.objects.select_related("account").filter(name=connection.name).first()
    if known and (
        known.marketplace_id != marketplace.id
        or known.account.seller_id != connection.seller_id
        or known.account.region != connection.region
    ):
        raise CannotConnect(
            _(
                "Store %(name)r exists with another seller account or marketplace, which cannot "
                "be changed afterwards."
            )
            % {"name": connection.name}
        )
    return marketplace


def _check_texts(connection: Connection) -> None:
    for label, value in (
        (_("The store name"), connection.name),
        (_("The seller id"), connection.seller_id),
        (_("The LWA client id"), connection.client_id),
        (_("The LWA client secret"), connection.client_secret),
        (_("The refresh token"), connection.refresh_token),
    ):
        if not value.strip():
            raise CannotConnect(_("%(label)s is missing.") % {"label": label})
    for label, value, longest in (
        (_("The store name"), connection.name, 64),
        (_("The seller id"), connection.seller_id, 32),
        (_("The Commerce store code"), connection.commerce_store, 32),
    ):
        if len(value) > longest:
            raise CannotConnect(
                _("%(label)s is longer than %(longest)s characters.")
                % {"label": label, "longest": longest}
            )
    if connection.commerce_store and not CODE.fullmatch(connection.commerce_store):
        raise CannotConnect(
            _(
                "The Commerce store code %(code)r has other characters than letters, digits, "
                "- and _."
            )
            % {"code": connection.commerce_store}
        )
    if connection.region not in SellerAccount.Region.values:
        raise CannotConnect(
            _("Region %(given)r is not one of na, eu, fe.") % {"given": connection.region}
        )


def _test(connection: Connection, marketplace: Marketplace) -> None:
    credentials = LwaCredentials(
        client_id=connection.client_id,
        client_secret=connection.client_secret,
        refresh_token=connection.refresh_token,
    )
    check_access(
        credentials,
        endpoint=_endpoint(connection),
        lwa_endpoint=connection.lwa_endpoint or LWA_ENDPOINT,
        marketplace_id=marketplace.id,
    )


def check_access(
    credentials: LwaCredentials, *, endpoint: str, lwa_endpoint: str, marketplace_id: str
) -> None:
    """Ask Amazon for the seller's marketplaces, with a token of its own.

    Raises CannotConnect, which says in plain words what is wrong.
    """
    try:
        tokens = TokenSource(
            credentials,
            lwa_endpoint=lwa_endpoint,
            cache=MemoryTokenCache(),
            timeout=settings.AMAZON_TIMEOUT,
        )
        client = SpApiClient(endpoint=endpoint, tokens=tokens, timeout=settings.AMAZON_TIMEOUT)
        participations = client.marketplace_participations()
    except ValueError as exc:  # an endpoint that is neither https nor loopback
        raise CannotConnect(detail(exc.args[0])) from None
    except SpApiError as exc:
        raise CannotConnect(f"{_cause(exc)} ({words(exc)})") from None
    open_here = {p.marketplace_id for p in participations if p.participating}
    if marketplace_id not in open_here:
        marketplace = by_id(marketplace_id)
        code = marketplace.country_code if marketplace else "?"
        raise CannotConnect(
            _("The seller account does not sell on marketplace %(country)s (%(id)s).")
            % {"country": code, "id": marketplace_id}
        )


def _endpoint(connection: Connection) -> str:
    return (connection.endpoint or ENDPOINTS[connection.region]).rstrip("/")


def _cause(error: SpApiError) -> str:
    if isinstance(error, InvalidClient):
        return _("The LWA client id or client secret is wrong.")
    if isinstance(error, AuthorizationRevoked):
        return _("The refresh token is wrong, revoked, or made for another client id.")
    if isinstance(error, NotAuthorized):
        return _("Amazon refuses access: a role is missing, or the region is wrong.")
    if isinstance(error, Unavailable):
        return _("Amazon could not be reached.")
    return _("Amazon's answer to the test was not as expected.")


@transaction.atomic
def _save(connection: Connection, marketplace: Marketplace) -> AmazonStore:
    ours = {"region": connection.region, "seller_id": connection.seller_id}
    account = SellerAccount.objects.select_for_update().filter(**ours).first()
    account = account or SellerAccount(**ours)
    account.endpoint = _endpoint(connection)
    account.lwa_endpoint = connection.lwa_endpoint or LWA_ENDPOINT
    account.credentials = {
        "client_id": connection.client_id,
        "client_secret": connection.client_secret,
        "refresh_token": connection.refresh_token,
    }
    account.authorized_at = timezone.now()
    account.problem, account.problem_at = "", None
    if connection.poll_interval:
        account.poll_interval = connection.poll_interval
    account.save()
    start_afresh(account)
    store = AmazonStore.objects.filter(account=account, marketplace_id=marketplace.id).first()
    if store is not None and store.name != connection.name:
        raise CannotConnect(
            _(
                "Marketplace %(country)s of this seller account is connected already, "
                "as store %(store)r."
            )
            % {"country": marketplace.country_code, "store": store.name}
        )
    if store is None:
        store = _create_store(account, connection, marketplace)
    return store


def start_afresh(account: SellerAccount) -> None:
    """With these credentials it works: nothing waits because of the old ones."""
    now = timezone.now()
    SyncCursor.objects.filter(account=account).update(due_at=now)
    errors_log.resolve_account(account, now=now)


def _create_store(
    account: SellerAccount, connection: Connection, marketplace: Marketplace
) -> AmazonStore:
    code = connection.commerce_store or slugify(connection.name)[:32] or marketplace.country_code
    commerce_store = get_or_create_store(code, name=connection.name)
    store = AmazonStore.objects.create(
        name=connection.name,
        account=account,
        marketplace_id=marketplace.id,
        commerce_store=commerce_store,
    )
    now = timezone.now()
    since = connection.import_since or now
    OrderSettings.objects.create(store=store, commerce_store=commerce_store, import_since=since)
    sweep_from(account, now - OVERLAP)  # what happens from now on; what was before, beside it
    start_backfill(store, since=since, until=now)
    return store


def sweep_from(account: SellerAccount, moment: datetime) -> None:
    """Make the next sweep look back to `moment` at least, and soon. Looking twice is harmless.

    A sweep in progress loses its lease: it would move the watermark past what we ask for.
    """
    cursor, created = SyncCursor.objects.select_for_update().get_or_create(
        account=account, defaults={"watermark": moment}
    )
    if not created:
        cursor.watermark = min(cursor.watermark, moment)
        cursor.next_token = ""
        cursor.claim = cursor.claimed_until = None
        cursor.due_at = timezone.now()
        cursor.save(update_fields=["watermark", "next_token", "claim", "claimed_until", "due_at"])
