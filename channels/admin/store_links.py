"""Where things of a store are found: its dashboard, orders, confirmations, errors, and fixes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from channels.amazon.marketplaces import by_id
from channels.models import AmazonStore
from channels.models.marketplace_names import marketplace_name
from channels.services.store_health import Attention, Fix, Problem

Person = User | AnonymousUser

VIEW = "channels.view_amazonstore"
CHANGE = "channels.change_amazonstore"
DELETE = "channels.delete_amazonstore"
CREDENTIALS = "channels.change_selleraccount"
SEE_ORDERS = "channels.view_channelorder"
SEE_CONFIRMATIONS = "orders.view_outboxmessage"
SEE_ERRORS = "channels.view_communicationerror"


def marketplace_label(store: AmazonStore) -> str:
    """``Sweden (SE)``; Amazon's id of one that we do not know."""
    marketplace = by_id(store.marketplace_id)
    return marketplace_name(marketplace) if marketplace else store.marketplace_id


def stores_url() -> str:
    return reverse("admin:channels_amazonstore_changelist")


def dashboard_url(store_id: int) -> str:
    return reverse("admin:channels_amazonstore_dashboard", args=[store_id])


def order_settings_url(store_id: int) -> str:
    return reverse("admin:channels_amazonstore_order_settings", args=[store_id])


def store_link(store: AmazonStore) -> SafeString:
    """The name, leading to the dashboard."""
    return format_html('<a href="{}">{}</a>', dashboard_url(store.pk), store.name)


def integration_url(store_id: int) -> str:
    return reverse("admin:channels_amazonstore_change", args=[store_id])


def orders_url(store_id: int, **filters: Any) -> str:
    """The Orders tab with this store and these filters."""
    query = urlencode([("store", store_id), *filters.items()], doseq=True)
    return f"{reverse('admin:channels_channelorder_changelist')}?{query}"


def sku_mappings_url(store_id: int) -> str:
    return f"{reverse('admin:channels_skumapping_changelist')}?store__id__exact={store_id}"


def errors_url(store_id: int) -> str:
    return f"{reverse('admin:channels_communicationerror_changelist')}?store={store_id}"


def unconfirmed_url(store_id: int) -> str:
    confirmations = reverse("admin:orders_outboxmessage_changelist")
    return f"{confirmations}?attention=yes&store={store_id}"


# fix: (what the link says, where it leads, who may go there)
FIXES: dict[Fix, tuple[Promise, Callable[[int], str], str]] = {
    Fix.RENEW: (_("Renew the credentials"), integration_url, CREDENTIALS),
    Fix.LOG: (_("Errors log"), errors_url, SEE_ERRORS),
}


def with_fixes(
    store: AmazonStore, problems: Iterable[Problem], user: Person
) -> Iterator[dict[str, Any]]:
    """Each problem with the link that helps, if there is one for this person."""
    for problem in problems:
        label, url = "", ""
        if problem.fix in FIXES:
            words, address, permission = FIXES[problem.fix]
            if user.has_perm(permission):
                label, url = str(words), address(store.pk)
        yield {"problem": problem, "label": label, "url": url}


def attention_links(store_id: int, found: Attention, user: Person) -> list[tuple[str, str]]:
    """What needs a person, in words, with the filtered list; no address for who may not see it."""
    held = ngettext("%(n)d cannot be imported", "%(n)d cannot be imported", found.held)
    late = ngettext("%(n)d late", "%(n)d late", found.late)
    asked = ngettext("%(n)d asked to cancel", "%(n)d asked to cancel", found.asked)
    unconfirmed = ngettext(
        "%(n)d package not confirmed", "%(n)d packages not confirmed", found.unconfirmed
    )
    lists = (
        (held, found.held, SEE_ORDERS, orders_url(store_id, status="error")),
        (late, found.late, SEE_ORDERS, orders_url(store_id, due="late")),
        (asked, found.asked, SEE_ORDERS, orders_url(store_id, cancel_requested="yes")),
        (unconfirmed, found.unconfirmed, SEE_CONFIRMATIONS, unconfirmed_url(store_id)),
    )
    return [
        (text % {"n": count}, url if user.has_perm(permission) else "")
        for text, count, permission, url in lists
        if count
    ]
