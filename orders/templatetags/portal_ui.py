"""What the portal's pages share: badges, money, links between neighbours."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from django import template
from django.conf import settings
from django.contrib.admin import ListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from orders.money import shown
from orders.sentences import Sentence

register = template.Library()

ENGLISH = "en"

TONES = {
    "error": "bad",
    "refused": "bad",
    "failed": "bad",
    "late": "bad",
    "canceled": "off",
    "ignored": "off",
    "view_only": "off",
    "unfulfillable": "off",
    "closed": "off",
    "unshipped": "todo",
    "partially_shipped": "todo",
    "processing": "todo",
    "on_hold": "warn",
    "pending": "wait",
    "pending_availability": "wait",
    "requested": "wait",
    "in_flight": "wait",
    "accepted": "wait",
    "sent": "wait",
    "unknown": "warn",
    "shipped": "good",
    "completed": "good",
    "complete": "good",
    "proven": "good",
    "done": "good",
    "withdrawn": "off",
    "running": "todo",
    "stopped": "off",
    "undone": "off",
    "by_amazon": "good",
}


@register.simple_tag
def badge(code: str, label: object) -> SafeString:
    """A status as a small coloured word; the colour is never the only sign.

    The label of an order status is the merchant's to change; as it came it has a translation.
    """
    return format_html('<span class="badge {}">{}</span>', TONES.get(code, "wait"), _(str(label)))


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """``1 234,50 SEK`` in the reader's format; a dash when Amazon sent no amount."""
    return shown(amount, currency)


@register.filter
def signed(units: int) -> str:
    """``+3`` or ``-3``: a change, not an amount."""
    return f"{units:+d}"


@register.filter
def time_left(seconds: int) -> str:
    """``95 s left``, ``12 min left`` or ``3 h left``."""
    if seconds < 120:
        return _("%(seconds)d s left") % {"seconds": seconds}
    if seconds >= 7200:
        return _("%(hours)d h left") % {"hours": seconds // 3600}
    return _("%(minutes)d min left") % {"minutes": seconds // 60}


@register.filter
def ago(moment: datetime) -> str:
    """``3 hours ago``; ``just now`` within a minute."""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}


@register.filter
def given(value: object) -> object:
    """The value, or the words that Amazon did not send it."""
    return value if value not in (None, "") else _("not provided by Amazon")


@register.filter
def answered(text: str) -> str | SafeString:
    """A stored answer: ours in the reader's language, Amazon's quoted, in Amazon's words.

    English has no catalog that tells them apart, and need not.
    """
    if not text or isinstance(text, Sentence) or get_language() == ENGLISH:
        return text
    return format_html('<q lang="en">{}</q>', text)


@register.filter
def moment(text: str | None) -> datetime | None:
    """A time kept as ISO 8601 text, as a time."""
    return parse_datetime(text) if text else None


@register.simple_tag
def bar_choice(changelist: ChangeList, spec: ListFilter) -> dict[str, Any]:
    """A filter of Django's as one control: `name` of its parameter, `options` with what is chosen.

    Its own links say what each option stands for; one that needs another parameter is left out.
    """
    found = []
    for choice in spec.choices(changelist):
        query = parse_qsl(str(choice["query_string"]).removeprefix("?"))
        own = [(name, value) for name, value in query if name in spec.expected_parameters()]
        found += [(name, value, choice) for name, value in own]
    name = found[0][0] if found else ""
    return {
        "name": name,
        "options": [
            {"value": value, "label": choice["display"], "chosen": choice["selected"]}
            for its_name, value, choice in found
            if its_name == name
        ],
    }


@register.simple_tag
def bar_keeps(changelist: ChangeList) -> list[tuple[str, str]]:
    """What the address of a list says beside the search and the filters of its bar: the sorting."""
    drawn = {name for spec in changelist.filter_specs for name in spec.expected_parameters()}
    return [(k, v) for k, v in changelist.params.items() if k != SEARCH_VAR and k not in drawn]


@register.simple_tag
def is_demo() -> bool:
    """Whether Amazon is a pretend one."""
    return bool(settings.DEMO)


NAVIGATION = (
    # url name, label, permission
    ("channels_channelorder", gettext_noop("Orders"), "channels.view_channelorder"),
    ("orders_commerceorder", gettext_noop("Commerce orders"), "orders.view_commerceorder"),
    ("channels_amazonstore", gettext_noop("Amazon stores"), "channels.view_amazonstore"),
    ("orders_product", gettext_noop("Products"), "orders.view_product"),
    ("customers_customer", gettext_noop("Customers"), "customers.view_customer"),
    ("orders_outboxmessage", gettext_noop("Confirmations"), "orders.view_outboxmessage"),
    ("channels_bulkjob", gettext_noop("Jobs"), "channels.view_channelorder"),
    ("channels_communicationerror", gettext_noop("Errors log"), "channels.view_communicationerror"),
)


@register.simple_tag(takes_context=True)
def portal_navigation(context: template.Context) -> list[dict[str, object]]:
    """The pages staff work in, of those they may see."""
    request: HttpRequest = context["request"]
    entries = []
    for name, label, permission in NAVIGATION:
        if not request.user.has_perm(permission):
            continue
        url = reverse(f"admin:{name}_changelist")
        entries.append({"url": url, "label": _(label), "here": request.path.startswith(url)})
    return entries
