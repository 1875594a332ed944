"""Orders that were set aside, read again: what was wrong may be gone, at Amazon or here.

No sweep brings them back by itself: it asks for what was updated since the watermark, and that has
moved on.
"""

from datetime import timedelta

from django.utils import timezone

from channels.amazon.client import SpApiClient
from channels.amazon.errors import Refused, SpApiError
from channels.models import CommunicationError, SellerAccount
from channels.services import errors_log
from channels.services.fetching import fetch
from channels.services.gateway import LOOK_TIMEOUT, client_for
from channels.services.quota import NoQuota
from channels.troubles import IMPORT
from orders.sentences import gettext as _
from orders.services.errors import Refusal

AGAIN_AFTER = timedelta(minutes=15)
AT_ONCE = 10  # getOrder's quota is for proof and for people, too


class CannotTryAgain(Refusal):
    """There is nothing to fetch."""


def try_again(error_id: int) -> bool:
    """Fetch one order that was set aside, as a person asks for it; whether it could be read.

    Raises CannotTryAgain, SpApiError or NoQuota. Amazon's no is noted in the row.
    """
    error = CommunicationError.objects.select_related("account").get(pk=error_id)
    if not can_try_again(error):
        raise CannotTryAgain(_("Nothing is set aside here any more."))
    client = client_for(error.account, timeout=LOOK_TIMEOUT)
    try:
        found = fetch(error.account, error.amazon_order_id, client=client, interactive=True)
    except Refused as exc:
        now = timezone.now()
        errors_log.log_import_error(error.account, error.amazon_order_id, exc, now=now)
        raise
    return not found.set_aside


def can_try_again(error: CommunicationError) -> bool:
    """An order that is set aside, and whose number could be read."""
    return (
        error.operation == IMPORT
        and error.resolved_at is None
        and not error.amazon_order_id.startswith(errors_log.NO_NUMBER)
    )


def look_again(account: SellerAccount, *, client: SpApiClient | None = None) -> int:
    """Fetch what was set aside longest ago; returns how many orders could be read.

    What fails again waits as long again; what Amazon does not answer now is left for later.
    """
    read = 0
    for order_id in _waiting(account):
        try:
            found = fetch(account, order_id, client=client)
        except Refused as exc:
            errors_log.log_import_error(account, order_id, exc, now=timezone.now())
        except (SpApiError, NoQuota):
            break
        else:
            read += not found.set_aside
    return read


def _waiting(account: SellerAccount) -> list[str]:
    errors = CommunicationError.objects.filter(
        account=account,
        operation=IMPORT,
        resolved_at=None,
        at__lte=timezone.now() - AGAIN_AFTER,
    ).exclude(amazon_order_id__startswith=errors_log.NO_NUMBER)
    return list(errors.order_by("at").values_list("amazon_order_id", flat=True)[:AT_ONCE])
