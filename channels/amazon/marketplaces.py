"""Amazon's regions and marketplaces, as published in the SP-API developer guide.

``getMarketplaceParticipations`` is the authority for a seller; unknown marketplace ids do appear
there and on orders ("Non-Amazon XX" channels, test marketplaces) and are no error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

LWA_ENDPOINT: Final = "https://api.amazon.com/auth/o2/token"  # one for all regions

ENDPOINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "na": "https://sellingpartnerapi-na.amazon.com",
        "eu": "https://sellingpartnerapi-eu.amazon.com",
        "fe": "https://sellingpartnerapi-fe.amazon.com",
    }
)


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One Amazon marketplace.

    ``region`` is a key of ENDPOINTS, ``country_code`` ISO 3166-1 alpha-2, ``currency`` ISO 4217,
    ``time_zone`` the IANA zone of the day boundaries that sellers see (display only: store UTC).
    """

    id: str
    country_code: str
    name: str
    region: str
    currency: str
    locale: str
    seller_central_url: str
    time_zone: str

    def order_page_url(self, amazon_order_id: str) -> str:
        """Where Seller Central shows this order."""
        return f"{self.seller_central_url}/orders-v3/order/{quote(amazon_order_id, safe='')}"


_EUROPE = "https://sellercentral-europe.amazon.com"
_LA = "America/Los_Angeles"

# One row per marketplace reads as the table it is.
# fmt: off
# ruff: noqa: E501
MARKETPLACES: Final = tuple(
    Marketplace(*row)
    for row in (
        ("ATVPDKIKX0DER", "US", "United States", "na", "USD", "en_US", "https://sellercentral.amazon.com", _LA),
        ("A2EUQ1WTGCTBG2", "CA", "Canada", "na", "CAD", "en_CA", "https://sellercentral.amazon.ca", _LA),
        ("A1AM78C64UM0Y8", "MX", "Mexico", "na", "MXN", "es_MX", "https://sellercentral.amazon.com.mx", _LA),
        ("A2Q3Y263D00KWC", "BR", "Brazil", "na", "BRL", "pt_BR", "https://sellercentral.amazon.com.br", "America/Sao_Paulo"),
        ("A1F83G8C2ARO7P", "GB", "United Kingdom", "eu", "GBP", "en_GB", _EUROPE, "Europe/London"),
        ("A1PA6795UKMFR9", "DE", "Germany", "eu", "EUR", "de_DE", _EUROPE, "Europe/Berlin"),
        ("A13V1IB3VIYZZH", "FR", "France", "eu", "EUR", "fr_FR", _EUROPE, "Europe/Paris"),
        ("APJ6JRA9NG5V4", "IT", "Italy", "eu", "EUR", "it_IT", _EUROPE, "Europe/Rome"),
        ("A1RKKUPIHCS9HS", "ES", "Spain", "eu", "EUR", "es_ES", _EUROPE, "Europe/Madrid"),
        ("A1805IZSGTT6HS", "NL", "Netherlands", "eu", "EUR", "nl_NL", "https://sellercentral.amazon.nl", "Europe/Amsterdam"),
        ("AMEN7PMS3EDWL", "BE", "Belgium", "eu", "EUR", "fr_BE", "https://sellercentral.amazon.com.be", "Europe/Brussels"),
        ("A28R8C7NBKEWEA", "IE", "Ireland", "eu", "EUR", "en_IE", "https://sellercentral.amazon.ie", "Europe/Dublin"),
        ("A2NODRKZP88ZB9", "SE", "Sweden", "eu", "SEK", "sv_SE", "https://sellercentral.amazon.se", "Europe/Stockholm"),
        ("A1C3SOZRARQ6R3", "PL", "Poland", "eu", "PLN", "pl_PL", "https://sellercentral.amazon.pl", "Europe/Warsaw"),
        ("A33AVAJ2PDY3EV", "TR", "Turkey", "eu", "TRY", "tr_TR", "https://sellercentral.amazon.com.tr", "Europe/Istanbul"),
        ("A2VIGQ35RCS4UG", "AE", "United Arab Emirates", "eu", "AED", "en_AE", "https://sellercentral.amazon.ae", "Asia/Dubai"),
        ("A17E79C6D8DWNP", "SA", "Saudi Arabia", "eu", "SAR", "ar_SA", "https://sellercentral.amazon.sa", "Asia/Riyadh"),
        ("ARBP9OOSHTCHU", "EG", "Egypt", "eu", "EGP", "ar_EG", "https://sellercentral.amazon.eg", "Africa/Cairo"),
        ("AE08WJ6YKNBMC", "ZA", "South Africa", "eu", "ZAR", "en_ZA", "https://sellercentral.amazon.co.za", "Africa/Johannesburg"),
        ("A21TJRUUN4KGV", "IN", "India", "eu", "INR", "en_IN", "https://sellercentral.amazon.in", "Asia/Kolkata"),
        ("A1VC38T7YXB528", "JP", "Japan", "fe", "JPY", "ja_JP", "https://sellercentral.amazon.co.jp", "Asia/Tokyo"),
        ("A39IBJ37TRP1C6", "AU", "Australia", "fe", "AUD", "en_AU", "https://sellercentral.amazon.com.au", "Australia/Sydney"),
        ("A19VAU5U5O7RUS", "SG", "Singapore", "fe", "SGD", "en_SG", "https://sellercentral.amazon.sg", "Asia/Singapore"),
    )
)
# fmt: on

_BY_ID = {marketplace.id: marketplace for marketplace in MARKETPLACES}
_BY_COUNTRY = {marketplace.country_code: marketplace for marketplace in MARKETPLACES}


def by_id(marketplace_id: str) -> Marketplace | None:
    """The marketplace with Amazon's id, None for one that we do not know."""
    return _BY_ID.get(marketplace_id)


def is_relay_address(email: str) -> bool:
    """True for ``k3v9@marketplace.amazon.se``: Amazon's alias that reaches a buyer about an order.

    Mail that is not about that order is against Amazon's rules (Communication Guidelines).
    """
    return email.rpartition("@")[2].lower().startswith("marketplace.amazon.")


def by_country(country_code: str) -> Marketplace | None:
    """The marketplace of a country, in any case; "UK", as Amazon's own pages write, is GB."""
    code = country_code.upper()
    return _BY_COUNTRY.get("GB" if code == "UK" else code)
