"""What to do next: every situation of an order, on both of its pages, with at most one button."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services import read_only
from orders.models import CommerceOrder, OutboxMessage
from orders.services.holding import hold_order
from tests import factories
from tests.orders.shipping import draft, line_of, ship
from tests.staff import SEE_ORDERS, staff, superuser

pytestmark = pytest.mark.django_db

LONG_AGO = factories.NOW
PAYMENT = "Amazon is verifying the payment. Do not ship yet."
WAITING = "Shipped. Waiting until Amazon shows the packages."
REFUSED = "A confirmation is refused: Amazon does not know of the package."
LATE = {"ship_by": LONG_AGO}


def pages_of(order):
    """The page of the channel order, and that of its Commerce order where there is one."""
    pages = [reverse("admin:channels_channelorder_change", args=[order.pk])]
    if order.commerce_order_id:
        pages.append(reverse("admin:orders_commerceorder_change", args=[order.commerce_order_id]))
    return pages


# How an order comes to be in a situation


def unplaced(placement="awaiting", **values):
    return factories.channel_order(placement=placement, **values)


def placed(**values):
    return factories.placed_order(items=[factories.item(quantity=2)], **values)


def moved(**values):
    """Placed as Unshipped, then as Amazon shows it now."""
    order = placed()
    ChannelOrder.objects.filter(pk=order.pk).update(**values)
    return order


def shipped(units=2, *, order=None, message=None, **values):
    """Shipped here, some or all; what became of the confirmation, then of the order at Amazon."""
    order = order or placed()
    ship(order, draft(quantities={line_of(order).pk: units}))
    ChannelOrder.objects.filter(pk=order.pk).update(**values)
    OutboxMessage.objects.update(created_at=LONG_AGO, not_before=LONG_AGO, **(message or {}))
    return ChannelOrder.objects.get(pk=order.pk)


def held_by_staff():
    order = placed()
    hold_order(order_id=order.commerce_order_id, reason="fraud?")
    return order


def being_canceled(state):
    order = placed()
    factories.cancellation(order=order.commerce_order, state=state)
    return order


def closed(state, **values):
    order = placed()
    CommerceOrder.objects.update(
        state=state, status=state, completed_at=LONG_AGO if state == "complete" else None
    )
    ChannelOrder.objects.filter(pk=order.pk).update(**values)
    return order


def in_grace():
    store = factories.amazon_store(grace_minutes=60)
    order = placed(store=store)
    ship(order)
    return order


DISMISSED = {"dismissed_at": LONG_AGO, "dismissed_by": "anna", "dismiss_reason": "gone"}
SENT = {"state": "sent", "sent_at": LONG_AGO}
PROVEN = {"state": "proven", "proven_at": LONG_AGO}


@dataclass(frozen=True)
class Case:
    """A situation, and what both pages say of it; `button` is the end of where it leads."""

    name: str
    build: Callable[[], Any]
    tone: str
    text: str
    button: str = ""
    beside: tuple[str, ...] = ()
    read_only: bool = False


CASES = [
    # Without a Commerce order
    Case("held", lambda: unplaced("held", hold_reason="unknown_sku", hold_detail="MUG"),
         "bad", "Unknown SKU: MUG", "/held/?store="),
    Case("view only", lambda: unplaced("view_only"),
         "off", "View only: order settings do not import this store.", "/orders-v3/order/"),
    Case("ignored", lambda: unplaced("ignored", status="shipped", fulfilled_by="amazon"),
         "off", "Nothing to do: no Commerce order is wanted of it."),
    Case("pending", lambda: unplaced(status="pending"), "wait", PAYMENT),
    Case("pre-order", lambda: unplaced(status="pending_availability"), "wait", PAYMENT),
    Case("not decided", lambda: unplaced(status="unshipped"),
         "wait", "No Commerce order yet: it is created as soon as Amazon sends what is missing."),
    Case("canceled early", lambda: unplaced("ignored", status="canceled"),
         "off", "Canceled at Amazon: nothing to do."),
    Case("view only, canceled", lambda: unplaced("view_only", status="canceled"),
         "off", "Canceled at Amazon: nothing to do."),
    Case("unfulfillable", lambda: unplaced("ignored", status="unfulfillable"),
         "off", "Unfulfillable at Amazon: nothing to do here."),
    # To ship
    Case("to ship", placed, "todo", "Ship it and enter the tracking number.", "/ship/"),
    Case("late", lambda: placed(**LATE),
         "bad", "Late: ship it now and enter the tracking number.", "/ship/"),
    Case("partly shipped here", lambda: shipped(1),
         "todo", "Ship the rest and enter its tracking number.", "/ship/"),
    Case("unknown status", lambda: moved(status="unknown"), "warn",
         "Amazon sent a status the portal does not know: look there before you ship.",
         "/orders-v3/order/", ("/ship/",)),
    Case("pending again", lambda: moved(status="pending"), "wait", PAYMENT),
    Case("unfulfillable after all", lambda: moved(status="unfulfillable"), "warn",
         "Order 000000001 is unfulfillable at Amazon: do not ship it.", "/orders-v3/order/"),
    Case("FBM Ship+", lambda: moved(programs=["FBM_SHIP_PLUS"]), "wait",
         "Order 000000001 is FBM Ship+: Amazon confirms it by itself."),
    Case("asked to cancel", lambda: moved(cancel_requested=True), "warn",
         "The buyer asked to cancel. Ship only if you cannot stop it.", "/cancel/", ("/ship/",)),
    Case("asked to cancel the rest", lambda: shipped(1, cancel_requested=True), "warn",
         "The buyer asked to cancel. Ship only if you cannot stop it.", "/ship/"),
    Case("a part refused", lambda: shipped(1, message={"state": "refused"}),
         "bad", REFUSED, "&q=000000001", ("/ship/",)),
    Case("shipped elsewhere", lambda: moved(status="shipped", amazon_status="SHIPPED"), "warn",
         "Amazon shows it shipped, but its Commerce order is still open.", "/take-over/"),
    # Stopped
    Case("on hold", held_by_staff, "warn", "On hold: fraud?", "/unhold/"),
    Case("to be canceled", lambda: being_canceled("requested"), "wait",
         "Being canceled: requested. Do not ship.", "", ("/withdraw-cancellation/",)),
    Case("being canceled", lambda: being_canceled("in_flight"), "wait",
         "Being canceled: being sent. Do not ship."),
    Case("soon canceled", lambda: being_canceled("accepted"), "wait",
         "Being canceled: accepted. Do not ship."),
    Case("to be canceled, read-only", lambda: being_canceled("requested"), "warn",
         "Being canceled, but in read-only mode Amazon is not asked. Do not ship.",
         "/saleschannelsettings/", ("/withdraw-cancellation/",), read_only=True),
    Case("canceled", lambda: closed("canceled", status="canceled"),
         "off", "Canceled at Amazon: nothing to do."),
    Case("canceled after shipping", lambda: shipped(message={"state": "refused"},
         status="canceled"), "bad", "Canceled at Amazon after a package was shipped here: stop "
         "the parcel or expect it back, then take the package back or dismiss its confirmation.",
         "#packages"),
    # Shipped
    Case("in grace", in_grace, "wait", "Shipped. Amazon is told at "),
    Case("queued", shipped, "wait", WAITING),
    Case("queued, read-only", shipped, "warn", "Shipped, but in read-only mode Amazon is not told.",
         "/saleschannelsettings/", read_only=True),
    Case("sent", lambda: shipped(message=SENT), "wait", WAITING),
    Case("sent, read-only", lambda: shipped(message=SENT), "wait", WAITING, read_only=True),
    Case("sent, and late", lambda: shipped(message=SENT, **LATE), "bad",
         "Shipped, but Amazon does not show it, and its ship-by moment is near or over.",
         "&q=000000001"),
    Case("refused", lambda: shipped(message={"state": "refused"}), "bad", REFUSED, "&q=000000001"),
    Case("dismissed", lambda: shipped(message={"state": "refused"} | DISMISSED), "off",
         "Shipped; a confirmation was dismissed: nobody waits for Amazon to show it."),
    Case("proven", lambda: shipped(message=PROVEN, proven_at=LONG_AGO), "good",
         "Nothing to do: Amazon shows everything shipped."),
    Case("FBA", lambda: placed(status="shipped", amazon_status="SHIPPED", fulfilled_by="amazon"),
         "good", "Nothing to do: Amazon shows everything shipped."),
    Case("the rest was canceled", lambda: closed("complete", status="partially_shipped"),
         "off", "Nothing to do: nothing is left to ship."),
]  # fmt: skip


def primary(text):
    """Where the primary buttons of a page lead: links, and forms with such a button."""
    links = re.findall(r'<a class="button default" href="([^"]*)"', text)
    forms = re.findall(
        r'<form method="post" action="([^"]*)">(?:(?!</form>).)*<button class="button default"',
        text,
        re.DOTALL,
    )
    return links + forms


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_situation_on_both_pages(case):
    order = ChannelOrder.objects.get(pk=case.build().pk)
    if case.read_only:
        read_only.switch_on(user="anna")
    client = superuser()
    for path in pages_of(order):
        response = client.get(path)
        step = response.context["next_step"]
        assert step["tone"] == case.tone
        if case.name == "in grace":
            assert step["text"].startswith(case.text)
        else:
            assert step["text"] == case.text
        shown = primary(response.content.decode())
        assert len(shown) == bool(case.button)
        if case.button:
            assert case.button in shown[0].replace("&amp;", "&")
        plain = [button["url"] for button in step["buttons"] if button["plain"]]
        assert len(plain) == len(case.beside)
        assert all(end in url for end, url in zip(case.beside, plain, strict=True))


def test_the_situations_have_names_of_their_own():
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_may_do_nothing_is_offered_nothing_that_changes_something(case):
    order = ChannelOrder.objects.get(pk=case.build().pk)
    client = staff(*SEE_ORDERS)
    for path in pages_of(order):
        text = client.get(path).content.decode()
        acts = {button["act"] for button in client.get(path).context["next_step"]["buttons"]}
        assert acts <= {"see_cause", "see_packages", "see_confirmations", "open_at_channel"}
        for verb in ("/ship/", "/cancel/", "/unhold/", "/hold/", "/take-over/", "/comment/"):
            assert f'"{verb}' not in text
            assert f'{verb}"' not in text


def test_a_form_comes_back_to_the_page_it_was_on():
    order = held_by_staff()
    channel_page, commerce_page = pages_of(order)
    client = superuser()
    unhold = reverse("admin:orders_commerceorder_unhold", args=[order.commerce_order_id])
    assert client.post(unhold, {"next": channel_page}).url == channel_page
    hold = reverse("admin:orders_commerceorder_hold", args=[order.commerce_order_id])
    for elsewhere in ("https://evil.example/", "//evil.example", ""):
        answer = client.post(hold, {"reason": "x", "next": elsewhere})
        assert answer.url == commerce_page
        client.post(unhold)


def test_late_is_measured_now():
    order = placed(ship_by=timezone.now() + timedelta(minutes=1))
    client = superuser()
    assert client.get(pages_of(order)[0]).context["next_step"]["tone"] == "todo"
    ChannelOrder.objects.update(ship_by=timezone.now() - timedelta(minutes=1))
    assert client.get(pages_of(order)[0]).context["next_step"]["tone"] == "bad"
