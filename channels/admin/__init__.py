"""Amazon's pages."""

from channels.admin import backfills, channel_orders, errors, feeds, mappings, stores

__all__ = ["backfills", "channel_orders", "errors", "feeds", "mappings", "stores"]
