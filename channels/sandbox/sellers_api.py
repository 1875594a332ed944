"""``GET /sellers/v1/marketplaceParticipations``."""

from channels.sandbox.messages import Reply, json_reply
from channels.sandbox.records import Seller


def list_participations(seller: Seller) -> Reply:
    """The marketplaces of the seller's authorization; this API still wraps in ``payload``."""
    entries = [
        {
            "marketplace": {
                "id": marketplace.marketplace_id,
                "name": marketplace.name,
                "countryCode": marketplace.country_code,
                "defaultCurrencyCode": marketplace.currency,
                "defaultLanguageCode": marketplace.language,
                "domainName": marketplace.domain,
            },
            "participation": {"isParticipating": True, "hasSuspendedListings": False},
            "storeName": seller.store_name,
        }
        for marketplace in seller.marketplaces
    ]
    return json_reply(200, {"payload": entries})
