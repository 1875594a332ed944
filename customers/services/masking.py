"""Personal data as people without the right to it see it."""

import re
from collections.abc import Mapping
from typing import Any

from customers.countries import country_name

HIDDEN = "•••"
OPEN_FIELDS = frozenset({"country_code", "region", "city", "address_type", "company"})


def mask_name(name: str | None) -> str | None:
    """``Anna Öberg`` -> ``A••• Ö•••``: enough to tell orders apart."""
    if not name:
        return name
    return " ".join(word[0] + HIDDEN for word in name.split())


def mask_email(email: str | None) -> str | None:
    """``k3v9@marketplace.amazon.se`` -> ``k•••@marketplace.amazon.se``."""
    if not email:
        return email
    local, _, domain = email.partition("@")
    return f"{local[:1]}{HIDDEN}@{domain}"


def mask_vat_id(vat_id: str | None) -> str | None:
    """``SE556677889901`` -> ``SE•••``: the country stays."""
    return f"{vat_id[:2]}{HIDDEN}" if vat_id else vat_id


def mask_person(person: Mapping[str, Any]) -> dict[str, Any]:
    """A buyer, or a customer's profile; a company's name and purchase order number stay."""
    return {
        name: value if name == "purchase_order_number" else _mask_field(name, value)
        for name, value in person.items()
    }


def mask_address(address: Mapping[str, Any]) -> dict[str, Any]:
    """Place and country stay, who and where exactly do not (Amazon's list of personal data)."""
    return {name: _mask_field(name, value) for name, value in address.items()}


_MASKS = {"name": mask_name, "email": mask_email, "vat_id": mask_vat_id}


def _mask_field(name: str, value: Any) -> Any:
    if name in OPEN_FIELDS or not isinstance(value, str):
        return value
    if mask := _MASKS.get(name):
        return mask(value)
    return re.sub(r"\w", "•", value)[:3]


_LINES = ("name", "company", "line1", "line2", "line3", "district", "municipality")


def address_lines(address: Mapping[str, Any] | None, *, clear: bool) -> list[str]:
    """An address as the lines of a label, masked unless `clear`; empty when there is none.

    The country by its name in the reader's language.
    """
    shown = dict(address or {}) if clear else mask_address(address or {})
    place = " ".join(filter(None, (shown.get(n) for n in ("postal_code", "city", "region"))))
    country = country_name(shown.get("country_code") or "")
    lines = [
        *(shown.get(n) for n in _LINES),
        place,
        country,
        shown.get("phone"),
        shown.get("email"),
    ]
    return [line for line in lines if line]
