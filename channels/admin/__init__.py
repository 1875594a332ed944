"""Amazon's pages."""

from channels.admin import (
    backfills,
    bulk_jobs,
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
    "bulk_jobs",
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
