"""Addresses that trip other portals: stored and shown as sent, and as staff typed them."""

import pytest

from channels.amazon.types import Address
from customers.countries import country_name
from customers.services.masking import address_lines
from tests import portal
from tests.channels.correcting import (
    EMAIL,
    again,
    bring_address,
    commerce_address,
    correct,
    every_stored_value,
)
from tests.channels.pages import Draft
from tests.channels.shop import shop

pytestmark = pytest.mark.django_db

# As `recipient.deliveryAddress` of Orders API 2026-01-01 may come (not one part is required)
ODD = {
    "Puerto Rico as a region": {
        "name": "José Ortiz Vélez", "addressLine1": "Urb. Las Gladiolas",
        "addressLine2": "150 Calle A", "city": "San Juan", "stateOrRegion": "PR",
        "postalCode": "00926-3232", "countryCode": "US", "phone": "+1 787-555-0137 ext. 00001",
    },
    "Puerto Rico as a country": {
        "name": "Luz", "addressLine1": "150 Calle A", "city": "Ponce", "stateOrRegion": "PR",
        "postalCode": "00716", "countryCode": "PR",
    },
    "overseas military": {
        "name": "SGT Pat Doe", "addressLine1": "PSC 3 BOX 4120", "city": "APO",
        "stateOrRegion": "AE", "postalCode": "09021", "countryCode": "US",
    },
    "Japan without a region": {
        "name": "佐藤花子", "addressLine1": "北区梅田2-4-9", "postalCode": "530-0001",
        "countryCode": "JP", "phone": "03-0000-0001",
    },
    "Japan with the building in line 3": {
        "name": "山田 太郎", "addressLine1": "神宮前1-2-3",
        "addressLine3": "サンプルマンション 405号室",
        "city": "渋谷区", "stateOrRegion": "東京都", "postalCode": "150-0001", "countryCode": "JP",
    },
    "Ireland without a postcode": {
        "name": "Aoife Ní Bhriain", "addressLine1": "Ballynahinch Cross", "city": "Recess",
        "districtOrCounty": "Co. Galway", "countryCode": "IE",
    },
    "Hong Kong": {
        "name": "陳大文", "addressLine1": "Flat B, 12/F, Tower 1", "addressLine2": "1 Queen's Road",
        "districtOrCounty": "Central", "countryCode": "HK",
    },
    "the Emirates": {
        "name": "فاطمة", "addressLine1": "شارع الشيخ زايد", "city": "دبي",
        "stateOrRegion": "Dubai", "countryCode": "AE", "phone": "+971 4 000 0000",
    },
    "one name, and a region in small letters": {
        "name": "Sukarno", "addressLine1": "Jl. Merdeka 1", "stateOrRegion": "jakarta",
        "countryCode": "ID", "municipality": "Gambir",
    },
    "an apostrophe, blanks and a hash": {
        "name": " Seán O'Brien ", "companyName": "O'Brien & Søn <Ltd>",
        "addressLine1": "#4,  1/2 Main St.", "city": "Ώραια", "countryCode": "GB",
    },
    "a pickup point": {
        "companyName": "Packstation 145", "addressLine1": "Invalidenstraße 1", "city": "Berlin",
        "postalCode": "10115", "countryCode": "DE", "addressType": "PICKUP_POINT",
    },
    "a country and nothing else": {"countryCode": "SE"},
    "a country that is no code": {"addressLine1": "Storgatan 1", "countryCode": "SWEDEN"},
}  # fmt: skip
# Added by no one: the relay address and the name are the buyer's own, in the same payload.
BUYER = {"Anna Öberg", EMAIL["email"]}


@pytest.fixture(params=ODD, ids=list(ODD))
def sent(request):
    return ODD[request.param]


def named(sent):
    """The country, which a label names in words."""
    return {country_name(sent.get("countryCode", ""))}


def imported(sent, **settings):
    draft = Draft()
    bring_address(shop(**settings), sent, draft)
    return portal.order(draft.amazon_order_id)


def test_no_value_is_stored_or_shown_that_was_not_sent(sent):
    order = imported(sent, customer_creation="new")
    assert set(order.recipient.values()) == set(sent.values())
    assert every_stored_value() <= set(sent.values()) | BUYER
    source, content = commerce_address(order)
    assert (source, content) == ("amazon", {"name": "Anna Öberg"} | order.recipient | EMAIL)
    assert portal.shown(order.amazon_order_id)["shipping_address"] == order.recipient
    for line in address_lines(order.recipient, clear=True):
        assert made_of(line, {*sent.values(), *named(sent)})


def test_a_correction_adds_what_was_typed_and_nothing_else(sent):
    order = imported(sent)
    correct(order, line2="c/o Ek", phone="1 ext. 2")
    typed = {"c/o Ek", "1 ext. 2"}
    assert every_stored_value() <= set(sent.values()) | BUYER | typed

    shown = portal.shown(order.amazon_order_id)
    assert shown["amazon_address"] == order.recipient == again(order).recipient
    corrected = order.recipient | {"line2": "c/o Ek", "phone": "1 ext. 2"}
    assert shown["shipping_address"] == corrected
    assert commerce_address(order)[1] == {"name": "Anna Öberg"} | corrected | EMAIL
    for line in address_lines(corrected, clear=True):
        assert made_of(line, {*sent.values(), *named(sent), *typed})


def test_every_part_comes_from_one_field_of_amazons(sent):
    order = imported(sent)
    assert order.recipient.keys() <= set(Address.__slots__)
    assert len(order.recipient) == len(sent)


def made_of(line, values):
    """Whether a line is one of these values, or several of them with a blank between."""
    return not line or any(
        line == value or (line.startswith(f"{value} ") and made_of(line[len(value) + 1 :], values))
        for value in values
    )
