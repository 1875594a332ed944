"""The sellers every world begins with, one per region, and their fixed credentials.

They open nothing but this sandbox, so they may stand in documentation and commands.
"""

from channels.sandbox.marketplaces import Marketplace, find
from channels.sandbox.records import Seller


def _marketplaces(*codes: str) -> tuple[Marketplace, ...]:
    return tuple(find(code) for code in codes)


DEMO_CLIENT_ID = "amzn1.application-oa2-client.sandbox"
DEMO_CLIENT_SECRET = "amzn1.oa2-cs.v1.sandbox"  # noqa: S105 - see the module docstring

DEMO_EU = Seller(
    seller_id="A1SANDBOXEU001",
    region="eu",
    store_name="Nordic Fixtures",
    marketplaces=_marketplaces("SE", "DE", "GB"),
    client_id=DEMO_CLIENT_ID,
    client_secret=DEMO_CLIENT_SECRET,
    refresh_token="Atzr|sandbox-eu",  # noqa: S106 - see the module docstring
)
DEMO_NA = Seller(
    seller_id="A1SANDBOXNA001",
    region="na",
    store_name="Nordic Fixtures US",
    marketplaces=_marketplaces("US"),
    client_id=DEMO_CLIENT_ID,
    client_secret=DEMO_CLIENT_SECRET,
    refresh_token="Atzr|sandbox-na",  # noqa: S106 - see the module docstring
)
DEMO_FE = Seller(
    seller_id="A1SANDBOXFE001",
    region="fe",
    store_name="ノルディック",
    marketplaces=_marketplaces("JP"),
    client_id=DEMO_CLIENT_ID,
    client_secret=DEMO_CLIENT_SECRET,
    refresh_token="Atzr|sandbox-fe",  # noqa: S106 - see the module docstring
)
DEMO_SELLERS = (DEMO_EU, DEMO_NA, DEMO_FE)
