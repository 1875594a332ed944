"""Jobs that ship: each order after a last look at Amazon; and taking that back in time."""

from typing import Any

from channels.models import BulkJob, BulkJobRow
from channels.services import last_look
from channels.services.bulk_rows import commerce_order_of, order_of
from channels.services.ship_payload import load_draft
from orders.models.commerce_order import OPEN_STATES
from orders.sentences import gettext as _
from orders.sentences import joined
from orders.services.errors import CannotShip
from orders.services.packages import PackageDraft
from orders.services.shipments import check_after_look, create_shipment


def look(_job: BulkJob, row: BulkJobRow) -> str:
    """The last look, with no transaction open; why there was none, else "".

    Raises CannotShip, DoubtfulNumber; NoQuota and Throttled: later.
    """
    if row.payload.get("left_out"):
        raise CannotShip(_("Left out: it had a warning in the preview, and was not ticked."))
    order = order_of(row)
    known = commerce_order_of(order)
    unchecked = last_look.for_a_job(order) if known.state in OPEN_STATES else ""
    check_after_look(known, _drafts(row), despite_warnings=row.payload["anyway"])
    return unchecked


def ship(job: BulkJob, row: BulkJobRow, unchecked: str) -> str:
    """Ship it, in the transaction that records the row. Raises CannotShip, CancelRequested."""
    shipment = create_shipment(
        order_id=commerce_order_of(order_of(row)).pk,
        packages=_drafts(row),
        user=job.created_by,
        packages_seen=row.payload["packages_seen"],
        unchecked=unchecked,
    )
    packages = list(shipment.packages.order_by("number"))
    row.payload = {**row.payload, "shipped": [package.pk for package in packages]}
    row.save(update_fields=["payload"])
    told = _("Shipped: %(packages)s.") % {"packages": ", ".join(str(p) for p in packages)}
    return joined([told, _not_looked(unchecked)])


def _not_looked(unchecked: str) -> str:
    if not unchecked:
        return ""
    return _("Amazon could not be asked about it just before: %(why)s") % {"why": unchecked}


def _drafts(row: BulkJobRow) -> list[PackageDraft]:
    packages: list[dict[str, Any]] = row.payload["packages"]
    return [load_draft(package) for package in packages]
