"""What the pages share: the frame, dates, amounts, badges, buttons."""

from datetime import datetime

from channels.sandbox.html import Markup, joined, tag
from channels.sandbox.messages import Reply
from channels.sandbox.records import NON_AMAZON, Order
from channels.sandbox.world import World

# Own style sheet, own forms, nothing else: no script and no style inside the page.
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"
_REFRESH = Markup('<meta http-equiv="refresh" content="5">')


def page(world: World, title: str, *content: Markup, status: int = 200) -> Reply:
    """A whole page; in a living world it loads itself again every five seconds."""
    refresh = _REFRESH if world.live and status == 200 else Markup()
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<link rel="stylesheet" href="/style.css">'),
        refresh,
        tag("title", f"{title} · Amazon sandbox"),
    )
    life = "living" if world.live else "still"
    header = tag(
        "header",
        tag("a", "Amazon sandbox", href="/", class_="brand"),
        tag("span", f"a {life} world · {when(world.clock.now())} UTC · plan {world.settings.plan}"),
    )
    body = tag("body", header, tag("main", *content))
    document = f"<!DOCTYPE html>{tag('html', head, body, lang='en')}"
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Reply(status, document.encode(), "text/html; charset=utf-8", headers)


def when(moment: datetime) -> str:
    """A time for people, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def amount(order: Order) -> str:
    """The grand total with its currency."""
    if not order.total or order.channel == NON_AMAZON:
        return ""
    return f"{order.total.quantize(order.marketplace.minor_unit):,} {order.marketplace.currency}"


def badge(order: Order) -> Markup:
    """The status, with a second badge when the buyer asked to cancel."""
    words = order.status.replace("_", " ").capitalize()
    badges = [tag("span", words, class_=f"badge {order.status.lower().replace('_', '-')}")]
    if any(item.cancel_requested and not item.cancelled_by for item in order.items):
        badges.append(tag("span", "Cancel requested", class_="badge cancel-requested"))
    return joined(badges)


def button(label: str, action: str, *fields: Markup) -> Markup:
    """A form that posts."""
    return tag("form", *fields, tag("button", label), method="post", action=action)


def order_link(order: Order) -> Markup:
    """The order's number, leading to its page."""
    return tag("a", order.order_id, href=f"/order/{order.order_id}")
