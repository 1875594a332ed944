"""Entries of the communication errors log in plain words: what happened, and what to do. Pure.

An entry is known by its operation (what the portal was doing) and its code: the name of the error
in channels/amazon/errors.py, of the database's error, or ``Refused``.
"""

from django.utils.translation import gettext_lazy as _

from channels import refusals
from channels.refusals import Explanation

IMPORT = "import"  # an order that was set aside
BACKFILL = "backfill"
REPORT = "report"
CONFIRM = "confirmShipment"
CANCEL = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
REFUSED = "Refused"

OPERATIONS = {
    IMPORT: _("Import of an order"),
    CONFIRM: _("Shipment confirmation"),
    CANCEL: _("Cancellation"),
    "searchOrders": _("Reading orders"),
    BACKFILL: _("Reading history"),
    REPORT: _("Report of FBA shipments"),
    "getOrder": _("Reading one order"),
    "LWA token": _("Access token"),
    "getMarketplaceParticipations": _("Connection test"),
    "createFeedDocument": _("Preparing a feed"),
    "createFeed": _("Sending a feed"),
    "getFeed": _("Asking about a feed"),
    "getFeedDocument": _("Answer to a feed"),
    "createReport": _("Asking for a report"),
    "getReport": _("Asking about a report"),
    "getReportDocument": _("Fetching a report"),
}

# To filter by: one at a time, by the index that keeps the newest first
CODES = (
    "AuthorizationRevoked", "InvalidClient", "NotAuthorized", "Throttled", "Unavailable",
    REFUSED, "Rejected", "NotFound", "UnexpectedPayload",
    "DataError", "IntegrityError", "OperationalError",
)  # fmt: skip

BY_ITSELF = _("Nothing to do: it is tried again by itself.")
REPORT_IT = _("Tried again by itself. If it stays, report it with the request id.")

AUTHORIZATION = {  # what new credentials help against
    "AuthorizationRevoked": Explanation(
        _("The seller's authorization was revoked, or has expired."),
        _("Authorize the application again and connect the store with the new refresh token."),
    ),
    "InvalidClient": Explanation(
        _("Amazon does not know the application's client id or secret; a secret expires."),
        _("Connect the store with the client id and secret that Seller Central shows now."),
    ),
    "NotAuthorized": Explanation(
        _(
            "Amazon does not let this seller account in: a role is missing, the region is another, "
            "or the account is suspended."
        ),
        _(
            "Give the application its roles in Seller Central and authorize it again. What waits "
            "goes on by itself then."
        ),
    ),
}

_OF_AN_ORDER = {
    "NotFound": Explanation(
        _("Amazon knows no such order in this seller account."),
        _("Look for the order in Seller Central. If it is not there, dismiss this."),
    ),
    "UnexpectedPayload": Explanation(
        _("Amazon sent the order in a shape the portal cannot read. All others are in."),
        _("Try again: it may be right by now. If it stays, report it with the request id."),
    ),
}

_OF_A_CALL = {
    "Throttled": Explanation(_("Amazon takes no more calls right now."), BY_ITSELF),
    "Unavailable": Explanation(
        _("Amazon could not be reached, broke off, or had a failure of its own."), BY_ITSELF
    ),
    "UnexpectedPayload": Explanation(
        _("Amazon's answer has another shape than it documents. Nothing was skipped."), REPORT_IT
    ),
    "Rejected": Explanation(_("Amazon refused the call. Nothing was skipped."), REPORT_IT),
    "NotFound": Explanation(_("Amazon does not know what was asked for."), REPORT_IT),
}

_NOT_STORED = Explanation(
    _("The order could not be stored here. All others are in."),
    _("Try again. If it stays, report it with the code and the time."),
)
_NOT_CANCELED = Explanation(
    _("Amazon did not cancel the order."),
    _("Look at the order: cancel it in Seller Central, or ship it. Then dismiss this."),
)
_UNKNOWN = Explanation(_("The portal does not know this error."), REPORT_IT)


def explain(operation: str, code: str, message: str) -> Explanation:
    """What happened, and what to do; `message` is Amazon's words."""
    if code in AUTHORIZATION:
        return AUTHORIZATION[code]
    if operation == CONFIRM and code == REFUSED:
        return refusals.explain(message)
    if operation == CANCEL:
        return _NOT_CANCELED
    if operation == IMPORT:
        if code in ("Throttled", "Unavailable"):
            return _OF_A_CALL[code]
        return _OF_AN_ORDER.get(code, _NOT_STORED)
    return _OF_A_CALL.get(code, _UNKNOWN)


def operation_label(operation: str) -> object:
    """In words; Amazon's own name for what has none."""
    return OPERATIONS.get(operation, operation)
