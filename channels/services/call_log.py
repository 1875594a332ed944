"""Debug logging: a line per call to Amazon, while somebody has switched it on.

Operation, status, duration, request id and quota; never an address, a token or what was sent or
got. Processes look at the switch as they make a client, not more often than every few seconds.
"""

import logging
import time
from datetime import datetime

from django.utils import timezone

from channels.amazon.transport import Call, CallHook
from channels.models import SalesChannelSettings, SellerAccount

log = logging.getLogger("sync_portal.calls")

LOOK_EVERY = 15.0  # seconds


class _Switch:
    """What this process saw last. Two threads that look at once see the same."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        self.looked_at = float("-inf")

    def is_on(self) -> bool:
        if time.monotonic() - self.looked_at >= LOOK_EVERY:
            rows = SalesChannelSettings.objects.filter(pk=1)
            self.until = rows.values_list("debug_until", flat=True).first()
            self.looked_at = time.monotonic()
        return self.until is not None and timezone.now() < self.until


_switch = _Switch()


def look_again() -> None:
    """Forget what was seen: the next client finds the switch as it is."""
    _switch.looked_at = float("-inf")


def hook(account: SellerAccount) -> CallHook | None:
    """What logs the calls of a client; None while nobody wants to see them."""
    if not _switch.is_on():
        return None

    def write(call: Call) -> None:
        log.info(
            "%s: %s in %.3f s, request id %s, quota %s/s, account %s",
            call.operation,
            call.status or "no answer",
            call.seconds,
            call.request_id or "-",
            call.rate or "-",
            account.pk,
        )

    return write
