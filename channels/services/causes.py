"""What holds an order, in words."""

import re
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_noop

from channels.models import ChannelOrder
from channels.models.order_status import HOLD_REASONS
from channels.policy import HoldReason
from orders.sentences import Sentence
from orders.sentences import gettext as _

PRICES = gettext_noop("prices")  # as channels/policy.py says it
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def cause_of(order: ChannelOrder) -> str:
    """The cause and what it is about; the order is held."""
    reason = HoldReason(order.hold_reason)
    label = HOLD_REASONS[reason]
    if not order.hold_detail:
        return Sentence("%(cause)s") % {"cause": label}
    about = detail_of(reason, order.hold_detail)
    return Sentence("%(cause)s: %(detail)s") % {"cause": label, "detail": about}


def detail_of(reason: str, detail: str) -> str:
    """What a cause is about: a SKU as it is, amounts as the reader writes them."""
    if reason == HoldReason.DETAILS_MISSING:
        return _(detail)
    if reason == HoldReason.TOTAL:
        return NUMBER.sub(lambda found: number_format(Decimal(found[0]), use_l10n=True), detail)
    return detail
