"""Shipping many orders from one page: a tracking number per line, then a job that ships them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.admin.bulk_actions import (
    BulkActions,
    list_url,
    posted_token,
    refusal,
    to_job,
    user_of,
)
from channels.admin.ship_many_form import (
    MAX_ORDERS,
    Filled,
    ManyForm,
    ShipLine,
    chosen,
    fill,
    is_key,
    lines_of,
    ship_rows,
    take_in,
)
from channels.admin.shipments_csv import ShipmentsImport
from channels.models import BulkJob, ChannelOrder
from channels.models.order_status import Status
from channels.services import bulk, ship_facts, ship_plan
from channels.services.pasting import read_pasted
from orders.models.commerce_order import OPEN_STATES

SHIP = "orders.ship_commerceorder"
MAX_PASTED = 1_000  # lines that are looked up
SOONEST = 50  # orders on the page when nobody chose any
REMEMBERED = ("carrier", "carrier_name")  # of this person, in the session


class ShipManyPages(BulkActions):
    """The action *Ship* and the page behind it, and the import of a file of shipments."""

    actions = ["ship_orders", *BulkActions.actions]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.ship_many_view)
        return [
            path("ship/", view, name="channels_channelorder_ship_many"),
            *ShipmentsImport(self).urls("ship/import/"),
            *super().get_urls(),
        ]

    def has_ship_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SHIP)

    @admin.action(description=gettext_lazy("Ship…"), permissions=["ship"])
    def ship_orders(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        """Lead to the page with these orders on it."""
        pks = list(queryset.values_list("pk", flat=True)[: MAX_ORDERS + 1])
        if len(pks) > MAX_ORDERS:
            text = _("At most %(limit)d orders fit on the page: choose fewer, or import a file.")
            messages.error(request, text % {"limit": MAX_ORDERS})
            return None
        page = reverse("admin:channels_channelorder_ship_many")
        return HttpResponseRedirect(f"{page}?orders={'.'.join(str(pk) for pk in pks)}")

    def ship_many_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the orders, POST fills in what was pasted, or has them shipped."""
        if not (self.has_view_permission(request) and self.has_ship_permission(request)):
            raise PermissionDenied
        if request.method == "POST":
            return self._posted(request)
        if "orders" in request.GET:
            texts = request.GET["orders"].split(".")[:MAX_ORDERS]
            pks = [int(text) for text in texts if is_key(text)]
        else:
            pks = _soonest()
        lines = lines_of(ship_facts.of_orders(pks), pks, {}, {})
        remembered = request.session.get("ship_many", {})
        return self._page(request, lines, self._form(lines, initial=remembered))

    def _posted(self, request: HttpRequest) -> HttpResponse:
        seen = chosen(request.POST)
        if "fill" in request.POST or request.POST.get("pasted", "").strip():
            return self._filled(request, seen)
        lines = lines_of(ship_facts.of_orders(seen), seen, request.POST, seen)
        form = self._form(lines, request.POST)
        typed = [line for line in lines if line.tracking]
        if form.is_valid():
            if not typed:
                form.add_error(None, _("No tracking number was entered."))
            form.check_carrier(typed)
        if not form.is_valid():
            return self._page(request, lines, form)
        token = form.token_for(posted_token(request) or uuid4(), typed)
        try:
            if job := bulk.known(token):
                return to_job(job)  # posted twice
        except bulk.DoneAlready as exc:
            form.add_error(None, refusal(exc))
            return self._page(request, lines, form)
        plan = ship_plan.plan(list(ship_rows(typed, form)), now=timezone.now())
        if not take_in(plan, typed):
            form.add_error(None, _("Nothing is shipped yet: look at the lines that are marked."))
            return self._page(request, lines, form)
        request.session["ship_many"] = {name: form.cleaned_data[name] for name in REMEMBERED}
        rows = ship_plan.job_rows(plan.dump(), doubtful=True)
        kind = BulkJob.Kind.SHIP
        return to_job(bulk.start(kind=kind, user=user_of(request), rows=rows, token=token))

    def _filled(self, request: HttpRequest, seen: dict[int, int]) -> HttpResponse:
        """What was pasted stands in its line; orders that were not on the page come onto it."""
        pasted = list(read_pasted(request.POST.get("pasted", "")))
        named = ship_facts.pks_of(entry.order for entry in pasted[:MAX_PASTED])
        pks = [*seen, *sorted(named - seen.keys())][:MAX_ORDERS]
        facts = ship_facts.of_orders(pks)
        lines = lines_of(facts, pks, request.POST, seen)
        _tell(request, fill(lines, pasted, facts))
        typed = {name: request.POST.get(name, "") for name in (*REMEMBERED, "shipped_at")}
        return self._page(request, lines, self._form(lines, initial=typed))

    def _form(
        self,
        lines: Sequence[ShipLine],
        data: QueryDict | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
    ) -> ManyForm:
        marketplace_id = lines[0].order.store.marketplace_id if lines else ""
        return ManyForm(data, marketplace_id=marketplace_id, initial=initial or {})

    def _page(
        self, request: HttpRequest, lines: Sequence[ShipLine], form: ManyForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Ship many orders"),
            "form": form,
            "lines": lines,
            "doubtful": [line.doubt for line in lines if line.warnings],
            "limit": MAX_ORDERS,
            "orders_url": list_url(request),
            "chosen": "orders" in request.GET,
            "token": uuid4(),
        }
        return TemplateResponse(request, "admin/channels/channelorder/ship_many.html", context)


def _tell(request: HttpRequest, filled: Filled) -> None:
    """What was filled in, and what was left over."""
    text = ngettext(
        "%(count)d tracking number filled in. Look at it, then ship.",
        "%(count)d tracking numbers filled in. Look at them, then ship.",
        filled.count,
    )
    if filled.count:
        messages.success(request, text % {"count": filled.count})
    for numbers, text in (
        (filled.lineless, _("No line on the page that can be shipped for: %(numbers)s")),
        (
            filled.several,
            _(
                "Several tracking numbers for one order go in by a file; "
                "only the first is filled in for: %(numbers)s"
            ),
        ),
    ):
        if numbers:
            shown = ", ".join(numbers[:10]) + (" …" if len(numbers) > 10 else "")
            messages.warning(request, text % {"numbers": shown})


def _soonest() -> list[int]:
    """Orders that can be shipped, those that have to leave soonest first."""
    waiting = ChannelOrder.objects.filter(
        status__in=(Status.UNSHIPPED, Status.PARTIALLY_SHIPPED),
        fulfilled_by="merchant",
        commerce_order__state__in=OPEN_STATES,
        cancel_requested=False,
    )
    soonest = waiting.order_by(F("ship_by").asc(nulls_last=True), "pk")
    return list(soonest.values_list("pk", flat=True)[:SOONEST])
