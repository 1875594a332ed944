"""Let an Amazon Seller SKU of a store stand for a product."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand, find_store, usage_error
from channels.services.releasing import release_held
from channels.services.sku_mapping import find_product, map_sku, unmap


class Command(PortalCommand):
    help = "Lets an Amazon Seller SKU of a store stand for a product of another SKU."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument("seller_sku", metavar="SELLER_SKU")
        parser.add_argument("sku", metavar="SKU", nargs="?")
        parser.add_argument("--remove", action="store_true", help="Take the mapping away.")

    def run_command(self, options: dict[str, Any]) -> Any:
        sku, remove = options["sku"], options["remove"]
        if remove == (sku is not None):
            raise usage_error("Give either the SKU of a product or --remove.")
        store, seller_sku = find_store(options["store"]), options["seller_sku"]
        if remove:
            unmap(store=store, seller_sku=seller_sku)
        else:
            map_sku(store=store, seller_sku=seller_sku, product=find_product(sku))
        released = release_held()
        return {"store": store.name, "seller_sku": seller_sku, "sku": sku, "released": released}
