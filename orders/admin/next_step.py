"""The button for what to do next: where it leads, and who may press it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from orders import sales_channel
from orders.admin.cancel_page import CANCEL
from orders.admin.hold_page import HOLD
from orders.admin.package_actions import SHIP
from orders.models import CommerceOrder, Package
from orders.sales_channel import Act, NextStep

PACKAGES = "?tab=tracking#packages"  # on both pages
PERMISSIONS = {  # whoever sees the page may do the others
    Act.SHIP: SHIP,
    Act.CANCEL: CANCEL,
    Act.WITHDRAW: CANCEL,
    Act.UNHOLD: HOLD,
    Act.TAKE_OVER: SHIP,
    Act.END_READ_ONLY: "channels.change_saleschannelsettings",
}
POSTED = (Act.WITHDRAW, Act.UNHOLD, Act.TAKE_OVER)
PAGES = (Act.SHIP, Act.WITHDRAW, Act.UNHOLD)  # below that of the order, under their own name


def next_step_context(
    request: HttpRequest, order: CommerceOrder, packages: Sequence[Package]
) -> dict[str, Any]:
    """What the page of an order and that of its channel order say on top."""
    step = sales_channel.of(order).next_step(order, packages)
    return shown(request, step, partial(_url, request, order, step))


def shown(request: HttpRequest, step: NextStep, url_of: Callable[[Act], str]) -> dict[str, Any]:
    """Text, tone and the buttons of those acts that this person may do and that lead somewhere."""
    may = request.user.has_perm
    buttons = [
        {"act": act.value, "label": label, "url": url, "post": act in POSTED, "plain": plain}
        for acts, plain in ((step.acts, False), (step.beside, True))
        for act, label in acts
        if act not in PERMISSIONS or may(PERMISSIONS[act])
        if (url := url_of(act))
    ]
    for button in buttons[1:]:
        button["plain"] = True  # there is one primary button
    cancels = any(button["act"] == Act.CANCEL for button in buttons)
    told = {"tone": step.tone, "text": step.text, "buttons": buttons, "cancels": cancels}
    return {"next_step": told}


def _url(request: HttpRequest, order: CommerceOrder, step: NextStep, act: Act) -> str:
    if act in PAGES:
        return reverse(f"admin:orders_commerceorder_{act.value}", args=[order.pk])
    if act is Act.CANCEL:
        return _cancel_url(order, step)
    if act is Act.TAKE_OVER:
        return _take_over_url(order)
    if act is Act.SEE_CONFIRMATIONS:
        return _confirmations_url(request, order) or PACKAGES
    if act is Act.SEE_PACKAGES:
        return PACKAGES
    if act is Act.END_READ_ONLY:
        return reverse("admin:channels_saleschannelsettings_changelist")
    if act is Act.OPEN_AT_CHANNEL:
        return sales_channel.of(order).order_url(order)
    return ""


def _cancel_url(order: CommerceOrder, step: NextStep) -> str:
    """The form with what the channel suggests filled in."""
    url = reverse("admin:orders_commerceorder_cancel", args=[order.pk])
    lines = order.lines.filter(channel_item_id__in=step.items).values_list("pk", flat=True)
    return f"{url}?{urlencode({'reason': step.reason, 'line': list(lines)}, doseq=True)}"


def _take_over_url(order: CommerceOrder) -> str:
    """Below the page of its channel order, whatever channel that is of."""
    channel_order = getattr(order, "channel_order", None)
    if channel_order is None:
        return ""
    meta = channel_order._meta
    name = f"admin:{meta.app_label}_{meta.model_name}_take_over"
    return reverse(name, args=[channel_order.pk])


def _confirmations_url(request: HttpRequest, order: CommerceOrder) -> str:
    if not request.user.has_perm("orders.view_outboxmessage"):
        return ""
    query = urlencode({"attention": "yes", "q": order.number})
    return f"{reverse('admin:orders_outboxmessage_changelist')}?{query}"
