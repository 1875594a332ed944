"""Amazon's pages."""

from channels.admin import backfills, carriers, channel_orders, errors, mappings, stores

__all__ = ["backfills", "carriers", "channel_orders", "errors", "mappings", "stores"]
