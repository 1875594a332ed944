"""Refusals, in words a person can act on. Nothing was written when one is raised."""


class Refusal(Exception):
    """The base: str() is one clear sentence."""


class CannotShip(Refusal):
    """This shipment cannot be made."""


class CannotTakeBack(Refusal):
    """This package cannot be taken back."""


class CannotDismiss(Refusal):
    """These confirmations cannot be dismissed."""


class CannotCancel(Refusal):
    """The order, or these lines of it, cannot be canceled from here."""


class CannotHold(Refusal):
    """The order can be neither held nor released now."""
