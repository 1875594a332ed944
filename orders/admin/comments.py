"""Commenting on an order, from its page and from that of its channel order."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.admin import ReadOnlyAdmin, came_from
from orders.models import CommerceOrder
from orders.services.comments import comment
from orders.services.errors import CannotComment

COMMENT = "orders.comment_commerceorder"


class CommentPages(ReadOnlyAdmin[CommerceOrder]):
    """The view of CommerceOrderAdmin that takes a comment."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.comment_view)
        return [
            path("<int:pk>/comment/", view, name="orders_commerceorder_comment"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def comment_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm(COMMENT)):
            raise PermissionDenied
        if not CommerceOrder.objects.filter(pk=pk).exists():
            raise Http404
        text, user = request.POST.get("comment", ""), request.user.get_username()
        try:
            comment(order_id=pk, text=text, user=user)
        except CannotComment as exc:
            self.message_user(request, str(exc), messages.ERROR)
        else:
            self.message_user(request, _("The comment is in the history."), messages.SUCCESS)
        page = reverse("admin:orders_commerceorder_change", args=[pk])
        return HttpResponseRedirect(f"{came_from(request, page)}#history")
