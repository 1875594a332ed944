"""Amazon's marketplaces, with the values ``getMarketplaceParticipations`` gives for them."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One Amazon marketplace; ``name`` is also the ``marketplaceName`` of its orders."""

    country_code: str
    marketplace_id: str
    region: str  # na | eu | fe
    currency: str
    language: str
    name: str

    @property
    def domain(self) -> str:
        """The marketplace's host, e.g. ``www.amazon.se``."""
        return f"www.{self.name.lower()}"

    @property
    def minor_unit(self) -> Decimal:
        """The smallest amount of the currency: JPY has no decimals."""
        return Decimal(1) if self.currency == "JPY" else Decimal("0.01")

    @property
    def adds_tax(self) -> bool:
        """Prices are shown before tax, which Amazon adds (US, CA); elsewhere they contain it."""
        return self.country_code in {"US", "CA"}


MARKETPLACES = (
    Marketplace("US", "ATVPDKIKX0DER", "na", "USD", "en_US", "Amazon.com"),
    Marketplace("CA", "A2EUQ1WTGCTBG2", "na", "CAD", "en_CA", "Amazon.ca"),
    Marketplace("MX", "A1AM78C64UM0Y8", "na", "MXN", "es_MX", "Amazon.com.mx"),
    Marketplace("BR", "A2Q3Y263D00KWC", "na", "BRL", "pt_BR", "Amazon.com.br"),
    Marketplace("GB", "A1F83G8C2ARO7P", "eu", "GBP", "en_GB", "Amazon.co.uk"),
    Marketplace("DE", "A1PA6795UKMFR9", "eu", "EUR", "de_DE", "Amazon.de"),
    Marketplace("FR", "A13V1IB3VIYZZH", "eu", "EUR", "fr_FR", "Amazon.fr"),
    Marketplace("IT", "APJ6JRA9NG5V4", "eu", "EUR", "it_IT", "Amazon.it"),
    Marketplace("ES", "A1RKKUPIHCS9HS", "eu", "EUR", "es_ES", "Amazon.es"),
    Marketplace("NL", "A1805IZSGTT6HS", "eu", "EUR", "nl_NL", "Amazon.nl"),
    Marketplace("BE", "AMEN7PMS3EDWL", "eu", "EUR", "fr_BE", "Amazon.com.be"),
    Marketplace("IE", "A28R8C7NBKEWEA", "eu", "EUR", "en_IE", "Amazon.ie"),
    Marketplace("SE", "A2NODRKZP88ZB9", "eu", "SEK", "sv_SE", "Amazon.se"),
    Marketplace("PL", "A1C3SOZRARQ6R3", "eu", "PLN", "pl_PL", "Amazon.pl"),
    Marketplace("TR", "A33AVAJ2PDY3EV", "eu", "TRY", "tr_TR", "Amazon.com.tr"),
    Marketplace("AE", "A2VIGQ35RCS4UG", "eu", "AED", "en_AE", "Amazon.ae"),
    Marketplace("SA", "A17E79C6D8DWNP", "eu", "SAR", "ar_SA", "Amazon.sa"),
    Marketplace("EG", "ARBP9OOSHTCHU", "eu", "EGP", "ar_EG", "Amazon.eg"),
    Marketplace("ZA", "AE08WJ6YKNBMC", "eu", "ZAR", "en_ZA", "Amazon.co.za"),
    Marketplace("IN", "A21TJRUUN4KGV", "eu", "INR", "en_IN", "Amazon.in"),
    Marketplace("JP", "A1VC38T7YXB528", "fe", "JPY", "ja_JP", "Amazon.co.jp"),
    Marketplace("AU", "A39IBJ37TRP1C6", "fe", "AUD", "en_AU", "Amazon.com.au"),
    Marketplace("SG", "A19VAU5U5O7RUS", "fe", "SGD", "en_SG", "Amazon.sg"),
)

BY_ID = {marketplace.marketplace_id: marketplace for marketplace in MARKETPLACES}
_BY_COUNTRY = {marketplace.country_code: marketplace for marketplace in MARKETPLACES}


def find(code: str) -> Marketplace:
    """A marketplace by its id or country code; ValueError names one nobody knows."""
    marketplace = BY_ID.get(code) or _BY_COUNTRY.get(code)
    if marketplace is None:
        raise ValueError(f"There is no marketplace {code!r}.")
    return marketplace
