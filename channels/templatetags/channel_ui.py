"""What every page says about Amazon."""

from django import template
from django.http import HttpRequest

from channels.services.held import held_counts

register = template.Library()


@register.simple_tag(takes_context=True)
def orders_that_cannot_be_imported(context: template.Context) -> list[tuple[int, str, int]]:
    """(store pk, store, orders) for the banner; nothing for those who may not see orders."""
    request: HttpRequest = context["request"]
    if not request.user.has_perm("channels.view_channelorder"):
        return []
    return held_counts()
