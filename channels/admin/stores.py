"""Amazon stores: their pages, and connecting one by its tokens."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from channels.admin.integration_settings import integration_view
from channels.admin.order_settings import order_settings_view
from channels.admin.store_actions import activate_view, deactivate_view, delete_view
from channels.admin.store_cards import cards_view
from channels.admin.store_dashboard import dashboard_view
from channels.admin.store_links import dashboard_url
from channels.amazon.marketplaces import MARKETPLACES
from channels.models import AmazonStore
from channels.models.marketplace_names import marketplace_name
from channels.services.connecting import CannotConnect, Connection, connect_store


class ConnectForm(forms.Form):
    """Pasting a self-authorized refresh token (Seller Central, Develop apps)."""

    name = forms.CharField(label=_("Store name"), max_length=64)
    country_code = forms.ChoiceField(
        label=_("Marketplace"),
        choices=lambda: [
            ("", _("Choose…")),
            *((m.country_code, marketplace_name(m)) for m in MARKETPLACES),
        ],
        help_text=_("Cannot be changed afterwards."),
    )
    seller_id = forms.CharField(label=_("Seller id"), max_length=32)
    client_id = forms.CharField(label=_("LWA client id"))
    client_secret = forms.CharField(
        label=_("LWA client secret"), widget=forms.PasswordInput(render_value=False)
    )
    refresh_token = forms.CharField(
        label=_("Refresh token"), widget=forms.PasswordInput(render_value=False)
    )
    commerce_store = forms.SlugField(
        label=_("Commerce store"), required=False, help_text=_("Code; made from the name if empty.")
    )
    endpoint = forms.CharField(label=_("SP-API endpoint"), required=False)
    lwa_endpoint = forms.CharField(label=_("LWA endpoint"), required=False)

    def store_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "country_code", "commerce_store")]

    def account_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in ("seller_id", "client_id", "client_secret", "refresh_token")]

    def endpoint_fields(self) -> list[forms.BoundField]:
        return [self["endpoint"], self["lwa_endpoint"]]

    def connection(self) -> Connection:
        data = self.cleaned_data
        region = next(m.region for m in MARKETPLACES if m.country_code == data["country_code"])
        return Connection(region=region, **data)


@admin.register(AmazonStore)
class AmazonStoreAdmin(admin.ModelAdmin[AmazonStore]):
    """Pages of our own in the places of the stock ones."""

    actions = None  # a store is deleted on a page that says what goes with it

    def get_urls(self) -> list[URLPattern]:
        views: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("", "dashboard", partial(dashboard_view, site=self.admin_site)),
            ("activate/", "activate", activate_view),
            ("deactivate/", "deactivate", deactivate_view),
            (
                "order-settings/",
                "order_settings",
                partial(order_settings_view, site=self.admin_site),
            ),
        )
        ours = [
            path(
                f"<int:pk>/{route}",
                self.admin_site.admin_view(view),
                name=f"channels_amazonstore_{name}",
            )
            for route, name, view in views
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return cards_view(request, self.admin_site)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return integration_view(request, _number(object_id), self.admin_site)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        return delete_view(request, _number(object_id), self.admin_site)

    @method_decorator(sensitive_post_parameters("client_secret", "refresh_token"))
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self._connect(request)

    def _connect(self, request: HttpRequest) -> HttpResponse:
        """Test, then create: the message names what is wrong."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"client_id": settings.LWA_CLIENT_ID}
        form = ConnectForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                store = connect_store(form.connection())
            except CannotConnect as exc:
                form.add_error(None, str(exc))
            else:
                self.message_user(
                    request, _("Store %(name)s is connected.") % {"name": store}, messages.SUCCESS
                )
                return HttpResponseRedirect(dashboard_url(store.pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Connect an Amazon store"),
            "form": form,
        }
        return TemplateResponse(request, "admin/channels/amazonstore/connect.html", context)


def _number(object_id: str) -> int:
    if not (object_id.isascii() and object_id.isdigit()):
        raise Http404
    return int(object_id)
