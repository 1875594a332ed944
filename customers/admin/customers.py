"""Customers: the list, the page of one, and forgetting one."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from customers.admin.base import (
    PageAdmin,
    RevealingChangeList,
    audit,
    may_see_personal_data,
)
from customers.admin.customer_page import customer_context
from customers.models import Customer
from customers.services.forgetting import CannotForget, forget_customer
from customers.services.masking import mask_person

FORGET = "customers.forget_customer"
LIST = "admin:customers_customer_changelist"
PAGE = "admin:customers_customer_change"


class CustomerList(RevealingChangeList):
    """The list with how many orders each customer has: one statement a page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        customers = list(self.result_list)
        counted = Customer.objects.filter(pk__in=[customer.pk for customer in customers])
        counts = dict(counted.values_list("pk").annotate(Count("orders")))
        clear = may_see_personal_data(request)
        for customer in customers:
            profile = customer.profile
            customer.shown = profile if clear else mask_person(profile)
            customer.orders_count = counts.get(customer.pk, 0)
        self.result_list = customers


@admin.register(Customer)
class CustomerAdmin(PageAdmin[Customer]):
    page_template = "admin/customers/customer/customer.html"
    change_list_template = "admin/customers/customer/change_list.html"
    list_display = ["number", "name", "email", "company", "store", "orders_count", "created_at"]
    list_display_links = ["number", "name"]
    list_filter = ["store", "email_is_relay", ("forgotten_at", admin.EmptyFieldListFilter)]
    list_select_related = ["store"]
    ordering = ["-id"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CustomerList

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("find/", wrap(self.find_view), name="customers_customer_find"),
            path("<int:pk>/forget/", wrap(self.forget_view), name="customers_customer_forget"),
            *super().get_urls(),
        ]

    # Columns; `shown` and `orders_count` are set by CustomerList

    @admin.display(description=_("customer"), ordering="id")
    def number(self, customer: Customer) -> str:
        return str(customer)

    @admin.display(description=_("name"))
    def name(self, customer: Customer) -> str | SafeString:
        if customer.forgotten_at:
            return format_html('<span class="badge off">{}</span>', _("Erased"))
        return _shown(customer, "name")

    @admin.display(description=_("e-mail"))
    def email(self, customer: Customer) -> str | SafeString:
        address = _shown(customer, "email")
        if not customer.email_is_relay:
            return address
        return format_html(
            '{} <span class="badge plain" title="{}">{}</span>',
            address, _("Amazon relay address: not for marketing"), _("Relay"),
        )  # fmt: skip

    @admin.display(description=_("company"))
    def company(self, customer: Customer) -> str:
        return _shown(customer, "company")

    @admin.display(description=_("orders"))
    def orders_count(self, customer: Customer) -> int:
        return int(customer.orders_count)  # type: ignore[attr-defined]

    # Pages

    @method_decorator((require_POST, sensitive_post_parameters("email")))
    def find_view(self, request: HttpRequest) -> HttpResponse:
        """The customer of a whole e-mail address. By POST: addresses do not belong into URLs.

        Only for who sees personal data: a hit tells whose the masked customer is.
        """
        if not (self.has_view_permission(request) and may_see_personal_data(request)):
            raise PermissionDenied
        email = request.POST.get("email", "").strip()
        index = Customer.index_email(email)
        found = list(Customer.objects.filter(email_index=index).values_list("pk", flat=True))
        if email and len(found) == 1:
            return HttpResponseRedirect(reverse(PAGE, args=found))
        if email and found:  # one per Commerce store
            ids = ",".join(map(str, sorted(found)))
            return HttpResponseRedirect(f"{reverse(LIST)}?id__in={ids}")
        text = _("No customer has this e-mail address.") if email else _("Enter an e-mail address.")
        self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(reverse(LIST))

    def page(self, request: HttpRequest, customer: Customer, *, clear: bool) -> dict[str, Any]:
        return {
            **customer_context(request, customer, clear=clear),
            "may_forget": request.user.has_perm(FORGET),
        }

    def forget_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows what will be erased and what stays, POST erases."""
        if not request.user.has_perm(FORGET):
            raise PermissionDenied
        customer = self.visible(request, str(pk))
        context = {
            **self.page_context(request, customer),
            "orders_count": customer.orders.count(),
        }
        if request.method == "POST":
            try:
                forget_customer(customer_id=customer.pk, user=request.user.get_username())
            except CannotForget as exc:
                context["refusal"] = str(exc)
            else:
                audit.info("Customer %s forgotten by user %s", customer.pk, request.user.pk)
                self.message_user(
                    request, _("The customer's personal data is erased."), messages.SUCCESS
                )
                return HttpResponseRedirect(reverse(PAGE, args=[customer.pk]))
        return TemplateResponse(request, "admin/customers/customer/forget.html", context)

    def page_context(self, request: HttpRequest, customer: Customer) -> dict[str, Any]:
        return {**super().page_context(request, customer), "customer": customer}


def _shown(customer: Customer, field: str) -> str:
    return customer.shown.get(field) or ""  # type: ignore[attr-defined]
