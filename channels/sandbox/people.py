"""Invented buyers: none of them exists, and the phone numbers are reserved for fiction.

The odd ones are here on purpose: an apostrophe, a single name, scripts other than Latin, an
extension, a missing region or postcode, a building in the third line.
"""

from channels.sandbox.records import Address

_SE = (
    Address(
        name="Åsa Öberg",
        line1="Björkvägen 12",
        city="Umeå",
        postal_code="903 21",
        country_code="SE",
        phone="+46 70 174 06 05",
    ),
    Address(
        name="Nils Lindqvist",
        line1="c/o Sandström",
        line2="Kungsgatan 4 B, lgh 1102",
        city="Göteborg",
        postal_code="411 19",
        country_code="SE",
    ),
    Address(
        name="Zoran Petrović",
        line1="Amiralsgatan 21",
        city="Malmö",
        postal_code="211 55",
        country_code="SE",
        phone="070-174 06 10",
        instructions='Ring på "Petrović", port B',
    ),
)
_DE = (
    Address(
        name="Jürgen Groß",
        line1="Musterweg 5",
        city="Kassel",
        postal_code="34117",
        country_code="DE",
        phone="+49 30 23125 001",
    ),
    Address(
        name="Dr. Anna-Lena von der Heide",
        company="Heide & Söhne GmbH",
        line1="Industriestraße 1",
        line2="Tor 3",
        city="Köln",
        region="Nordrhein-Westfalen",
        postal_code="50667",
        country_code="DE",
        address_type="COMMERCIAL",
    ),
    Address(
        name="Жанна Каплан",
        line1="Packstation 118",
        line2="12345678",
        city="Berlin",
        postal_code="10115",
        country_code="DE",
        address_type="PICKUP_POINT",
    ),
)
_GB = (
    Address(
        name="Siobhán O'Brien",
        line1="45 Oak Avenue",
        line2="Flat 2A",
        city="London",
        district="Greater London",
        postal_code="SW1A 1AA",
        country_code="GB",
        phone="+44 20 7946 0958",
    ),
    Address(
        name="Teller",
        line1="3 Mill Lane",
        city="Leeds",
        postal_code="LS1 4AP",
        country_code="GB",
    ),
    Address(  # Ireland, sold on Amazon.co.uk: no postcode, county instead of region
        name="Aoife Ní Bhriain",
        line1="Ballynahinch Cross",
        city="Recess",
        district="Co. Galway",
        country_code="IE",
        phone="+353 20 910 0101",
    ),
)
_US = (
    Address(
        name="Maria Gonzalez-Smith",
        line1="1 Placeholder Way",
        line2="Apt 4",
        city="Columbus",
        region="OH",
        postal_code="43004-1234",
        country_code="US",
        phone="+1 614-555-0100 ext. 00001",
    ),
    Address(  # Puerto Rico is a country of its own in Amazon's addresses
        name="José Ortiz Vélez",
        line1="Urb. Las Gladiolas",
        line2="150 Calle A",
        city="San Juan",
        region="PR",
        postal_code="00926-3232",
        country_code="PR",
        phone="+1 787-555-0137",
    ),
    Address(
        name="Prince",
        line1="PO Box 7",
        city="Chanhassen",
        region="MN",
        postal_code="55317",
        country_code="US",
    ),
)
_JP = (
    Address(
        name="山田 太郎",
        line1="神宮前1-2-3",
        line3="サンプルマンション 405号室",
        region="東京都",
        city="渋谷区",
        postal_code="150-0001",
        country_code="JP",
        phone="03-0000-0001",
    ),
    Address(
        name="佐藤花子",
        line1="北区梅田2-4-9",
        region="大阪府",
        postal_code="530-0001",
        country_code="JP",
    ),
)

_BY_COUNTRY = {"SE": _SE, "DE": _DE, "GB": _GB, "US": _US, "JP": _JP}


def people(country_code: str) -> tuple[Address, ...]:
    """Who buys in this marketplace; countries without people of their own borrow from Germany."""
    return _BY_COUNTRY.get(country_code, _DE)


def person(name: str) -> Address:
    """The one of this name; KeyError when nobody is called so."""
    return _BY_NAME[name]


_BY_NAME = {
    address.name: address for group in _BY_COUNTRY.values() for address in group if address.name
}
