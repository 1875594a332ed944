"""What every page says about Amazon."""

from django import template
from django.http import HttpRequest
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services import attention, read_only
from channels.services.held import held_counts
from channels.services.neighbours import Neighbours, neighbours_of

register = template.Library()


@register.simple_tag(takes_context=True)
def orders_that_cannot_be_imported(context: template.Context) -> list[tuple[int, str, int]]:
    """(store pk, store, orders) for the banner; nothing for those who may not see orders."""
    request: HttpRequest = context["request"]
    if not request.user.has_perm("channels.view_channelorder"):
        return []
    return held_counts()


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
def neighbours(order: ChannelOrder) -> Neighbours:
    """What stands around an order; the template shows what its reader may see."""
    return neighbours_of(order)
