"""Names of countries are CLDR's, in each language of the portal."""

import pytest
from babel import Locale
from django.utils.translation import override

from customers.countries import NAMES, country_name
from customers.services.masking import address_lines


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_country_is_named_as_cldr_names_it(language):
    territories = Locale(language).territories
    with override(language):
        assert {code: territories[code] for code in NAMES} == {c: str(n) for c, n in NAMES.items()}


def test_no_country_is_missing():
    """But places that are not countries, and codes of CLDR's own."""
    others = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
    known = {code for code in Locale("en").territories if len(code) == 2 and code.isalpha()}
    assert known - others == set(NAMES)


@pytest.mark.parametrize("code", ["", "QQ", "Sverige"])
def test_a_code_that_nobody_knows_stays(code):
    assert country_name(code) == code


def test_an_address_names_its_country_in_the_language_of_the_reader():
    address = {"name": "Ek", "city": "Berlin", "country_code": "de"}
    assert address_lines(address, clear=True) == ["Ek", "Berlin", "Germany"]
    with override("sv"):
        assert address_lines(address, clear=False) == ["E•••", "Berlin", "Tyskland"]
