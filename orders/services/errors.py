"""Refusals, in words a person can act on. Nothing was written when one is raised."""

from orders.sentences import joined


class Refusal(Exception):
    """The base: str() is one clear sentence."""


class CannotShip(Refusal):
    """This shipment cannot be made."""


class CannotTakeBack(Refusal):
    """This package cannot be taken back."""


class CannotDismiss(Refusal):
    """This cannot be dismissed."""


class CannotCancel(Refusal):
    """The order, or these lines of it, cannot be canceled from here."""


class CannotHold(Refusal):
    """The order can be neither held nor released now."""


class CannotComment(Refusal):
    """There is nothing to write, or too much."""


class UnknownCarrier(CannotShip):
    """The channel has no such carrier, and no mapping says what is meant."""


class CancelRequested(CannotShip):
    """The buyer asked to cancel: shipping is a decision that a person has to make."""


class DoubtfulNumber(CannotShip):
    """Tracking numbers that are hardly their carriers': a person may know better."""

    def __init__(self, warnings: list[str]) -> None:
        super().__init__(joined(warnings))
        self.warnings = warnings
