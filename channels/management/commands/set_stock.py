"""Show, add or change a product."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from channels.management.base import PortalCommand
from channels.services.releasing import release_held
from orders.models import Product
from orders.services.catalog import ProductChange, change_product
from orders.services.inventory import with_salable


class Command(PortalCommand):
    help = "Changes a product, or adds an unknown SKU; shows it without an option."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sku", metavar="SKU")
        stock = parser.add_mutually_exclusive_group()
        stock.add_argument("--quantity", type=int, metavar="N", help="Units; stock is managed.")
        stock.add_argument("--unmanaged", action="store_true", help="Stock is not managed.")
        enabled = parser.add_mutually_exclusive_group()
        enabled.add_argument("--enabled", action="store_true", default=None)
        enabled.add_argument("--disabled", action="store_false", dest="enabled", default=None)
        parser.add_argument("--name", metavar="NAME")

    def run_command(self, options: dict[str, Any]) -> Any:
        change = ProductChange(
            sku=options["sku"],
            name=options["name"],
            enabled=options["enabled"],
            manage_stock=_manage_stock(options),
            quantity=options["quantity"],
        )
        released = 0
        if change.parts():
            change_product(change)
            released = release_held()
        else:
            change.check()  # what no database can be asked for
        product = with_salable(Product.objects.filter(sku=change.sku)).first()
        if product is None:
            raise CommandError(f"There is no product with SKU {change.sku!r}.")
        salable: int = product.salable  # type: ignore[attr-defined]  # annotated
        return {
            "sku": product.sku,
            "name": product.name,
            "enabled": product.enabled,
            "manage_stock": product.manage_stock,
            "quantity": product.quantity,
            "reserved": product.quantity - salable,
            "salable": salable if product.manage_stock else None,
            "released": released,
        }


def _manage_stock(options: dict[str, Any]) -> bool | None:
    if options["unmanaged"]:
        return False
    return True if options["quantity"] is not None else None
