"""FBA orders of the pretend Amazon, as the tests of tracking numbers use them."""

from datetime import timedelta

from django.utils import timezone

from channels.models import Report
from channels.sandbox.fba_report import parcel
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Status
from channels.services.fba_reports import read_report
from channels.services.fba_shipments import want_reports
from tests import portal

LINES = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=1))


def shipped_order(sandbox, *, lines=LINES, country="SE", **more):
    """An order that Amazon shipped, an hour ago if not told otherwise."""
    draft = Draft(status=Status.SHIPPED, fulfilled_by=AMAZON, lines=lines)
    if "at" not in more:
        more["at"] = timezone.now() - timedelta(hours=1)
    return sandbox.world.create_order(country, draft, **more)


def step(**options):
    """The newest report a step further, whatever has to wait; the row as it is then."""
    read_report(Report.objects.latest("pk").pk, **options)
    return Report.objects.latest("pk")


def track():
    """A report from being wanted to its end."""
    portal.hurry()
    want_reports(timezone.now())
    report = step()
    while report.state in ("wanted", "requested"):
        report = step()
    return report


def told(order):
    """(carrier, tracking number, {item: units}) of each parcel that the report tells of."""
    parcels = [(parcel(order, item), item) for item in order.items]
    return sorted(
        (p.carrier, p.tracking_number, {item.order_item_id: item.quantity}) for p, item in parcels
    )


def packages(order):
    """The same as the portal shows it."""
    shown = portal.shown(order.order_id)["commerce_order"]["packages"]
    return sorted(
        (
            package["carrier_name"],
            package["tracking_number"],
            {item["order_item_id"]: item["quantity"] for item in package["items"]},
        )
        for package in shown
    )
