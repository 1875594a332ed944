"""Create and test an Amazon store, or renew the credentials of a known one."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from channels.management.base import PortalCommand, secret, usage_error
from channels.models import AmazonStore
from channels.services.connecting import Connection, connect_store
from channels.services.order_settings import InvalidSetting, parse_moment


class Command(PortalCommand):
    help = (
        "Connects an Amazon store: tests the credentials, then creates the store. Secrets may be "
        "given as @path; the client id and secret default to LWA_CLIENT_ID and LWA_CLIENT_SECRET."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--region", required=True, choices=["na", "eu", "fe"])
        parser.add_argument("--marketplace", required=True, metavar="CC")
        parser.add_argument("--seller-id", required=True)
        parser.add_argument("--client-id", default=settings.LWA_CLIENT_ID)
        parser.add_argument("--client-secret", default=settings.LWA_CLIENT_SECRET)
        parser.add_argument("--refresh-token", default=settings.LWA_REFRESH_TOKEN)
        parser.add_argument("--endpoint", default="", metavar="URL")
        parser.add_argument("--lwa-endpoint", default="", metavar="URL")
        parser.add_argument("--commerce-store", default="", metavar="CODE")
        parser.add_argument("--import-since", metavar="ISO")
        parser.add_argument("--poll-interval", type=int, metavar="SECONDS")

    def run_command(self, options: dict[str, Any]) -> Any:
        since = options["import_since"]
        if (interval := options["poll_interval"]) is not None and not 5 <= interval <= 86_400:
            raise usage_error(f"--poll-interval {interval} is not between 5 and 86400.")
        try:
            import_since = parse_moment("--import-since", since) if since else None
        except InvalidSetting as exc:
            raise usage_error(str(exc)) from None
        if AmazonStore.objects.filter(name=options["name"]).exists():
            for name in ("import_since", "commerce_store"):
                if options[name]:
                    raise usage_error(
                        f"Store {options['name']!r} is connected already: "
                        f"change its {name} with order_settings."
                    )
        store = connect_store(
            Connection(
                name=options["name"],
                region=options["region"],
                country_code=options["marketplace"].upper(),
                seller_id=options["seller_id"],
                client_id=secret(options["client_id"]),
                client_secret=secret(options["client_secret"]),
                refresh_token=secret(options["refresh_token"]),
                endpoint=options["endpoint"],
                lwa_endpoint=options["lwa_endpoint"],
                commerce_store=options["commerce_store"],
                import_since=import_since,
                poll_interval=options["poll_interval"],
            )
        )
        return {
            "store": store.name,
            "marketplace_id": store.marketplace_id,
            "seller_id": store.account.seller_id,
            "region": store.account.region,
            "commerce_store": store.commerce_store.code,
            "import_since": store.order_settings.import_since,
            "active": store.active,
        }
