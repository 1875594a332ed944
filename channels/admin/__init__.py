"""Amazon's pages."""

from channels.admin import (
    backfills,
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
    "channel_orders",
    "channel_settings",
    "confirmations",
    "errors",
    "feeds",
    "mappings",
    "reports",
    "stores",
]
