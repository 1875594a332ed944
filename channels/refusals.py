"""Amazon's answers to confirmations in plain words: the likely cause, and the fix. Pure.

Sources: Amazon's messages as sellers report them, those of the pretend Amazon, the results of
feeds, and what the portal itself says in Amazon's place. Amazon spells its codes in two ways
(``InvalidInput``, ``Invalid Input``) and numbers them not at all: an answer is known by words that
stand in it.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two sentences for people."""

    cause: object
    fix: object


SEND_AGAIN = _("Wait until the order's page shows it Unshipped, then send again.")
BY_ITSELF = _("Amazon is asked whether it arrived, and it is sent again by itself: nothing to do.")
REPORT = _("The portal sent something Amazon cannot read: send again, and report it if it stays.")

# Words that must all stand in the answer, and what it means; the first that fits counts.
KNOWN: tuple[tuple[tuple[str, ...], Explanation], ...] = (
    (
        ("canceled the order",),  # channels/services/closing.py
        Explanation(
            _("The order was canceled at Amazon after the package was shipped here."),
            _(
                "Stop the parcel, or expect it back. Then take the package back while that is "
                "offered, or dismiss this with a reason."
            ),
        ),
    ),
    (
        ("confirmed elsewhere",),  # channels/services/confirming.py
        Explanation(
            _("These units were confirmed in Seller Central meanwhile."),
            _(
                "If a parcel of yours left too, stop it or tell the buyer. Dismiss this either "
                "way: it must not be sent again."
            ),
        ),
    ),
    (
        ("shows packages of others",),  # channels/services/feed_confirmations.py
        Explanation(
            _("Some of this order was confirmed in Seller Central."),
            _("Amazon is asked by itself before this is sent: nothing to do."),
        ),
    ),
    (
        ("stopped half-way",),  # orders/services/outbox.py
        Explanation(_("The portal was stopped while it sent this."), BY_ITSELF),
    ),
    (
        ("packagetoupdatenotfound",),
        Explanation(
            _("The order is canceled at Amazon, or all of it was confirmed there already."),
            _(
                "Look at the order in Seller Central. Canceled: stop the parcel and dismiss this. "
                "Confirmed under another number: correct it there and dismiss this."
            ),
        ),
    ),
    (
        ("pending", "cannot be confirmed"),
        Explanation(_("Amazon is verifying the payment again."), SEND_AGAIN),
    ),
    (
        ("ship+",),
        Explanation(
            _("Amazon confirms FBM Ship+ orders by itself."),
            _("Nothing has to be done: dismiss this."),
        ),
    ),
    (
        ("fulfilled by amazon",),
        Explanation(
            _("Amazon ships this order."), _("Nothing has to be sent to Amazon: dismiss this.")
        ),
    ),
    (
        ("packagereferenceid",),
        Explanation(_("Amazon does not take the number of the package."), REPORT),
    ),
    (
        ("transparencycodes",),
        Explanation(
            _("An item needs a Transparency code for every unit."),
            _("Confirm the package with its codes in Seller Central, then dismiss this."),
        ),
    ),
    (
        ("orderitemid", "invalid"),
        Explanation(
            _("Amazon knows no such item in this order, or not any more."),
            _("Fetch the order again. If its items are right, confirm it in Seller Central."),
        ),
    ),
    (
        ("quantity", "invalid"),
        Explanation(
            _("More units than Amazon has left to ship: some were canceled or confirmed already."),
            _(
                "Compare the package with the order in Seller Central. Confirm there what left "
                "the house and is not shown, then dismiss this."
            ),
        ),
    ),
    (
        ("carriername",),
        Explanation(
            _("Carrier Other needs the carrier's name."),
            _("Correct the package: choose the carrier, or give its name."),
        ),
    ),
    (
        ("carrier",),
        Explanation(
            _("Amazon does not take this carrier in this marketplace."),
            _("Correct the package: choose another carrier, or Other with the carrier's name."),
        ),
    ),
    (
        ("tracking",),
        Explanation(
            _("The tracking number is missing, or not one of this carrier's."),
            _("Compare it with the label and correct the package."),
        ),
    ),
    (
        ("shipdate",),
        Explanation(
            _("The ship date lies before the purchase or in the future."),
            _("Correct the ship date of the package."),
        ),
    ),
    (
        ("codcollectionmethod",),
        Explanation(
            _("Amazon wants to know how cash on delivery was paid, or not to be told."),
            _("Confirm the package in Seller Central, then dismiss this."),
        ),
    ),
    (
        ("marketplace",),
        Explanation(
            _("The order belongs to another marketplace than its store here."),
            _("Confirm it in Seller Central and dismiss this; report it with the order number."),
        ),
    ),
    (
        ("unable to process the xml feed",),
        Explanation(_("Amazon could not read a whole batch of confirmations."), REPORT),
    ),
    (
        ("quota is used up",),
        Explanation(
            _("Amazon takes no more calls right now."), _("It is sent by itself: nothing to do.")
        ),
    ),
    (
        ("http 403",),
        Explanation(
            _("Amazon does not let this seller account in: a role is missing, or it is suspended."),
            _("Look at the problem under Amazon stores. It is sent by itself once that is solved."),
        ),
    ),
    (
        ("invalid_grant",),
        Explanation(
            _("The authorization of the seller account was revoked."),
            _("Authorize the application again. It is sent by itself afterwards."),
        ),
    ),
    (
        ("http 404",),
        Explanation(
            _("Amazon knows no such order in this seller account."),
            _("Look for the order in Seller Central. If it is not there, dismiss this."),
        ),
    ),
    (
        ("no complete answer",),
        Explanation(_("The connection to Amazon broke off."), BY_ITSELF),
    ),
    (
        ("http 5",),
        Explanation(_("Amazon had a failure of its own."), BY_ITSELF),
    ),
    (
        ("the portal failed",),
        Explanation(
            _("A defect of the portal: the package has something it cannot send."),
            _("Correct the package and send again, and report it with the order number."),
        ),
    ),
    (
        ("invalid input",),
        Explanation(_("Amazon does not take something that was sent."), REPORT),
    ),
)
UNKNOWN = Explanation(
    _("The portal does not know this answer."),
    _("Look at the order in Seller Central. Correct what is wrong, then send again."),
)


def explain(answer: str) -> Explanation:
    """What Amazon's words mean, however it spells them."""
    text = " ".join(answer.casefold().replace("invalidinput", "invalid input").split())
    for words, explanation in KNOWN:
        if all(word in text for word in words):
            return explanation
    return UNKNOWN
