"""The merchant's pages."""

from orders.admin import cancellations, catalog, commerce_orders, outbox

__all__ = ["cancellations", "catalog", "commerce_orders", "outbox"]
