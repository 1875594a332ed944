"""Personal data as people without the right to it see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.services.masking import (
    HIDDEN,
    OPEN_FIELDS,
    address_lines,
    mask_address,
    mask_email,
    mask_name,
    mask_person,
    mask_vat_id,
)

ADDRESS = {
    "name": "Åsa Öberg",
    "company": "Öberg AB",
    "line1": "Storgatan 12",
    "line2": "c/o Ek",
    "city": "Umeå",
    "region": "Västerbotten",
    "postal_code": "903 26",
    "country_code": "SE",
    "phone": "+46 70 174 06 05",
    "email": "k3v9@marketplace.amazon.se",
}


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Anna Öberg", "A••• Ö•••"),
        ("O'Brien", "O•••"),
        ("山田 太郎", "山••• 太•••"),
        ("  Li   Wei ", "L••• W•••"),
        ("X", "X•••"),
        ("", ""),
        (None, None),
    ],
)
def test_a_name_keeps_its_initials(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("k3v9@marketplace.amazon.se", "k•••@marketplace.amazon.se"),
        ("a@example.com", "a•••@example.com"),
        ("@example.com", "•••@example.com"),
        ("no at sign", "n•••@"),
        ("", ""),
        (None, None),
    ],
)
def test_an_email_keeps_its_first_letter_and_domain(email, masked):
    assert mask_email(email) == masked


@pytest.mark.parametrize(
    ("vat_id", "masked"),
    [("SE556677889901", "SE•••"), ("5566778899", "55•••"), ("X", "X•••"), ("", ""), (None, None)],
)
def test_a_vat_id_keeps_its_country(vat_id, masked):
    assert mask_vat_id(vat_id) == masked


def test_a_person_keeps_the_company_and_hides_the_rest():
    assert mask_person(
        {
            "name": "Åsa Öberg",
            "email": "k3v9@marketplace.amazon.se",
            "company": "Öberg AB",
            "vat_id": "SE556677889901",
            "purchase_order_number": "PO-77",
            "birthday": "1 April",
        }
    ) == {
        "name": "Å••• Ö•••",
        "email": "k•••@marketplace.amazon.se",
        "company": "Öberg AB",
        "vat_id": "SE•••",
        "purchase_order_number": "PO-77",
        "birthday": "• •",
    }


def test_an_address_keeps_the_place_and_hides_the_rest():
    assert mask_address(ADDRESS) == {
        "name": "Å••• Ö•••",
        "company": "Öberg AB",
        "line1": "•••",
        "line2": "•/•",
        "city": "Umeå",
        "region": "Västerbotten",
        "postal_code": "•••",
        "country_code": "SE",
        "phone": "+••",
        "email": "k•••@marketplace.amazon.se",
    }


def test_a_field_nobody_thought_of_is_hidden():
    assert mask_address({"floor": "7th"}) == {"floor": "•••"}


def test_what_is_not_text_stays():
    assert mask_address({"line2": None}) == {"line2": None}


@given(
    st.sampled_from(["line1", "line2", "line3", "postal_code", "phone", "delivery_instructions"]),
    st.text(max_size=40),
)
def test_no_letter_and_no_digit_of_a_hidden_field_is_shown(field, text):
    shown = mask_address({field: text})[field]
    assert not any(letter.isalnum() for letter in shown)
    assert len(shown) <= 3


@given(st.text(min_size=2, max_size=40).filter(lambda text: text.split()))
def test_a_name_shows_one_letter_a_word(name):
    assert mask_name(name) == " ".join(word[0] + HIDDEN for word in name.split())


def test_the_open_fields_say_where_and_never_who():
    assert sorted(OPEN_FIELDS) == ["address_type", "city", "company", "country_code", "region"]


# Labels


def test_an_address_in_clear_reads_as_a_label():
    assert address_lines(ADDRESS, clear=True) == [
        "Åsa Öberg",
        "Öberg AB",
        "Storgatan 12",
        "c/o Ek",
        "903 26 Umeå Västerbotten",
        "Sweden",
        "+46 70 174 06 05",
        "k3v9@marketplace.amazon.se",
    ]


def test_a_masked_address_reads_as_a_label():
    assert address_lines(ADDRESS, clear=False) == [
        "Å••• Ö•••",
        "Öberg AB",
        "•••",
        "•/•",
        "••• Umeå Västerbotten",
        "Sweden",
        "+••",
        "k•••@marketplace.amazon.se",
    ]


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("address", [None, {}])
def test_no_address_has_no_lines(address, clear):
    assert address_lines(address, clear=clear) == []


def test_parts_that_are_missing_leave_no_empty_lines():
    assert address_lines({"name": "Ek", "city": "Umeå"}, clear=True) == ["Ek", "Umeå"]
