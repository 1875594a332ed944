"""The buyer's VAT id, among the tax registrations of an order."""

import pytest

from channels.amazon.types import Buyer, Dataset
from tests.channels.amazon.samples import ALL, order, read


def registration(kind="VAT", number="SE556677889901", entity="BUYER", **more):
    return {
        "entityType": entity,
        "taxRegistrationType": kind,
        "taxRegistrationNumber": number,
        **more,
    }


def vat_id(*registrations):
    return read(order() | {"tax": {"taxRegistrations": list(registrations)}}).buyer.vat_id


@pytest.mark.parametrize("kind", ["VAT", "BUSINESS"])
def test_it_is_kept_as_sent(kind):
    assert vat_id(registration(kind, "GB 123 4567 89", legalName="Heide & Söhne")) == (
        "GB 123 4567 89"
    )


def test_the_vat_number_comes_first():
    business = registration("BUSINESS", "5566778899")
    assert vat_id(business, registration()) == vat_id(registration(), business) == "SE556677889901"


@pytest.mark.parametrize(
    "other",
    [
        registration(entity="MERCHANT"),
        registration(entity="MARKETPLACE"),
        registration(entity=None),
        registration("CPF", "123.456.789-09"),
        registration("CNPJ"),
        registration("CST"),
        registration(None),
        registration(number=""),
        registration(number=None),
        {},
    ],
)
def test_what_is_not_the_buyers_vat_id(other):
    assert vat_id(other) is None
    assert vat_id(other, registration()) == "SE556677889901"


@pytest.mark.parametrize("tax", [None, {}, {"taxRegistrations": None}, {"taxRegistrations": []}])
def test_no_registration_is_none(tax):
    assert read(order() | {"tax": tax}).buyer.vat_id is None


def test_it_is_read_only_where_it_was_asked_for():
    document = order() | {"tax": {"taxRegistrations": [registration()]}}
    assert read(document, ALL - {Dataset.TAX}).buyer.vat_id is None
    assert read(document, ALL - {Dataset.BUYER}).buyer == Buyer(vat_id="SE556677889901")
