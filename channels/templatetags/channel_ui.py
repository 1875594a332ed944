"""What every page says about Amazon."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import AmazonStore, ChannelOrder
from channels.services import attention, read_only
from channels.services.held import held_counts, stores_with_held
from channels.services.neighbours import Neighbours, neighbours_of
from channels.services.store_health import Unreadable, unreadable
from channels.ship_by import Countdown, Due, countdown

register = template.Library()

# By the unit of a countdown; whole, since languages abbreviate each in their own way.
LEFT = {
    "m": gettext_lazy("%(amount)d m"),
    "h": gettext_lazy("%(amount)d h"),
    "d": gettext_lazy("%(amount)d d"),
}

MINUTE = 60


def stores_of(request: HttpRequest) -> list[AmazonStore]:
    """The Amazon stores by name, as `stores_with_held`; asked for once a request."""
    found: list[AmazonStore] | None = getattr(request, "amazon_stores", None)
    if found is None:
        found = list(stores_with_held())
        request.amazon_stores = found  # type: ignore[attr-defined]
    return found


@register.simple_tag(takes_context=True)
def orders_that_cannot_be_imported(context: template.Context) -> list[tuple[int, str, int]]:
    """(store pk, store, orders) for the banner; nothing for those who may not see orders."""
    request: HttpRequest = context["request"]
    if not request.user.has_perm("channels.view_channelorder"):
        return []
    return held_counts(stores_of(request))


@register.simple_tag(takes_context=True)
def accounts_that_cannot_be_read(context: template.Context) -> list[Unreadable]:
    """For the banner; for everybody, since nothing new comes in until somebody acts."""
    return unreadable(stores_of(context["request"]), timezone.now())


@register.simple_tag(takes_context=True)
def shipments_not_confirmed(context: template.Context) -> attention.Alert | None:
    """For the banner; nothing for those who may not see confirmations."""
    request: HttpRequest = context["request"]
    if not request.user.has_perm("orders.view_outboxmessage"):
        return None
    return attention.alert(timezone.now())


@register.simple_tag
def read_only_mode() -> read_only.Mode:
    """Whether nothing is sent to Amazon, since when and why: for everybody."""
    return read_only.mode()


@register.simple_tag
def flag(store: AmazonStore) -> SafeString:
    """The flag of the marketplace's country; its name stands beside it. None for an unknown one."""
    if not store.country_code:
        return SafeString("")
    url = static(f"portal/flags/{store.country_code}.svg")
    return format_html('<img class="flag" src="{}" alt="" width="24" height="16">', url)


@register.simple_tag(takes_context=True)
def store_name(context: template.Context, store: AmazonStore) -> str | SafeString:
    """The name, as a link to the store's dashboard for those who may see it."""
    request: HttpRequest = context["request"]
    if not request.user.has_perm("channels.view_amazonstore"):
        return store.name
    url = reverse("admin:channels_amazonstore_dashboard", args=[store.pk])
    return format_html('<a href="{}">{}</a>', url, store.name)


@register.filter
def grouped(number: int | Decimal) -> str:
    """``1 234``, ``0.5``: a number in the reader's format, no longer than it must be."""
    if isinstance(number, Decimal):
        number = number.normalize()
        number = number.quantize(Decimal(1)) if number == number.to_integral_value() else number
    return number_format(number, force_grouping=True)


@register.simple_tag
def ago(moment: datetime) -> SafeString:
    """``13 minutes ago``, with the moment itself as the tooltip."""
    seconds = int((timezone.now() - moment).total_seconds())
    if seconds < MINUTE:  # where Django says "0 minutes"
        words = _("%(seconds)d s ago") % {"seconds": max(seconds, 0)}
    else:
        words = _("%(time)s ago") % {"time": timesince(moment)}
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        date_format(timezone.localtime(moment), "DATETIME_FORMAT"),
        words,
    )


@register.simple_tag
def neighbours(order: ChannelOrder) -> Neighbours:
    """What stands around an order; the template shows what its reader may see."""
    return neighbours_of(order)


@register.simple_tag
def ship_by(order: ChannelOrder, now: datetime | None = None) -> str | SafeString:
    """When it must leave, on the clock of its store, and how long that is from `now`."""
    return due(order.ship_by, order.store.zone, now, is_over=not order.is_to_ship)


@register.simple_tag
def due(
    by: datetime | None, zone: ZoneInfo, now: datetime | None = None, *, is_over: bool = False
) -> str | SafeString:
    """A moment on the clock of `zone`, and how long that is from `now`; its day where `is_over`."""
    if by is None:
        return "–"
    there = by.astimezone(zone)
    if is_over:
        return date_format(there, "SHORT_DATE_FORMAT")
    left = countdown(by, now or timezone.now(), zone)
    moment = f"{date_format(there, 'SHORT_DATETIME_FORMAT')} {zone.key}"
    # A narrow column breaks it in two: when, and how long that is.
    when, _dot, how_long = due_text(left, there).rpartition(" · ")
    return format_html(
        '<span class="due {}" title="{}"><span>{} ·</span> <span>{}</span></span>',
        left.due, moment, when, how_long,
    )  # fmt: skip


def due_text(left: Countdown, there: datetime) -> str:
    """``Today 17:00 · 3 h``, ``2026-03-04 · 5 d``, ``2026-03-01 · late 2 d``."""
    values = {"left": LEFT[left.unit] % {"amount": left.amount}}
    if left.due in (Due.TODAY, Due.TOMORROW):
        values["clock"] = date_format(there, "TIME_FORMAT")
        if left.due is Due.TODAY:
            return _("Today %(clock)s · %(left)s") % values
        return _("Tomorrow %(clock)s · %(left)s") % values
    values["day"] = date_format(there, "SHORT_DATE_FORMAT")
    if left.due is Due.LATE:
        return _("%(day)s · late %(left)s") % values
    return _("%(day)s · %(left)s") % values
