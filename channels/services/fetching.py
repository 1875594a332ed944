"""One order, read from Amazon now."""

from django.utils import timezone

from channels.amazon.client import SpApiClient
from channels.amazon.types import Dataset
from channels.models import AmazonStore, ChannelOrder, SellerAccount
from channels.services import errors_log, gateway
from channels.services.importing import PageResult, import_page

GET = "getOrder"
DATASETS = frozenset(Dataset)  # what is asked for, of one order or of many


def channel_order_of(commerce_order_id: int) -> ChannelOrder:
    """The channel order of a Commerce order, with all that a call to Amazon needs."""
    order: ChannelOrder = ChannelOrder.objects.select_related("account", "store").get(
        commerce_order_id=commerce_order_id
    )
    return order


def fetch_order(order: ChannelOrder, *, client: SpApiClient | None = None) -> ChannelOrder:
    """Read `order` back and import what Amazon says; the row as it is afterwards.

    Raises SpApiError or NoQuota.
    """
    fetch(order.account, order.amazon_order_id, client=client)
    fresh: ChannelOrder = ChannelOrder.objects.select_related("account", "store").get(pk=order.pk)
    return fresh


def import_order(
    store: AmazonStore, amazon_order_id: str, *, client: SpApiClient | None = None
) -> PageResult:
    """Fetch one order by its number, as a person asks for it."""
    return fetch(store.account, amazon_order_id, client=client, interactive=True)


def fetch(
    account: SellerAccount,
    amazon_order_id: str,
    *,
    client: SpApiClient | None = None,
    interactive: bool = False,
) -> PageResult:
    """Read one order of `account` and import what Amazon says. Raises SpApiError or NoQuota."""
    raw = gateway.call(
        account,
        GET,
        lambda api: api.get_order(amazon_order_id, DATASETS),
        now=timezone.now(),
        client=client,
        interactive=interactive,
    )
    now = timezone.now()
    result = import_page(account, [raw], datasets=DATASETS, now=now)
    if not result.set_aside:  # the import resolves only what it had to write
        errors_log.resolve(account, [amazon_order_id], now=now)
    return result
