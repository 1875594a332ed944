"""What the JSON of orders and of their lines have in common."""

from decimal import Decimal
from typing import Any

from channels.sandbox.records import NON_AMAZON, Order, Status

Json = dict[str, Any]

# Where Amazon shows who buys and what it costs: before that it does not know, after a
# cancellation it does not tell.
OPEN = {Status.UNSHIPPED, Status.PARTIALLY_SHIPPED, Status.SHIPPED}


def money(amount: Decimal, order: Order) -> Json:
    """``Money``: a decimal string with as many decimals as the currency has."""
    text = format(amount.quantize(order.marketplace.minor_unit), "f")
    return {"amount": text, "currencyCode": order.marketplace.currency}


def has_amounts(order: Order) -> bool:
    """Amounts are shown from UNSHIPPED on, and only where money is involved at all."""
    return order.status in OPEN and order.channel != NON_AMAZON and order.replaces is None


def given(**values: Any) -> Json:
    """What Amazon does not send is absent, never null."""
    return {key: value for key, value in values.items() if value is not None}
