"""Shipments as CSV: a file, a preview of what it would ship, *Apply*, and the job that does it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin.bulk_actions import to_job, user_of
from channels.models import BulkJob
from channels.services import bulk, carriers, ship_plan, shipments_csv
from channels.services.shipments_csv import ShipFile
from orders.services.csv_files import MAX_BYTES, UnreadableFile, decode

if TYPE_CHECKING:
    from channels.admin.ship_many import ShipManyPages

SHOWN = 500  # rows of each kind on the preview
PREVIEW_AGE = 3600  # seconds in which a preview can be applied
SALT = "channels.shipments_csv"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of shipments"),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain,text/tab-separated-values"}
        ),
    )
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

    def read(self) -> tuple[ShipFile, bool]:
        """The file, and whether its encoding had to be guessed. Raises UnreadableFile."""
        text, guessed = decode(self.cleaned_data["file"].read(MAX_BYTES + 1))
        data = self.cleaned_data
        return shipments_csv.read(text, carrier=data["carrier"], first=data["first"]), guessed


def urls(admin: "ShipManyPages") -> list[URLPattern]:
    """The addresses below the Orders tab."""
    views = ShipmentViews(admin)
    wrap = admin.admin_site.admin_view
    name = "channels_channelorder_shipments"
    return [
        path("ship/import/", wrap(views.preview), name=name),
        path("ship/import/apply/", wrap(views.apply), name=f"{name}_apply"),
        path("ship/import/sample/", wrap(views.sample), name=f"{name}_sample"),
    ]


class ShipmentViews:
    """The three views; `admin` knows who may do what."""

    def __init__(self, admin: "ShipManyPages") -> None:
        self.admin = admin

    def sample(self, request: HttpRequest) -> HttpResponseBase:
        """A file to begin with."""
        self._check(request)
        return StreamingHttpResponse(
            shipments_csv.sample(),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="shipments.csv"'},
        )

    def preview(self, request: HttpRequest) -> HttpResponse:
        """GET: the form. POST: what the file would ship; nothing is written."""
        self._check(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._previewed(request, *form.read())
            except UnreadableFile as exc:
                form.add_error("file", str(exc))
        return self._page(request, "shipments", form=form, limit=shipments_csv.MAX_ROWS)

    def _previewed(self, request: HttpRequest, file: ShipFile, guessed: bool) -> HttpResponse:
        """The plan goes out signed and comes back with *Apply*: nothing is kept on the server."""
        plan = ship_plan.plan(file.rows, now=timezone.now())
        carried = {"token": str(uuid4()), "packages": plan.dump()}
        signed = signing.dumps(carried, salt=_salt(request), compress=True)
        if len(signed) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 0.9:
            raise UnreadableFile(_("The file ships too much at once: split it."))
        return self._page(
            request, "shipments_preview", plan=plan, signed=signed, file=file, guessed=guessed,
            wrong=plan.wrong[:SHOWN], right=plan.right[:SHOWN], shown=SHOWN,
        )  # fmt: skip

    def apply(self, request: HttpRequest) -> HttpResponse:
        """Have shipped what the preview showed; posted twice it is one job."""
        self._check(request)
        try:
            carried = signing.loads(
                request.POST.get("plan", ""), salt=_salt(request), max_age=PREVIEW_AGE
            )
            rows = ship_plan.job_rows(carried["packages"], doubtful="doubtful" in request.POST)
            job = bulk.start(
                kind=BulkJob.Kind.SHIP,
                user=user_of(request),
                rows=rows,
                token=UUID(carried["token"]),
            )
        except signing.BadSignature:
            return self._again(request, _("The preview is out of date. Choose the file again."))
        except bulk.CannotStart as exc:
            return self._again(request, str(exc))
        return to_job(job)

    def _again(self, request: HttpRequest, told: str) -> HttpResponse:
        form = UploadForm()
        return self._page(request, "shipments", form=form, told=told, limit=shipments_csv.MAX_ROWS)

    def _check(self, request: HttpRequest) -> None:
        admin = self.admin
        if not (admin.has_view_permission(request) and admin.has_ship_permission(request)):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        context |= {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Import shipments"),
        }
        return TemplateResponse(request, f"admin/channels/channelorder/{template}.html", context)


def _salt(request: HttpRequest) -> str:
    """A preview is of the person who asked for it."""
    return f"{SALT}.{request.user.pk}"
