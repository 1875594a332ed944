"""Amounts of Amazon's wire, exactly: Decimal, never float.

Sources: Orders API 2026-01-01 model (``Money``, ``ItemProceeds``), where an amount is a JSON string
in the number format of RFC 7159. The sign of a DISCOUNT is not documented.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from channels.amazon import wire_2026_01_01 as wire
from channels.amazon.errors import UnexpectedPayload
from channels.amazon.types import Amounts, Money

OPERATION = "Orders API 2026-01-01"
FACILITATOR = "MARKETPLACE_FACILITATOR"

# Twelve digits before the point, three after: every ISO 4217 currency Amazon sells in, with room.
_LIMIT = Decimal(10) ** 12
_SMALLEST = Decimal("0.001")
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

_COMPONENTS = {
    "ITEM": "item",
    "SHIPPING": "shipping",
    "GIFT_WRAP": "gift_wrap",
    "COD_FEE": "cod_fee",
}


def amount_from_wire(money: wire.Money | None, field: str) -> Decimal | None:
    """The exact amount; None when there is none. Raises UnexpectedPayload naming ``field``."""
    if money is None or not money.amount:
        return None
    if not _NUMBER.fullmatch(money.amount):
        raise UnexpectedPayload(OPERATION, f"{field}.amount: not a decimal number")
    value = Decimal(money.amount)
    if abs(value) >= _LIMIT:
        raise UnexpectedPayload(OPERATION, f"{field}.amount: 12 digits before the point at most")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and not -3 <= exponent <= 0:  # "1E+2" and "19.9000" are fine
        plain = value.quantize(_SMALLEST if exponent < 0 else Decimal(1))
        if plain != value:
            raise UnexpectedPayload(OPERATION, f"{field}.amount: more than 3 decimals")
        return plain
    return value


def money_from_wire(money: wire.Money | None, field: str, default_currency: str) -> Money | None:
    """An amount with its currency; a zero may lack the currency, then it is the default one."""
    amount = amount_from_wire(money, field)
    if amount is None or money is None:
        return None
    currency = _one_currency([money], [amount], field, default_currency)
    return Money(amount=amount, currency=currency) if currency else None


def item_money(
    item: wire.Item, field: str, default_currency: str, *, with_proceeds: bool
) -> tuple[Money | None, str | None, Amounts | None]:
    """(unit price, currency, amounts) of one line.

    Amounts are None without proceeds. Raises UnexpectedPayload naming the field, also when the line
    mixes currencies.
    """
    unit = item.product.price.unit_price if item.product and item.product.price else None
    unit_price = money_from_wire(unit, f"{field}.product.price.unitPrice", default_currency)
    proceeds = item.proceeds if with_proceeds else None
    if proceeds is None:
        return unit_price, unit_price.currency if unit_price else None, None
    where = f"{field}.proceeds"
    total = amount_from_wire(proceeds.proceeds_total, f"{where}.proceedsTotal")
    parts = _parts(proceeds.breakdowns or (), where)
    moneys = [unit, proceeds.proceeds_total, *(part.subtotal for part, _ in parts)]
    values = [unit_price and unit_price.amount, total, *(value for _, value in parts)]
    currency = _one_currency(moneys, values, where, default_currency)
    return unit_price, currency or None, _amounts(parts, total, item.tax, where)


def _parts(
    breakdowns: Sequence[wire.Breakdown], where: str
) -> list[tuple[wire.Breakdown, Decimal]]:
    parts = []
    for index, part in enumerate(breakdowns):
        value = amount_from_wire(part.subtotal, f"{where}.breakdowns[{index}].subtotal")
        if value is not None:
            parts.append((part, value))
    return parts


def _amounts(
    parts: Sequence[tuple[wire.Breakdown, Decimal]],
    total: Decimal | None,
    tax: wire.ItemTax | None,
    where: str,
) -> Amounts:
    sums: dict[str, Decimal] = {}
    discounts = []
    details: dict[str, Decimal] = {}
    for part, value in parts:
        if part.type == "DISCOUNT":
            discounts.append(value)
            continue
        # A charge with a name we do not know is still part of the total.
        name = "tax" if part.type == "TAX" else _COMPONENTS.get(part.type or "", "other")
        sums[name] = sums.get(name, Decimal(0)) + value
        if name == "tax":
            _add_details(details, part, where)
    return Amounts(
        **sums,
        discount=_discount(discounts, sum(sums.values(), Decimal(0)), total),
        total=total,
        tax_detail=tuple(details.items()),
        tax_collected_by_amazon=tax is not None
        and any(entry.model == FACILITATOR for entry in tax.tax_collections or ()),
    )


def _add_details(details: dict[str, Decimal], part: wire.Breakdown, where: str) -> None:
    """Tax per component, under our names of the components ("item", "gift_wrap", ...)."""
    for detail in part.detailed_breakdowns or ():
        value = amount_from_wire(detail.value, f"{where}.breakdowns[TAX].detailedBreakdowns")
        if value is not None:
            name = (detail.subtype or "other").lower()
            details[name] = details.get(name, Decimal(0)) + value


def _discount(
    discounts: Sequence[Decimal], charges: Decimal, total: Decimal | None
) -> Decimal | None:
    """Zero or negative, unless only the sign as sent adds up to Amazon's own total."""
    if not discounts:
        return None
    as_sent = sum(discounts, Decimal(0))
    lowered = -sum((abs(value) for value in discounts), Decimal(0))
    if total not in (None, charges + lowered) and total == charges + as_sent:
        return as_sent
    return lowered


def _one_currency(
    moneys: Iterable[wire.Money | None],
    values: Iterable[Decimal | None],
    field: str,
    default_currency: str,
) -> str:
    codes = {money.currency_code for money in moneys if money and money.currency_code}
    if len(codes) > 1:
        raise UnexpectedPayload(OPERATION, f"{field}: more than one currency")
    for code in codes:
        if not _CURRENCY.fullmatch(code):
            raise UnexpectedPayload(OPERATION, f"{field}: currencyCode is not an ISO 4217 code")
        return code
    if any(values):  # Amazon leaves out the currency of a zero, and of nothing else
        raise UnexpectedPayload(OPERATION, f"{field}: currencyCode is missing")
    return default_currency
