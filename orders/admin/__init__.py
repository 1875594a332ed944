"""The merchant's pages."""

from orders.admin import catalog, commerce_orders, outbox

__all__ = ["catalog", "commerce_orders", "outbox"]
