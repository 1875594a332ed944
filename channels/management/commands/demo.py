"""The demo: logins and stores that sell on the pretend Amazon. Development only."""

import secrets
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import CommandError
from django.utils import timezone

from channels.management.base import PortalCommand, usage_error
from channels.models import AmazonStore
from channels.sandbox.marketplaces import Marketplace
from channels.sandbox.records import Seller
from channels.sandbox.sellers import DEMO_SELLERS
from channels.services.connecting import Connection, connect_store

LOGIN = "demo"
POLL_SECONDS = 5  # the pretend Amazon has Amazon's sandbox plan: 5 calls a second
HISTORY = timedelta(days=30)
DEMO_STORES = [(s, marketplace) for s in DEMO_SELLERS for marketplace in s.marketplaces]


class Command(PortalCommand):
    help = "Creates the demo logins, one per role, and the demo stores. Again is harmless."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox-url", required=True)

    def run_command(self, options: dict[str, Any]) -> Any:
        if settings.ENV.production:
            raise CommandError("There is no demo in production.")
        if not options["sandbox_url"]:  # which would mean Amazon's own addresses
            raise usage_error("--sandbox-url is empty.")
        for seller, marketplace in DEMO_STORES:
            known = _known(seller, marketplace)
            connect_store(
                Connection(
                    name=known.name if known else f"Amazon {marketplace.country_code}",
                    region=seller.region,
                    country_code=marketplace.country_code,
                    seller_id=seller.seller_id,
                    client_id=seller.client_id,
                    client_secret=seller.client_secret,
                    refresh_token=seller.refresh_token,
                    endpoint=options["sandbox_url"],
                    lwa_endpoint=options["sandbox_url"],
                    commerce_store="" if known else f"amazon_{marketplace.country_code.lower()}",
                    import_since=None if known else timezone.now() - HISTORY,
                    poll_interval=POLL_SECONDS,
                )
            )
        return _logins()


def _known(seller: Seller, marketplace: Marketplace) -> AmazonStore | None:
    """The store of an earlier start, whatever it is called now."""
    return AmazonStore.objects.filter(
        account__region=seller.region,
        account__seller_id=seller.seller_id,
        marketplace_id=marketplace.marketplace_id,
    ).first()


def _logins() -> dict[str, Any]:
    """A login that may do everything, and one per role; one password for all of them.

    It is made once and kept beside the database, so that it can be told again.
    """
    kept = settings.PORTAL_HOME / "keys" / "demo_password"
    is_new = not kept.exists()
    if is_new:
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(9))
    password = kept.read_text()
    _login(LOGIN, password, is_new, is_superuser=True)
    roles = []
    for group in Group.objects.order_by("pk"):
        user = _login(group.name.lower(), password, is_new)
        user.groups.add(group)
        roles.append(user.username)
    return {"login": LOGIN, "password": password, "roles": roles}


def _login(name: str, password: str, is_new: bool, **attributes: bool) -> User:
    defaults = {"is_staff": True, **attributes}
    user, created = User.objects.get_or_create(username=name, defaults=defaults)
    if created or is_new:
        user.set_password(password)
        user.save(update_fields=["password"])
    return user
