"""Amounts as their currency writes them."""

from decimal import Decimal

from django.utils.formats import number_format

# ISO 4217 minor units that are not two, of currencies Amazon or a merchant's bank uses.
EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3}
COLUMN_DIGITS = 3  # orders.models.fields.AmountField


def exponent(currency: str) -> int:
    """Minor units: 0 for JPY, 2 for SEK."""
    return EXPONENTS.get(currency, 2)


def in_currency(amount: Decimal | None, currency: str) -> Decimal | None:
    """The same amount with the currency's decimals; more where they are not zero, never rounded."""
    if amount is None:
        return None
    short = amount.quantize(Decimal(1).scaleb(-exponent(currency)))
    return short if short == amount else amount.normalize()


def shown(amount: Decimal | None, currency: str) -> str:
    """``1 234,50 SEK`` in the reader's format; a dash when nobody sent an amount."""
    value = in_currency(amount, currency)
    if value is None:
        return "–"
    places = max(exponent(currency), -int(value.as_tuple().exponent))
    return f"{number_format(value, decimal_pos=places, force_grouping=True)} {currency}".strip()
