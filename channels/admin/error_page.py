"""What the page of one communication error shows."""

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from channels.admin.store_links import CREDENTIALS, integration_url
from channels.models import AmazonStore, ChannelOrder, CommunicationError
from channels.services.errors_log import NO_NUMBER
from channels.services.looking_again import can_try_again
from channels.troubles import AUTHORIZATION, CONFIRM, IMPORT, explain
from customers.admin import may_see_personal_data
from orders.sentences import in_english


def error_context(
    request: HttpRequest, error: CommunicationError, *, reveal: bool
) -> dict[str, Any]:
    """The template's context; `reveal`: also what Amazon sent, which may hold personal data."""
    order = _order(request, error)
    is_open = error.resolved_at is None
    return {
        "error": error,
        "trouble": explain(error.operation, error.code, in_english(error.message)),
        "tone": "bad" if is_open else "off",
        "order": order,
        "number": "" if error.amazon_order_id.startswith(NO_NUMBER) else error.amazon_order_id,
        "links": _links(request, error, order),
        "can_try_again": can_try_again(error),
        "renew_url": _renew_url(request, error) if is_open else "",
        "can_dismiss": is_open and error.operation != CONFIRM,
        "is_set_aside": is_open and error.operation == IMPORT,
        "may_reveal": error.payload is not None and may_see_personal_data(request),
        "raw": _pretty(error.payload) if reveal else "",
    }


def _renew_url(request: HttpRequest, error: CommunicationError) -> str:
    """Where new credentials are entered: with any store of the account."""
    if error.code not in AUTHORIZATION or not request.user.has_perm(CREDENTIALS):
        return ""
    stores = AmazonStore.objects.filter(account=error.account_id).order_by("name")
    store_id = error.store_id or stores.values_list("pk", flat=True).first()
    return integration_url(store_id) if store_id else ""


def _order(request: HttpRequest, error: CommunicationError) -> ChannelOrder | None:
    """The channel order it is about, if it was ever imported and may be seen."""
    if not error.amazon_order_id or not request.user.has_perm("channels.view_channelorder"):
        return None
    orders = ChannelOrder.objects.select_related("commerce_order", "store")
    found: ChannelOrder | None = orders.filter(
        account=error.account, amazon_order_id=error.amazon_order_id
    ).first()
    return found


def _links(
    request: HttpRequest, error: CommunicationError, order: ChannelOrder | None
) -> list[tuple[str, Any]]:
    """Pages where more is said or done, of those this person may see: (url, label)."""
    links: list[tuple[str, Any, str]] = []
    if order is not None and order.commerce_order is not None and error.operation == CONFIRM:
        url = _list_url("orders_outboxmessage", q=order.commerce_order.number)
        links.append((url, _("Its confirmations"), "orders.view_outboxmessage"))
    name, label = "channels_communicationerror", _("All of this operation")
    if error.amazon_order_id:
        url, label = _list_url(name, q=error.amazon_order_id), _("All errors of this order")
    else:
        url = _list_url(name, operation=error.operation)
    links.append((url, label, "channels.view_communicationerror"))
    return [(url, label) for url, label, permission in links if request.user.has_perm(permission)]


def _list_url(name: str, **query: str) -> str:
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode(query)}"


def _pretty(payload: str | None) -> str:
    """Indented, where it is JSON."""
    try:
        return json.dumps(json.loads(payload or ""), indent=2, ensure_ascii=False)
    except ValueError:
        return payload or ""
