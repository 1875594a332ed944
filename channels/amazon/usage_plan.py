"""Amazon's published usage plans: token buckets per (seller account, application, operation).

Defaults of the official models of August 2026. The real rate of a seller can differ and comes back
as ``x-amzn-RateLimit-Limit``.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """``rate``: tokens refilled per second; ``burst``: size of the bucket, which starts full."""

    rate: float
    burst: int


SEARCH_ORDERS: Final = "searchOrders"
GET_ORDER: Final = "getOrder"
CONFIRM_SHIPMENT: Final = "confirmShipment"
GET_MARKETPLACE_PARTICIPATIONS: Final = "getMarketplaceParticipations"
CREATE_FEED_DOCUMENT: Final = "createFeedDocument"
CREATE_FEED: Final = "createFeed"
GET_FEED: Final = "getFeed"
GET_FEED_DOCUMENT: Final = "getFeedDocument"

USAGE_PLANS: Final = {
    SEARCH_ORDERS: UsagePlan(rate=0.0056, burst=20),  # Orders API 2026-01-01
    GET_ORDER: UsagePlan(rate=0.5, burst=30),  # Orders API 2026-01-01
    CONFIRM_SHIPMENT: UsagePlan(rate=2.0, burst=10),  # Orders API v0
    GET_MARKETPLACE_PARTICIPATIONS: UsagePlan(rate=0.016, burst=15),  # Sellers API v1
    CREATE_FEED_DOCUMENT: UsagePlan(rate=0.5, burst=15),  # Feeds API 2021-06-30
    CREATE_FEED: UsagePlan(rate=0.0083, burst=15),  # Feeds API 2021-06-30
    GET_FEED: UsagePlan(rate=2.0, burst=15),  # Feeds API 2021-06-30
    GET_FEED_DOCUMENT: UsagePlan(rate=0.0222, burst=10),  # Feeds API 2021-06-30
}
