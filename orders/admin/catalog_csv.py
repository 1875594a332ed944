"""Products as CSV: export of the list as it is filtered; import by preview, then *Apply*."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Product
from orders.services import catalog_csv
from orders.services.catalog_import import Plan, apply_plan, export_rows, plan_import
from orders.services.csv_files import MAX_BYTES, UnreadableFile

if TYPE_CHECKING:
    from orders.admin.catalog import ProductAdmin

SHOWN = 500  # rows of each kind on the preview
PREVIEW_AGE = 3600  # seconds in which a preview can be applied
SALT = "orders.catalog_csv"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )

    def plan(self) -> Plan:
        """What the file would do. Raises UnreadableFile."""
        file = self.cleaned_data["file"]
        return plan_import(file.read(MAX_BYTES + 1))


def urls(admin: "ProductAdmin") -> list[URLPattern]:
    """The addresses below the product list."""
    views = CatalogViews(admin)
    wrap = admin.admin_site.admin_view
    return [
        path("export/", wrap(views.export), name="orders_product_export"),
        path("import/", wrap(views.preview), name="orders_product_import"),
        path("import/apply/", wrap(views.apply), name="orders_product_import_apply"),
    ]


class CatalogViews:
    """The three views; `admin` knows who may do what."""

    def __init__(self, admin: "ProductAdmin") -> None:
        self.admin = admin

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The products of the list with the same filters and search, as a stream."""
        if not self.admin.has_view_permission(request):
            raise PermissionDenied
        try:
            products = self.admin.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:orders_product_changelist"))
        rows = export_rows(products.iterator(chunk_size=2000))
        name = f"products-{timezone.localtime():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            catalog_csv.write(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def preview(self, request: HttpRequest) -> HttpResponse:
        """GET: the form. POST: what the file would do; nothing is written."""
        self._check(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._previewed(request, form.plan())
            except UnreadableFile as exc:
                form.add_error("file", str(exc))
        return self._page(request, "import", form=form, columns=catalog_csv.WRITTEN)

    def _previewed(self, request: HttpRequest, plan: Plan) -> HttpResponse:
        """The plan goes out signed and comes back with *Apply*: nothing is kept on the server."""
        signed = signing.dumps(plan.dump(), salt=_salt(request), compress=True)
        if len(signed) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 0.9:
            raise UnreadableFile(_("The file changes too much at once: split it."))
        return self._page(
            request, "import_preview", plan=plan, signed=signed, changed=plan.changed[:SHOWN],
            new=plan.new[:SHOWN], wrong=plan.wrong[:SHOWN], shown=SHOWN,
        )  # fmt: skip

    def apply(self, request: HttpRequest) -> HttpResponse:
        """Do what the preview showed, and say what was done."""
        self._check(request)
        try:
            plan = Plan.load(
                signing.loads(
                    request.POST.get("plan", ""), salt=_salt(request), max_age=PREVIEW_AGE
                )
            )
        except signing.BadSignature:
            form = UploadForm()
            told = _("The preview is out of date. Choose the file again.")
            return self._page(request, "import", form=form, told=told, columns=catalog_csv.WRITTEN)
        outcome = apply_plan(plan, user=request.user.get_username())
        return self._page(
            request, "import_done", plan=plan, outcome=outcome, wrong=plan.wrong[:SHOWN],
            stale=outcome.stale[:SHOWN], shown=SHOWN,
            left_out=len(plan.wrong) + len(outcome.stale),
        )  # fmt: skip

    def _check(self, request: HttpRequest) -> None:
        if not self.admin.has_import_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        context |= {
            **self.admin.admin_site.each_context(request),
            "opts": Product._meta,
            "title": _("Import products"),
        }
        return TemplateResponse(request, f"admin/orders/product/{template}.html", context)


def _salt(request: HttpRequest) -> str:
    """A preview is of the person who asked for it."""
    return f"{SALT}.{request.user.pk}"
