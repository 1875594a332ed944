"""The last look: an order is read from Amazon once more just before it is shipped.

Amazon lets an account read thirty orders at once and then one every two seconds. A person waits for
none of that; a job of many orders waits, unless a sweep has just read all that changed.
"""

from datetime import timedelta

from django.utils import timezone

from channels.amazon.errors import SpApiError, Throttled
from channels.models import ChannelOrder, SyncCursor
from channels.services.answers import words
from channels.services.fetching import fetch
from channels.services.gateway import LOOK_TIMEOUT, client_for
from channels.services.quota import NoQuota
from channels.services.taking_over import take_over_stored
from orders.sentences import gettext as _

FRESH = timedelta(minutes=1)
SWEPT = timedelta(minutes=5)
SHIPPED = "SHIPPED"  # Amazon's own word


def for_a_person(order: ChannelOrder) -> str:
    """Read `order` when what is known is older than a minute; why it could not be, else "".

    The last calls of the quota are theirs, and the answer is asked for once.
    """
    try:
        unread = _read(order, interactive=True)
    except NoQuota:
        unread = _("Amazon's quota is used up.")
    except Throttled as exc:
        unread = words(exc)
    _take_over(order)
    return unread


def for_a_job(order: ChannelOrder) -> str:
    """As for a person, but the calls kept for people stay theirs.

    Without quota the last sweep counts when it is not older than five minutes and the order's store
    was in it, else NoQuota or Throttled is raised: come back later.
    """
    try:
        unread = _read(order, interactive=False)
    except (NoQuota, Throttled):
        if not _swept(order):
            raise
        unread = ""
    _take_over(order)
    return unread


def _swept(order: ChannelOrder) -> bool:
    """Whether a recent sweep read what changed in the order's store: inactive ones are left out."""
    return SyncCursor.objects.filter(
        pk=order.account_id,
        last_success_at__gte=timezone.now() - SWEPT,
        account__stores=order.store_id,
        account__stores__active=True,
    ).exists()


def _read(order: ChannelOrder, *, interactive: bool) -> str:
    if timezone.now() - order.synced_at <= FRESH:
        return ""
    client = client_for(order.account, timeout=LOOK_TIMEOUT)
    number = order.amazon_order_id
    try:
        result = fetch(order.account, number, client=client, interactive=interactive)
    except Throttled:
        raise
    except SpApiError as exc:
        return words(exc)
    return _("Amazon's answer could not be read.") if result.set_aside else ""


def _take_over(order: ChannelOrder) -> None:
    """What Amazon shows shipped already becomes the Commerce order's."""
    shown = ChannelOrder.objects.get(pk=order.pk)
    if shown.packages or shown.amazon_status == SHIPPED:
        take_over_stored(shown.pk)
