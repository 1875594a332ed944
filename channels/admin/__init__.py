"""Amazon's pages."""

from channels.admin import (
    backfills,
    carriers,
    channel_orders,
    channel_settings,
    confirmations,
    errors,
    feeds,
    mappings,
    reports,
    stores,
)

__all__ = [
    "backfills",
    "carriers",
    "channel_orders",
    "channel_settings",
    "confirmations",
    "errors",
    "feeds",
    "mappings",
    "reports",
    "stores",
]
