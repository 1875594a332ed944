"""Amounts as their currency writes them."""

import re
from decimal import Decimal

from django.utils.formats import get_format, number_format

# ISO 4217 minor units that are not two, of currencies Amazon or a merchant's bank uses.
EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3}


def exponent(currency: str) -> int:
    """Minor units: 0 for JPY, 2 for SEK."""
    return EXPONENTS.get(currency, 2)


def in_currency(amount: Decimal | None, currency: str) -> Decimal | None:
    """The same amount with the currency's decimals; more where they are not zero, never rounded."""
    if amount is None:
        return None
    short = amount.quantize(Decimal(1).scaleb(-exponent(currency)))
    return short if short == amount else amount.normalize()


def typed_amount(text: str) -> Decimal | None:
    """An amount as people type or paste it; None when it is none.

    In the reader's language first, ``1 234,50`` or ``1,234.50``; else in the other: ``12.50`` from
    a number pad means the same in Swedish.
    """
    plain = "".join(text.split())
    signs = (",", ".") if get_format("DECIMAL_SEPARATOR") == "," else (".", ",")
    for point, group in (signs, reversed(signs)):
        form = rf"(\d{{1,3}}(?:[{group}]\d{{3}})+|\d{{1,12}})(?:[{point}](\d{{1,3}}))?"
        if match := re.fullmatch(form, plain, re.ASCII):
            whole = match[1].replace(group, "")
            return Decimal(f"{whole}.{match[2]}" if match[2] else whole)
    return None


def shown(amount: Decimal | None, currency: str) -> str:
    """``1 234,50 SEK`` in the reader's format; a dash when nobody sent an amount."""
    value = in_currency(amount, currency)
    if value is None:
        return "–"
    places = max(exponent(currency), -int(value.as_tuple().exponent))
    return f"{number_format(value, decimal_pos=places, force_grouping=True)} {currency}".strip()
