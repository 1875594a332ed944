"""What the page of one order shows."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.admin.address_page import address_context
from channels.amazon.marketplaces import by_id
from channels.models import ChannelOrder
from channels.models.channel_order import HOLD_REASONS, TO_SHIP, Placement, Status
from channels.policy import HoldReason
from channels.services.cancel_rules import BUYER_CANCELED
from channels.services.taking_over import take_over_stored
from customers.services.masking import HIDDEN, mask_person
from orders.admin.cancel_page import CANCEL, cancel_context
from orders.admin.package_actions import packages_context
from orders.models import CommerceOrder, OrderNote, OutboxMessage, Package
from orders.models.commerce_order import OPEN_STATES
from orders.services.cancellation import open_cancellation, refuses_cancelling
from orders.services.holding import hold_reason

TABS = ("details", "items", "tracking", "history")


def order_context(request: HttpRequest, order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
    """The template's context; personal data masked unless `clear`."""
    tab = request.GET.get("tab", TABS[0])
    marketplace = by_id(order.store.marketplace_id)
    linked = order.commerce_order
    packages = packages_context(linked) if linked else {"packages": []}
    return {
        "order": order,
        "tab": tab if tab in TABS else TABS[0],
        "tabs": _tabs(),
        "next_step": _next_step(request, order, packages["packages"]),
        "asked_to_cancel": order.is_asked_to_cancel,
        "buyer": _buyer(order, clear=clear),
        **address_context(request, order, clear=clear),
        **(cancel_context(request, linked) if linked else {}),
        "items": list(order.items.all()),
        "gift_messages": _gift_messages(order, clear=clear),
        **packages,
        "notes": OrderNote.objects.filter(timeline=order.uid),
        "seller_central_url": marketplace.order_page_url(order.amazon_order_id)
        if marketplace
        else "",
    }


def take_over_view(request: HttpRequest, pk: int) -> HttpResponse:
    """POST only: the packages that Amazon shows become the Commerce order's."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm("orders.ship_commerceorder"):
        raise PermissionDenied
    if not ChannelOrder.objects.filter(pk=pk).exists():
        raise Http404
    if count := take_over_stored(pk):
        text = ngettext("%(count)d package taken over.", "%(count)d packages taken over.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.warning(request, _("Amazon shows nothing that is not known here already."))
    return HttpResponseRedirect(reverse("admin:channels_channelorder_change", args=[pk]))


def _tabs() -> list[tuple[str, str]]:
    labels = (
        _("Order and shipping details"),
        _("Order items"),
        _("Tracking"),
        _("History"),
    )
    return list(zip(TABS, labels, strict=True))


def _next_step(
    request: HttpRequest, order: ChannelOrder, packages: Sequence[Package]
) -> dict[str, Any]:
    """What to do next, in one sentence, and the one button for it (if it is ours to do)."""
    linked = order.commerce_order
    if order.placement == Placement.HELD:
        cause = HOLD_REASONS[HoldReason(order.hold_reason)]
        return {
            "tone": "bad",
            "text": f"{cause}: {order.hold_detail}",
            "url": f"{reverse('admin:channels_channelorder_held')}?store={order.store_id}",
            "label": _("Remove the cause"),
            "by_hand": request.user.has_perm("channels.change_ordersettings"),
        }
    if order.placement == Placement.VIEW_ONLY:
        return {"tone": "off", "text": _("View only: order settings do not import this store.")}
    if linked and (stopped := _stopped(linked)):
        return stopped
    if order.cancel_requested and order.status in TO_SHIP:
        text = _("The buyer asked to cancel. Ship only if you cannot stop it.")
        return {"tone": "warn", "text": text, **_cancel_or_ship(request, order)}
    if order.status in TO_SHIP and linked:
        tone = "bad" if order.is_late else "todo"
        text = _("Ship it and enter the tracking number.")
        return {"tone": tone, "text": text, **_ship_button(request, order)}
    if order.is_completed:
        return {"tone": "good", "text": _("Nothing to do: Amazon shows everything shipped.")}
    if order.status == Status.SHIPPED and linked and linked.state in OPEN_STATES:
        text = _("Amazon shows it shipped, but its Commerce order is still open.")
        may_ship = request.user.has_perm("orders.ship_commerceorder")
        return {"tone": "warn", "text": text, "take_over": may_ship}
    if order.status == Status.SHIPPED and linked:
        return _after_shipping(request, linked, packages)
    if order.status in (Status.PENDING, Status.PENDING_AVAILABILITY):
        return {"tone": "wait", "text": _("Amazon is verifying the payment. Do not ship yet.")}
    if order.status == Status.CANCELED and linked and _unsettled(packages):
        text = _(
            "Canceled at Amazon after a package was shipped here: stop the parcel or expect it "
            "back, then take the package back or dismiss its confirmation."
        )
        url = reverse("admin:orders_commerceorder_change", args=[linked.pk])
        return {"tone": "bad", "text": text, "url": url, "label": _("Look at the packages")}
    return {"tone": "off", "text": _("Nothing to do.")}


def _after_shipping(
    request: HttpRequest, linked: CommerceOrder, packages: Sequence[Package]
) -> dict[str, Any]:
    """Amazon shows it by itself, unless it refused a confirmation or somebody gave one up."""
    unsettled = _unsettled(packages)
    if any(message.state == OutboxMessage.State.REFUSED for message in unsettled):
        if request.user.has_perm("orders.view_outboxmessage"):
            query = urlencode({"attention": "yes", "q": linked.number})
            url = f"{reverse('admin:orders_outboxmessage_changelist')}?{query}"
        else:
            url = reverse("admin:orders_commerceorder_change", args=[linked.pk])
        text = _("Shipped, but a confirmation is refused: Amazon does not know of the package.")
        return {"tone": "bad", "text": text, "url": url, "label": _("See why, and what to do")}
    given_up = any(p.message and not p.message.proven_at for p in packages)
    if given_up and not unsettled:
        text = _("Shipped; a confirmation was dismissed: nobody waits for Amazon to show it.")
        return {"tone": "off", "text": text}
    return {"tone": "wait", "text": _("Shipped. Waiting until Amazon shows the packages.")}


def _unsettled(packages: Sequence[Package]) -> list[OutboxMessage]:
    """Their confirmations that are neither proven nor given up."""
    messages = [package.message for package in packages]
    return [m for m in messages if m and m.proven_at is None and m.dismissed_at is None]


def _stopped(linked: CommerceOrder) -> dict[str, Any] | None:
    """An order that is being canceled, or on hold: its page has what can be done about it."""
    there = {"url": reverse("admin:orders_commerceorder_change", args=[linked.pk])}
    if cancellation := open_cancellation(linked):
        state = cancellation.get_state_display()
        text = _("Being canceled: %(state)s. Do not ship.") % {"state": str(state).lower()}
        return {"tone": "wait", "text": text, **there, "label": _("Look at the cancellation")}
    if linked.state == CommerceOrder.State.ON_HOLD:
        text = _("On hold: %(reason)s") % {"reason": hold_reason(linked) or "–"}
        return {"tone": "warn", "text": text, **there, "label": _("Look at the order")}
    return None


def _cancel_or_ship(request: HttpRequest, order: ChannelOrder) -> dict[str, Any]:
    """To cancel is what the buyer wants; where Amazon does not let us, only shipping is left."""
    ship = _ship_button(request, order)
    linked = order.commerce_order
    if linked is None or not request.user.has_perm(CANCEL) or refuses_cancelling(linked):
        return ship
    asked = [item.order_item_id for item in order.items.all() if item.cancel_requested]
    lines = linked.lines.filter(channel_item_id__in=asked).values_list("pk", flat=True)
    query = urlencode({"reason": BUYER_CANCELED, "line": list(lines)}, doseq=True)
    url = reverse("admin:orders_commerceorder_cancel", args=[linked.pk])
    other = {"url": ship["url"], "label": _("Ship anyway")} if ship else None
    label = _("Cancel the order")
    return {"url": f"{url}?{query}", "label": label, "other": other, "cancels": True}


def _ship_button(request: HttpRequest, order: ChannelOrder) -> dict[str, Any]:
    if order.commerce_order is None or not request.user.has_perm("orders.ship_commerceorder"):
        return {}
    url = reverse("admin:orders_commerceorder_ship", args=[order.commerce_order.pk])
    return {"url": url, "label": _("Ship")}


def _buyer(order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
    buyer = order.buyer or {}
    return buyer if clear else mask_person(buyer)


def _gift_messages(order: ChannelOrder, *, clear: bool) -> dict[str, str]:
    texts = (order.item_texts or {}).get("gift_messages", {})
    return texts if clear else dict.fromkeys(texts, HIDDEN)
