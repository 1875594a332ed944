"""What the invented sellers sell."""

from dataclasses import dataclass
from decimal import Decimal

from channels.sandbox.marketplaces import Marketplace


@dataclass(frozen=True, slots=True)
class Product:
    """A listing; the same SKU is offered in every marketplace."""

    sku: str
    asin: str
    title: str
    prices: dict[str, str]  # per currency, as the buyer sees it

    def price(self, marketplace: Marketplace) -> Decimal:
        """Unit price in the marketplace's currency; others use the euro's figure."""
        text = self.prices.get(marketplace.currency, self.prices["EUR"])
        return Decimal(text).quantize(marketplace.minor_unit)


def _product(sku: str, asin: str, title: str, prices: str) -> Product:
    amounts = {price[:3]: price[4:] for price in prices.split(",")}
    return Product(sku, asin, title, amounts)


PRODUCTS = (
    _product(
        "KET-12-BLU",
        "B0SANDBX01",
        "Enamel camping kettle 1.2 l, blue",
        "SEK 349.00,EUR 32.90,GBP 27.99,USD 34.99,JPY 4980",
    ),
    _product(
        "TUM-4-CLR",
        "B0SANDBX02",
        "Stackable tumbler, set of 4",
        "SEK 249.00,EUR 22.50,GBP 19.99,USD 24.99,JPY 3480",
    ),
    _product(
        "BRU-01",
        "B0SANDBX03",
        "Bottle brush with bamboo handle",
        "SEK 89.00,EUR 7.95,GBP 6.49,USD 8.99,JPY 980",
    ),
    _product(
        "REG-EI-60",
        "B0SANDBX04",
        "Oak wall shelf 60 cm",
        "SEK 599.00,EUR 54.90,GBP 47.50,USD 59.95,JPY 8900",
    ),
    _product(
        "TEA-50",
        "B0SANDBX05",
        "Sencha green tea, 50 bags",
        "SEK 119.00,EUR 10.99,GBP 9.25,USD 11.49,JPY 1280",
    ),
    _product(
        "LAMP-DSK-W",
        "B0SANDBX06",
        "Desk lamp, warm white, dimmable",
        "SEK 799.00,EUR 72.00,GBP 62.99,USD 79.00,JPY 11800",
    ),
    _product(
        "WOOL-THR-G",
        "B0SANDBX07",
        "Wool throw 130 x 180 cm, grey",
        "SEK 1299.00,EUR 119.00,GBP 99.00,USD 129.00,JPY 18800",
    ),
    _product(
        "NOTE-A5-3",
        "B0SANDBX08",
        "Notebook A5, dotted, pack of 3",
        "SEK 159.00,EUR 14.49,GBP 12.75,USD 15.95,JPY 1980",
    ),
    _product(
        "CUT-BRD-M",
        "B0SANDBX09",
        'Cutting board "Björk" & oil, M',
        "SEK 279.00,EUR 25.90,GBP 21.99,USD 27.49,JPY 3980",
    ),
    _product(
        "SOCK-MER-42",
        "B0SANDBX10",
        "Merino socks, size 42",
        "SEK 149.00,EUR 13.95,GBP 11.99,USD 14.99,JPY 1880",
    ),
)

BY_SKU = {product.sku: product for product in PRODUCTS}
