"""Store integration settings: name, polling, the seller account, its test and its credentials."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from channels.admin.store_links import CHANGE, CREDENTIALS, VIEW, marketplace_label
from channels.models import AmazonStore, SellerAccount
from channels.models.store import RENEW_BEFORE
from channels.services.answers import words
from channels.services.connecting import CannotConnect
from channels.services.integration import (
    NewCredentials,
    change_integration,
    check_store,
    renew_credentials,
)
from channels.services.quota import NoQuota
from orders.services.errors import Refusal


class IntegrationForm(forms.ModelForm[AmazonStore]):
    poll_interval = forms.IntegerField(
        validators=SellerAccount._meta.get_field("poll_interval").validators,
        label=gettext_lazy("Seconds between polls"),
        help_text=gettext_lazy(
            "Of the seller account, so of all its stores. Amazon refills one call in 179 s."
        ),
    )

    class Meta:
        model = AmazonStore
        fields = ["name", "commerce_store"]
        labels = {"name": gettext_lazy("Store name")}
        help_texts = {
            "commerce_store": gettext_lazy(
                "Order settings that import into the store's own Commerce store follow."
            )
        }

    def __init__(self, *args: Any, can_change: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.disabled = not can_change


class CredentialsForm(forms.Form):
    """Nothing of what is stored comes back to the page."""

    client_id = forms.CharField(label=gettext_lazy("LWA client id"), required=False)
    client_secret = forms.CharField(
        label=gettext_lazy("LWA client secret"),
        required=False,
        widget=forms.PasswordInput(render_value=False),
    )
    refresh_token = forms.CharField(
        label=gettext_lazy("Refresh token"),
        required=False,
        widget=forms.PasswordInput(render_value=False),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not any(data.values()):
            raise forms.ValidationError(_("Paste what is new: at least one of the three."))
        return data


@sensitive_post_parameters("client_secret", "refresh_token")
@require_http_methods(["GET", "HEAD", "POST"])
def integration_view(request: HttpRequest, pk: int, site: AdminSite) -> HttpResponse:
    """GET shows. POST with `do`: ``save``, ``test`` or ``renew``."""
    do = request.POST.get("do", "")
    _check(request, do)
    can_change = request.user.has_perm(CHANGE)
    store = get_object_or_404(
        AmazonStore.objects.select_related("account", "commerce_store", "order_settings"), pk=pk
    )
    initial = {"poll_interval": store.account.poll_interval}
    sent = {name: request.POST if do == name else None for name in ("save", "renew")}
    form = IntegrationForm(sent["save"], instance=store, initial=initial, can_change=can_change)
    credentials = CredentialsForm(sent["renew"])
    done = (
        (do == "save" and _save(request, pk, form))
        or (do == "test" and _test(request, store))
        or (do == "renew" and _renew(request, store, credentials))
    )
    if done:
        return HttpResponseRedirect(request.path)
    name = AmazonStore.objects.values_list("name", flat=True).get(pk=pk)  # not as typed
    account = store.account
    context = {
        **site.each_context(request),
        "title": _("Store integration settings"),
        "store": store,
        "store_name": name,
        "marketplace": marketplace_label(store),
        "form": form,
        "credentials": credentials,
        "can_change": can_change,
        "can_renew": request.user.has_perm(CREDENTIALS),
        "lapses_soon": account.lapses_at - timezone.now() <= RENEW_BEFORE,
    }
    return TemplateResponse(request, "admin/channels/amazonstore/integration.html", context)


def _check(request: HttpRequest, do: str) -> None:
    """Who may see the page may not post yet; the credentials have a permission of their own."""
    may = request.user.has_perm
    if not (may(VIEW) or may(CHANGE)):
        raise PermissionDenied
    if request.method == "POST" and not may(CREDENTIALS if do == "renew" else CHANGE):
        raise PermissionDenied


def _save(request: HttpRequest, pk: int, form: IntegrationForm) -> bool:
    if not form.is_valid():
        return False
    try:
        change_integration(pk, **form.cleaned_data, user=request.user.get_username())
    except IntegrityError:  # another store took the name since it was looked for
        form.add_error("name", _("Another store has this name."))
    except Refusal as exc:
        form.add_error(None, str(exc))
    else:
        messages.success(request, _("Saved."))
        return True
    return False


def _test(request: HttpRequest, store: AmazonStore) -> bool:
    try:
        check_store(store)
    except (CannotConnect, NoQuota) as exc:
        messages.error(request, words(exc))
    else:
        messages.success(
            request, _("Amazon lets this store in, and the seller sells on its marketplace.")
        )
    return True


def _renew(request: HttpRequest, store: AmazonStore, form: CredentialsForm) -> bool:
    if not form.is_valid():
        return False
    try:
        renew_credentials(store, NewCredentials(**form.cleaned_data))
    except (CannotConnect, NoQuota) as exc:
        form.add_error(None, words(exc))
        return False
    messages.success(request, _("Amazon accepts the new credentials: they are used from now on."))
    return True
