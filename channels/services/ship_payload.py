"""What a row of a job that ships carries: packages as JSON. Numbers and dates, no personal data."""

from typing import Any

from django.utils.dateparse import parse_datetime

from orders.services.packages import PackageDraft


def load_draft(data: dict[str, Any]) -> PackageDraft:
    """A package out of the payload of a job's row."""
    quantities = data["quantities"]
    return PackageDraft(
        **{
            **data,
            "shipped_at": parse_datetime(data["shipped_at"]),
            "quantities": quantities and {int(pk): units for pk, units in quantities.items()},
        }
    )


def dump_draft(draft: PackageDraft) -> dict[str, Any]:
    """A package that was checked, for the payload of a row."""
    assert draft.shipped_at is not None  # `checked` has filled it in
    return {
        "carrier_code": draft.carrier_code,
        "carrier_name": draft.carrier_name,
        "tracking_number": draft.tracking_number,
        "shipping_method": draft.shipping_method,
        "shipped_at": draft.shipped_at.isoformat(),
        "quantities": draft.quantities and {str(pk): n for pk, n in draft.quantities.items()},
    }
