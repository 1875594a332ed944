"""Amazon stores, their order settings, and connecting one by its tokens."""

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from channels.admin.filters import ERROR
from channels.admin.order_settings import order_settings_view
from channels.amazon.marketplaces import MARKETPLACES, by_id
from channels.models import AmazonStore, SyncCursor
from channels.models.channel_order import Placement
from channels.models.marketplace_names import marketplace_name
from channels.services.activation import set_active
from channels.services.backfill_progress import backfill_line
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
    list_display = [
        "name", "marketplace", "commerce_store", "active", "last_sync", "orders_column",
        "held_column", "problem",
    ]  # fmt: skip
    list_select_related = ["account", "account__cursor", "commerce_store"]
    change_form_template = "admin/channels/amazonstore/change_form.html"
    fields = [
        "name", "marketplace", "seller", "active", "last_sync", "history", "problem",
        "sku_mappings",
    ]  # fmt: skip
    readonly_fields = [
        "marketplace",
        "seller",
        "active",
        "last_sync",
        "history",
        "problem",
        "sku_mappings",
    ]
    actions = ["activate", "deactivate"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        order_settings = path(
            "<int:pk>/order-settings/",
            self.admin_site.admin_view(partial(order_settings_view, site=self.admin_site)),
            name="channels_amazonstore_order_settings",
        )
        return [order_settings, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AmazonStore]:
        held = Count("orders", filter=Q(orders__placement=Placement.HELD))
        return super().get_queryset(request).annotate(held=held)

    @admin.display(description=_("orders"))
    def orders_column(self, store: AmazonStore) -> SafeString:
        return _orders_link(_("View orders"), store=store.pk)

    @admin.display(description=_("cannot be imported"), ordering="held")
    def held_column(self, store: AmazonStore) -> str | SafeString:
        held: int = store.held  # type: ignore[attr-defined]  # annotated
        return _orders_link(held, store=store.pk, status=ERROR) if held else ""

    @admin.display(description=_("marketplace"))
    def marketplace(self, store: AmazonStore) -> str:
        known = by_id(store.marketplace_id)
        return marketplace_name(known) if known else store.marketplace_id

    @admin.display(description=_("seller account"))
    def seller(self, store: AmazonStore) -> str:
        return str(store.account)

    @admin.display(description=_("last synced"))
    def last_sync(self, store: AmazonStore) -> str:
        cursor: SyncCursor | None = getattr(store.account, "cursor", None)
        if cursor is None or cursor.last_success_at is None:
            return ""
        return date_format(timezone.localtime(cursor.last_success_at), "DATETIME_FORMAT")

    @admin.display(description=_("history"))
    def history(self, store: AmazonStore) -> str:
        return backfill_line(store) or ""

    @admin.display(description=_("problem"))
    def problem(self, store: AmazonStore) -> str:
        return store.account.problem

    @admin.display(description=_("SKU mappings"))
    def sku_mappings(self, store: AmazonStore) -> SafeString:
        url = reverse("admin:channels_skumapping_changelist")
        text = _("Amazon Seller SKUs that stand for another SKU")
        return format_html('<a href="{}?store__id__exact={}">{}</a>', url, store.pk, text)

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[AmazonStore]) -> None:
        for store in queryset:
            set_active(store.pk, active=True)

    @admin.action(description=_("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[AmazonStore]) -> None:
        for store in queryset:
            set_active(store.pk, active=False)

    def save_model(self, request: HttpRequest, obj: AmazonStore, form: Any, change: bool) -> None:
        obj.save(update_fields=form.changed_data)  # it may have been deactivated meanwhile

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
                url = reverse("admin:channels_amazonstore_change", args=[store.pk])
                return HttpResponseRedirect(url)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Connect an Amazon store"),
            "form": form,
        }
        return TemplateResponse(request, "admin/channels/amazonstore/connect.html", context)


def _orders_link(text: object, **filters: int | str) -> SafeString:
    """A link to the Orders tab with these filters."""
    url = reverse("admin:channels_channelorder_changelist")
    return format_html('<a href="{}?{}">{}</a>', url, urlencode(filters), text)
