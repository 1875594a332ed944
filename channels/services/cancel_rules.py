"""Which orders Amazon lets a merchant cancel, and for what reasons."""

from django.utils.translation import gettext_lazy

from channels.models import ChannelOrder
from channels.models.order_status import Status
from orders.sentences import gettext as _
from orders.sentences import lower

BUYER_CANCELED = "BuyerCanceled"
# OrderAcknowledgement.xsd, CancelReason: Amazon's spellings. All but a buyer's own wish count
# against the cancellation rate.
REASONS = {
    "NoInventory": gettext_lazy("Out of stock"),
    "PricingError": gettext_lazy("Pricing error"),
    "ShippingAddressUndeliverable": gettext_lazy("Shipping address undeliverable"),
    BUYER_CANCELED: gettext_lazy("The buyer asked to cancel"),
    "CustomerExchange": gettext_lazy("Exchange"),
    "CannotVerifyInformation": gettext_lazy("Information cannot be verified"),
    "RiskAssessmentInformationNotValid": gettext_lazy("Risk assessment not valid"),
    "CarrierCreditDecision": gettext_lazy("Carrier's credit decision"),
    "CarrierCoverageFailure": gettext_lazy("Carrier does not deliver there"),
    "WeatherDelay": gettext_lazy("Delay because of the weather"),
    "MerchandiseNotReceived": gettext_lazy("Merchandise not received"),
    "CustomerReturn": gettext_lazy("Return"),
    "RejectOrder": gettext_lazy("Order rejected"),
    "GeneralAdjustment": gettext_lazy("Other"),
}


def reasons(order: ChannelOrder) -> list[tuple[str, str]]:
    """Code and label; the buyer's wish first where there is one."""
    codes = sorted(
        REASONS, key=lambda code: not (order.cancel_requested and code == BUYER_CANCELED)
    )
    return [(code, str(REASONS[code])) for code in codes]


def refuses(order: ChannelOrder) -> str:
    """Why Amazon would refuse to cancel this order; "" when it would not.

    Only what is Unshipped can be canceled by feed (spec of POST_ORDER_ACKNOWLEDGEMENT_DATA).
    """
    if order.status == Status.CANCELED:
        text = _("Order %(number)s is canceled at Amazon already.")
    elif order.is_fba:
        text = _("Order %(number)s is fulfilled by Amazon: cancel it in Seller Central.")
    elif order.status != Status.UNSHIPPED:
        text = _("Order %(number)s is %(status)s at Amazon: cancel it in Seller Central.")
    else:
        return ""
    status = lower(Status(order.status).label)
    return text % {"number": order.amazon_order_id, "status": status}
