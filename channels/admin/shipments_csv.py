"""Shipments as CSV: a file, a preview of what it would ship, *Apply*, and the job that does it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy

from channels.admin.bulk_actions import refusal, to_job, user_of
from channels.models import BulkJob
from channels.services import bulk, carriers, ship_plan, shipments_csv
from orders.admin.csv_preview import CsvImport, UploadForm
from orders.services.csv_files import decode

if TYPE_CHECKING:
    from channels.admin.ship_many import ShipManyPages


class ShipmentsForm(UploadForm):
    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"),
        required=False,
        help_text=gettext_lazy("For rows that name none."),
    )

    first = forms.ChoiceField(
        label=gettext_lazy("Dates like 10/11/2026"),
        required=False,
        choices=[
            ("", gettext_lazy("are wrong")),
            ("day", gettext_lazy("begin with the day")),
            ("month", gettext_lazy("begin with the month")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(c.code, c.label) for c in carriers.choices("") if c.code != carriers.OTHER]
        self.fields["carrier"].choices = [("", "–"), *known]  # type: ignore[attr-defined]


class ShipmentsImport(CsvImport):
    """What a file ships."""

    admin: "ShipManyPages"
    form = ShipmentsForm
    name = "channels_channelorder_shipments"
    title = gettext_lazy("Import shipments")
    template = "shipments"
    columns = {"limit": shipments_csv.MAX_ROWS}

    def urls(self, at: str) -> list[URLPattern]:
        sample = self.admin.admin_site.admin_view(self.sample)
        return [*super().urls(at), path(f"{at}sample/", sample, name=f"{self.name}_sample")]

    def may(self, request: HttpRequest) -> bool:
        admin = self.admin
        return admin.has_view_permission(request) and admin.has_ship_permission(request)

    def sample(self, request: HttpRequest) -> HttpResponseBase:
        """A file to begin with."""
        self.check(request)
        return StreamingHttpResponse(
            shipments_csv.sample(),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="shipments.csv"'},
        )

    def plan(self, form: Any) -> tuple[Any, dict[str, Any]]:
        text, guessed = decode(form.content())
        said = form.cleaned_data
        file = shipments_csv.read(text, carrier=said["carrier"], first=said["first"])
        plan = ship_plan.plan(file.rows, now=timezone.now())
        shown = {"wrong": plan.wrong[: self.shown], "right": plan.right[: self.shown]}
        carried = {"token": str(uuid4()), "packages": plan.dump()}
        return carried, {"plan": plan, "file": file, "guessed": guessed, **shown}

    def apply_plan(self, request: HttpRequest, carried: Any) -> HttpResponse:
        """Have shipped what the preview showed; posted twice it is one job."""
        rows = ship_plan.job_rows(carried["packages"], doubtful="doubtful" in request.POST)
        try:
            job = bulk.start(
                kind=BulkJob.Kind.SHIP,
                user=user_of(request),
                rows=rows,
                token=UUID(carried["token"]),
            )
        except bulk.CannotStart as exc:
            return self.again(request, refusal(exc))
        return to_job(job)
