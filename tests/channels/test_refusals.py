"""What Amazon's answers mean: the pretend Amazon's own words, and those of the field."""

import pytest

from channels.refusals import KNOWN, UNKNOWN, explain
from channels.services import closing, confirming, feed_confirmations
from channels.services.quota import NoQuota

CANCELED = "The order was canceled at Amazon after the package was shipped here."
ELSEWHERE = "These units were confirmed in Seller Central meanwhile."
SOME_ELSEWHERE = "Some of this order was confirmed in Seller Central."
STOPPED = [
    text
    for name, text in vars(closing).items()
    if name.startswith("STOPPED") and not name.endswith("NOTE")
]
OURS = [  # what services write down as the answer
    *((text, CANCELED) for text in STOPPED),
    (confirming.ELSEWHERE % {"number": "7"}, ELSEWHERE),
    (feed_confirmations.LOOK_FIRST, SOME_ELSEWHERE),
    (str(NoQuota("confirmShipment", 3)), "Amazon takes no more calls right now."),
    (
        "The worker that was sending this stopped half-way.",
        "The portal was stopped while it sent this.",
    ),
    (
        "The portal failed: AssertionError.",
        "A defect of the portal: the package has something it cannot send.",
    ),
    (
        "confirmShipment: no complete answer (ReadTimeout)",
        "The connection to Amazon broke off.",
    ),
]
ANSWERS = [
    (
        "confirmShipment: HTTP 400 GeneralError Unable to find package to update for order "
        "702-1 - PackageToUpdateNotFound: not finding a matching package (request id x)",
        "The order is canceled at Amazon, or all of it was confirmed there already.",
    ),
    ("The order is PENDING and cannot be confirmed.", "Amazon is verifying the payment again."),
    (
        "FBM Ship+ orders are confirmed by Amazon.",
        "Amazon confirms FBM Ship+ orders by itself.",
    ),
    (
        "The order is fulfilled by Amazon and cannot be confirmed.",
        "Amazon ships this order.",
    ),
    (
        "Please check the fields with invalid type [packageDetail.packageReferenceId]",
        "Amazon does not take the number of the package.",
    ),
    (
        "PackageReferenceId: is invalid, must be a positive numeric value.",
        "Amazon does not take the number of the package.",
    ),
    (
        "TransparencyCodes is invalid, this item needs one code per unit.",
        "An item needs a Transparency code for every unit.",
    ),
    (
        "OrderItemId is invalid, please obtain the value through the getOrderItems API",
        "Amazon knows no such item in this order, or not any more.",
    ),
    (
        "Quantity is invalid, it exceeds what is left to ship of the item.",
        "More units than Amazon has left to ship: some were canceled or confirmed already.",
    ),
    (
        'CarrierName is required when CarrierCode is "Other".',
        "Carrier Other needs the carrier's name.",
    ),
    ("CarrierCode is missing.", "Amazon does not take this carrier in this marketplace."),
    ("TrackingNumber is missing.", "The tracking number is missing, or not one of this carrier's."),
    (
        "HTTP 400 Invalid Input ShipDate is not an ISO 8601 date.",
        "The ship date lies before the purchase or in the future.",
    ),
    (
        "CodCollectionMethod is invalid.",
        "Amazon wants to know how cash on delivery was paid, or not to be told.",
    ),
    (
        "MarketplaceId is invalid for the order.",
        "The order belongs to another marketplace than its store here.",
    ),
    (
        "We are unable to process the XML feed because one or more items are invalid.",
        "Amazon could not read a whole batch of confirmations.",
    ),
    (
        "confirmShipment: Amazon's quota is used up; next call in 1 s.",
        "Amazon takes no more calls right now.",
    ),
    (
        "confirmShipment: HTTP 403 Unauthorized Access to requested resource is denied.",
        "Amazon does not let this seller account in: a role is missing, or it is suspended.",
    ),
    ("token: HTTP 400 invalid_grant", "The authorization of the seller account was revoked."),
    (
        "confirmShipment: HTTP 404 NotFound",
        "Amazon knows no such order in this seller account.",
    ),
    (
        "confirmShipment: HTTP 503 (request id x)",
        "Amazon had a failure of its own.",
    ),
    ("HTTP 400 InvalidInput Something else.", "Amazon does not take something that was sent."),
    ("HTTP 400  invalid   INPUT", "Amazon does not take something that was sent."),
]


@pytest.mark.parametrize(("answer", "cause"), ANSWERS + OURS)
def test_an_answer_in_plain_words(answer, cause):
    known = explain(answer)
    assert str(known.cause) == cause
    assert str(known.fix).endswith(".")


def test_each_explanation_is_reached_above():
    causes = {cause for _, cause in ANSWERS + OURS}
    assert {str(explanation.cause) for _, explanation in KNOWN} == causes


@pytest.mark.parametrize("text", [*STOPPED, "Amazon has canceled the order after all."])
def test_an_order_canceled_at_amazon_is_known_however_it_is_put(text):
    assert str(explain(text).cause) == CANCELED
    assert "take the package back" in str(explain(text).fix)


@pytest.mark.parametrize(
    "answer",
    [
        "TransparencyCodes is invalid, this item needs one code per unit.",
        "Quantity is invalid, it exceeds what is left to ship of the item.",
        "CodCollectionMethod is invalid.",
    ],
)
def test_what_the_correct_page_cannot_change_is_not_sent_there(answer):
    fix = str(explain(answer).fix)
    assert "Seller Central" in fix
    assert "dismiss this" in fix
    assert "Correct the package" not in fix


@pytest.mark.parametrize("answer", ["", "???", "HTTP 418 ImATeapot"])
def test_what_nobody_knows_is_said_to_be_unknown(answer):
    assert explain(answer) is UNKNOWN
