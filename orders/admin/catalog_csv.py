"""Products as CSV: export of the list as it is filtered; import by preview, then *Apply*."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from orders.admin.csv_preview import CsvImport
from orders.services import catalog_csv
from orders.services.catalog_import import Plan, apply_plan, export_rows, plan_import

if TYPE_CHECKING:
    from orders.admin.catalog import ProductAdmin


def urls(admin: "ProductAdmin") -> list[URLPattern]:
    """The addresses below the product list."""

    def export(request: HttpRequest) -> HttpResponseBase:
        return export_view(request, admin)

    view = admin.admin_site.admin_view(export)
    return [
        path("export/", view, name="orders_product_export"),
        *ProductImport(admin).urls("import/"),
    ]


def export_view(request: HttpRequest, admin: "ProductAdmin") -> HttpResponseBase:
    """The products of the list with the same filters and search, as a stream."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    try:
        products = admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        return HttpResponseRedirect(reverse("admin:orders_product_changelist"))
    rows = export_rows(products.iterator(chunk_size=2000))
    name = f"products-{timezone.localtime():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        catalog_csv.write(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class ProductImport(CsvImport):
    """What a file changes in the catalog."""

    admin: "ProductAdmin"
    name = "orders_product_import"
    title = gettext_lazy("Import products")
    template = "import"
    columns = {"columns": catalog_csv.WRITTEN}

    def may(self, request: HttpRequest) -> bool:
        return self.admin.has_import_permission(request)

    def plan(self, form: Any) -> tuple[Any, dict[str, Any]]:
        plan = plan_import(form.content())
        shown = {"changed": plan.changed[: self.shown], "new": plan.new[: self.shown]}
        return plan.dump(), {"plan": plan, "wrong": plan.wrong[: self.shown], **shown}

    def apply_plan(self, request: HttpRequest, carried: Any) -> HttpResponse:
        """Do what the preview showed, and say what was done."""
        plan = Plan.load(carried)
        outcome = apply_plan(plan, user=request.user.get_username())
        return self.page(
            request, "import_done", plan=plan, outcome=outcome, wrong=plan.wrong[:self.shown],
            stale=outcome.stale[:self.shown], left_out=len(plan.wrong) + len(outcome.stale),
        )  # fmt: skip
