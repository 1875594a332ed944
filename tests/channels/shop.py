"""A store of the merchant's, as the tests of the import use it."""

from channels.services.importing import import_page
from tests import factories, portal
from tests.channels import pages
from tests.channels.pages import Draft, Line

TWO_LINES = (Line(sku="KETTLE", quantity=2, price="249.50"), Line(sku="MUG", shipping="49.00"))
PENDING = Draft(status="PENDING", lines=TWO_LINES, minutes=1)
UNSHIPPED = Draft(lines=TWO_LINES)
SHIPPED_BY_AMAZON = Draft(status="SHIPPED", fulfilled_by="AMAZON", lines=TWO_LINES)


def shop(country="SE", **settings):
    """One store; the keywords are its order settings."""
    return factories.amazon_store(country=country, **settings)


def bring(store, *drafts):
    """Import a page of these orders; how many were created, changed, placed, set aside."""
    result = bring_raw(store, pages.raw_orders(drafts))
    return (result.created, result.changed, result.placed, result.set_aside)


def bring_raw(store, raw_orders):
    return import_page(store.account, raw_orders, datasets=pages.DATASETS, now=factories.NOW)


def shown(draft=UNSHIPPED):
    return portal.shown(draft.amazon_order_id)


def texts(draft=UNSHIPPED):
    """The notes of an order, oldest first."""
    return [note["text"] for note in shown(draft)["notes"]]
