"""A CSV file that is looked at before it does anything: the form, its preview, then *Apply*."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.services.csv_files import MAX_BYTES, UnreadableFile

PREVIEW_AGE = 3600  # seconds in which a preview can be applied


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain,text/tab-separated-values"}
        ),
    )

    def content(self) -> bytes:
        """The file, a byte longer than may be if it is too long."""
        content: bytes = self.cleaned_data["file"].read(MAX_BYTES + 1)
        return content


class CsvImport(ABC):
    """The views below the list of `admin`, which knows the site and the model.

    What a file would do goes out signed with the preview, and comes back with *Apply*: nothing is
    kept on the server.
    """

    form: ClassVar[type[UploadForm]] = UploadForm
    name: ClassVar[str]  # of the form's address; that of *Apply* is ``…_apply``
    title: ClassVar[Any]  # lazy
    template: ClassVar[str]  # of the form; that of the preview is ``…_preview``
    columns: ClassVar[dict[str, Any]]  # what the page of the form says about them
    shown: ClassVar[int] = 500  # rows of each kind on the preview

    def __init__(self, admin: ModelAdmin[Any]) -> None:
        self.admin = admin

    def urls(self, at: str) -> list[URLPattern]:
        """The addresses; `at` is that of the form."""
        wrap = self.admin.admin_site.admin_view
        return [
            path(at, wrap(self.preview), name=self.name),
            path(f"{at}apply/", wrap(self.apply), name=f"{self.name}_apply"),
        ]

    @abstractmethod
    def may(self, request: HttpRequest) -> bool:
        """Whether this person may do what a file says."""

    @abstractmethod
    def plan(self, form: Any) -> tuple[Any, dict[str, Any]]:
        """What comes back with *Apply*, as JSON, and what the preview shows.

        Nothing is written. Raises UnreadableFile.
        """

    @abstractmethod
    def apply_plan(self, request: HttpRequest, carried: Any) -> HttpResponse:
        """Do what the preview showed."""

    def preview(self, request: HttpRequest) -> HttpResponse:
        """GET: the form. POST: what the file would do; nothing is written."""
        self.check(request)
        form = self.form(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                carried, shown = self.plan(form)
                signed = self._signed(request, carried)
            except UnreadableFile as exc:
                form.add_error("file", str(exc))
            else:
                return self.page(request, f"{self.template}_preview", signed=signed, **shown)
        return self.page(request, self.template, form=form, **self.columns)

    def apply(self, request: HttpRequest) -> HttpResponse:
        """What came back, unless it is too old or nobody's."""
        self.check(request)
        try:
            text = request.POST.get("plan", "")
            carried = signing.loads(text, salt=self._salt(request), max_age=PREVIEW_AGE)
        except signing.BadSignature:
            return self.again(request, _("The preview is out of date. Choose the file again."))
        return self.apply_plan(request, carried)

    def check(self, request: HttpRequest) -> None:
        if not self.may(request):
            raise PermissionDenied

    def again(self, request: HttpRequest, told: str) -> HttpResponse:
        """The form, and why nothing was done."""
        return self.page(request, self.template, form=self.form(), told=told, **self.columns)

    def page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        admin = self.admin
        context |= {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "title": self.title,
            "here": f"admin:{self.name}",
            "list": f"admin:{admin.opts.app_label}_{admin.opts.model_name}_changelist",
            "shown": self.shown,
        }
        folder = f"admin/{admin.opts.app_label}/{admin.opts.model_name}"
        return TemplateResponse(request, f"{folder}/{template}.html", context)

    def _signed(self, request: HttpRequest, carried: Any) -> str:
        signed = signing.dumps(carried, salt=self._salt(request), compress=True)
        if len(signed) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 0.9:
            raise UnreadableFile(_("The file does too much at once: split it."))
        return signed

    def _salt(self, request: HttpRequest) -> str:
        """A preview is of the person who asked for it."""
        return f"{self.name}.{request.user.pk}"
