"""Amazon's pages."""

from channels.admin import channel_orders, errors, mappings, stores

__all__ = ["channel_orders", "errors", "mappings", "stores"]
