"""Amounts of Amazon's wire, exactly: Decimal, never float.

Sources: Orders API 2026-01-01 model (``Money``, ``ItemProceeds``), where an amount is a JSON string
in the number format of RFC 7159. The sign of a DISCOUNT is not documented.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from channels.amazon import wire_2026_01_01 as wire
from channels.amazon.errors import Detail, UnexpectedPayload
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
    "TAX": "tax",
}


def amount_from_wire(money: wire.Money | None, field: str) -> Decimal | None:
    """The exact amount; None when there is none. Raises UnexpectedPayload naming ``field``."""
    if money is None or not money.amount:
        return None
    where = f"{field}.amount"
    if not _NUMBER.fullmatch(money.amount):
        raise UnexpectedPayload(OPERATION, Detail("%(field)s: not a decimal number", field=where))
    value = Decimal(money.amount)
    if abs(value) >= _LIMIT:
        raise UnexpectedPayload(
            OPERATION,
            Detail("%(field)s: 12 digits before the point at most", field=where),
        )
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and not -3 <= exponent <= 0:  # "1E+2" and "19.9000" are fine
        plain = value.quantize(_SMALLEST if exponent < 0 else Decimal(1))
        if plain != value:
            raise UnexpectedPayload(
                OPERATION, Detail("%(field)s: more than 3 decimals", field=where)
            )
        return plain
    return value


def money_from_wire(money: wire.Money | None, field: str, default_currency: str) -> Money | None:
    """An amount with its currency; a zero may lack the currency, then it is the default one."""
    amount = amount_from_wire(money, field)
    currency = _one_currency([money], field, default_currency)
    return Money(amount=amount, currency=currency) if amount is not None and currency else None


def item_money(
    item: wire.Item, field: str, default_currency: str, *, with_proceeds: bool
) -> tuple[Money | None, str | None, Amounts | None]:
    """(unit price, currency, amounts) of one line; the amounts are None without proceeds.

    Raises UnexpectedPayload naming the field, also when the line mixes currencies.
    """
    unit = item.product.price.unit_price if item.product and item.product.price else None
    unit_price = money_from_wire(unit, f"{field}.product.price.unitPrice", default_currency)
    moneys = [unit]
    amounts = None
    if with_proceeds and item.proceeds is not None:
        amounts = _amounts(item.proceeds, item.tax, f"{field}.proceeds")
        moneys.append(item.proceeds.proceeds_total)
        moneys.extend(part.subtotal for part in item.proceeds.breakdowns or ())
    return unit_price, _one_currency(moneys, field, default_currency), amounts


def _amounts(proceeds: wire.ItemProceeds, tax: wire.ItemTax | None, where: str) -> Amounts:
    total = amount_from_wire(proceeds.proceeds_total, f"{where}.proceedsTotal")
    sums: dict[str, Decimal] = {}
    discounts = []
    tax_detail: dict[str, Decimal] = {}
    for index, part in enumerate(proceeds.breakdowns or ()):
        field = f"{where}.breakdowns[{index}]"
        value = amount_from_wire(part.subtotal, f"{field}.subtotal")
        if part.type == "TAX":
            _add_details(tax_detail, part.detailed_breakdowns or (), field)
        if value is None:
            continue
        if part.type == "DISCOUNT":
            discounts.append(value)
        else:
            # A charge with a name that we do not know is still part of the total.
            name = _COMPONENTS.get(part.type or "", "other")
            sums[name] = sums.get(name, Decimal(0)) + value
    return Amounts(
        **sums,
        discount=_discount(discounts, sum(sums.values(), Decimal(0)), total),
        total=total,
        tax_detail=tuple(tax_detail.items()),
        tax_collected_by_amazon=tax is not None
        and any(entry.model == FACILITATOR for entry in tax.tax_collections or ()),
    )


def _add_details(
    sums: dict[str, Decimal], details: Iterable[wire.DetailedBreakdown], where: str
) -> None:
    """Add the parts of a breakdown under our names of the components ("item", "gift_wrap")."""
    for index, detail in enumerate(details):
        value = amount_from_wire(detail.value, f"{where}.detailedBreakdowns[{index}].value")
        if value is not None:
            name = (detail.subtype or "other").lower()
            sums[name] = sums.get(name, Decimal(0)) + value


def _discount(
    discounts: Sequence[Decimal], charges: Decimal, total: Decimal | None
) -> Decimal | None:
    """Zero or negative, unless only the sign as sent adds up to Amazon's own total."""
    if not discounts:
        return None
    as_sent = sum(discounts, Decimal(0))
    if total == charges + as_sent:
        return as_sent
    return -sum((abs(value) for value in discounts), Decimal(0))


def _one_currency(
    moneys: Iterable[wire.Money | None], field: str, default_currency: str
) -> str | None:
    """The currency of all these amounts; None where there is no amount or nothing tells it."""
    stated = [money for money in moneys if money is not None and money.amount]
    codes = {money.currency_code for money in stated if money.currency_code}
    if len(codes) > 1:
        raise UnexpectedPayload(OPERATION, Detail("%(field)s: more than one currency", field=field))
    if codes:
        code = codes.pop()
        if not _CURRENCY.fullmatch(code):
            raise UnexpectedPayload(
                OPERATION, Detail("%(field)s: currencyCode is not an ISO 4217 code", field=field)
            )
        return code
    # Amazon leaves the currency out of a zero, and of nothing else.
    if any(Decimal(money.amount or 0) for money in stated):
        raise UnexpectedPayload(
            OPERATION, Detail("%(field)s: currencyCode is missing", field=field)
        )
    return (default_currency or None) if stated else None
