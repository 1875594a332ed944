"""Numbers as carriers print them, the same with a slip of the finger, and what nobody judges.

The numbers of UPS, FedEx, USPS, DHL Express, DPD and S10 are published examples
(github.com/jkeen/tracking_number_data); the others were made by their carriers' rules.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.tracking_numbers import CARRIERS, problem

REAL = [
    ("UPS", "1Z5R89390357567127"),
    ("UPS", "1Z879E930346834440"),
    ("UPS", " 1 Z 8 V 9 2 A 7 0 3 6 7 2 0 3 0 2 4 "),
    ("UPS", "K2479825491"),
    ("FedEx", "986578788855"),
    ("FedEx", "477179081230"),
    ("FedEx", "041441760228964"),
    ("FedEx", "61299998820821171811"),
    ("FedEx", "9611020987654312345672"),
    ("USPS", "9400 1112 0108 0805 4830 16"),
    ("USPS", "0307 1790 0005 2348 3741"),
    ("USPS", "7196 9010 7560 0307 7385"),
    ("USPS", "420221539101026837331000039521"),
    ("USPS", "4201002334249200190132607600833457"),
    ("USPS", "RB123456785US"),
    ("DHL", "3318810025"),
    ("DHL", "8487135506"),
    ("DHL-Paket", "00340434000000000017"),
    ("DHL-Paket", "JJD000390000000000001"),
    ("DPD", "09980000020033F"),
    ("DPD", "0998 0000 0200 34D"),
    ("DPD", "01234567890123"),
    ("GLS", "123456789011"),
    ("GLS", "ZQ7H2K9M"),
    ("PostNord", "RR123456785SE"),
    ("PostNord", "00106141412345678908"),
    ("PostNord", "106141412345678908"),
    ("Royal Mail", "RB123456785GB"),
    ("YAMATO", "1234-5678-9013"),
    ("SAGAWA", "400212345676"),
    ("China Post", "RB123456785CN"),
]
MISTYPED = [
    ("UPS", "1Z5R89390357567128"),
    ("UPS", "1Z5R89390375567127"),  # two digits the wrong way round
    ("FedEx", "986578788856"),
    ("FedEx", "041441760228965"),
    ("USPS", "9400111201080805483017"),
    ("USPS", "420221539101026837331000039522"),
    ("DHL", "3318810024"),
    ("DHL-Paket", "00340434000000000011"),
    ("DPD", "09980000020033G"),
    ("GLS", "123456789013"),
    ("PostNord", "RR123456784SE"),
    ("PostNord", "00106141412345678907"),
    ("Royal Mail", "RB123456786GB"),
    ("YAMATO", "123456789012"),
    ("SAGAWA", "400212345677"),
]
OF_ANOTHER_FORM = [
    ("UPS", "1Z5R8939035756712"),  # a character short
    ("UPS", "RR123456785SE"),
    ("FedEx", "12345"),
    ("USPS", "1Z5R89390357567127"),
    ("DHL", "123"),
    ("DPD", "UA1SE"),
    ("GLS", "1"),
    ("PostNord", "SE1"),
    ("Royal Mail", "12345678"),
    ("YAMATO", "12345"),
    ("SAGAWA", "ABCDEFGHIJKL"),
]


@pytest.mark.parametrize(("carrier", "number"), REAL)
def test_a_real_number_is_no_problem(carrier, number):
    assert problem(carrier, number) is None


@pytest.mark.parametrize(("carrier", "number"), MISTYPED)
def test_a_slip_of_the_finger_is_found(carrier, number):
    assert problem(carrier, number) == (
        f"{number} has a wrong check digit for {carrier}: is a character mistyped?"
    )


@pytest.mark.parametrize(("carrier", "number"), OF_ANOTHER_FORM)
def test_a_number_of_another_form_is_found(carrier, number):
    assert problem(carrier, number) == (
        f"{number} does not look like a tracking number of {carrier}."
    )


@pytest.mark.parametrize("carrier", ["Other", "DSV", "", "ups", "Delhivery"])
def test_of_an_unknown_carrier_there_is_no_opinion(carrier):
    assert problem(carrier, "x") is None


@pytest.mark.parametrize("carrier", CARRIERS)
def test_nothing_typed_is_for_others_to_say(carrier):
    assert problem(carrier, " - ") is None


@given(st.sampled_from(sorted(CARRIERS)), st.text())
def test_any_text_gets_an_answer(carrier, text):
    assert isinstance(problem(carrier, text), str | None)


@given(st.integers(0, 19), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_an_sscc_is_always_found(at, digit):
    right = "00106141412345678908"
    number = right[:at] + digit + right[at + 1 :]
    assert (problem("PostNord", number) is None) is (number == right)
