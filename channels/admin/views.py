"""Views of the Orders tab: those it comes with, and those people save."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from channels.admin.columns import COLUMNS, Column, chosen
from channels.models import SavedView
from channels.models.saved_view import MAX_QUERY

SHARE = "channels.share_view"
SEE = "channels.view_channelorder"
NEVER_SAVED = ("q", "find", "after", "before", "view")  # a buyer, or a place in a list
MOST = 30  # views of one person


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A name for filters, sorting and columns. `saved`: the row, of those that people made."""

    label: object
    query: str
    columns: Sequence[str] = ()
    saved: SavedView | None = field(default=None)

    @property
    def address(self) -> str:
        """Its query string."""
        if self.saved is None:
            return self.query
        return f"{self.query}&view={self.saved.pk}" if self.query else f"view={self.saved.pk}"


VIEWS = (
    View(label=gettext_lazy("All"), query=""),
    View(
        label=gettext_lazy("To ship"),
        query="status=unshipped&status=partially_shipped&fulfilled_by=merchant&sort=ship_by",
    ),
    View(label=gettext_lazy("Late"), query="due=late&sort=ship_by"),
    View(label=gettext_lazy("Due today"), query="due=today&sort=ship_by"),
    View(label=gettext_lazy("Cancel requested"), query="cancel_requested=yes"),
    View(label=gettext_lazy("Needs attention"), query="attention=yes&sort=ship_by"),
    View(
        label=gettext_lazy("Pending at Amazon"),
        query="status=pending&status=pending_availability",
    ),
    View(label=gettext_lazy("Shipped"), query="status=shipped&status=completed"),
    View(label=gettext_lazy("FBA"), query="fulfilled_by=amazon"),
)


def saved_views(request: HttpRequest) -> tuple[list[View], list[str]]:
    """What this person saved and others share, and the columns this person has chosen.

    One statement.
    """
    rows = list(
        SavedView.objects.filter(Q(owner=request.user.pk) | Q(shared=True)).order_by("name", "pk")
    )
    own: list[str] = next((row.columns for row in rows if not row.name), [])
    views = [
        View(label=row.name, query=row.query, columns=row.columns, saved=row)
        for row in rows
        if row.name
    ]
    return views, own


def columns_of(views: Sequence[View], own: Sequence[str], shown: str) -> list[Column]:
    """The columns of the view with the key `shown`, or those its reader has chosen."""
    columns = next((v.columns for v in views if v.saved and str(v.saved.pk) == shown), None)
    return chosen(columns or own)


def shown_columns(request: HttpRequest) -> list[str]:
    """The keys of the columns that the list at this address has."""
    views, own = saved_views(request)
    return [column.key for column in columns_of(views, own, request.GET.get("view", ""))]


class ViewForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    shared = forms.BooleanField(label=gettext_lazy("For everybody"), required=False)


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is under a name; a name that is there is replaced."""
    _check(request, SEE)
    query = _kept(request.POST.get("within", ""))
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A view needs a name of at most 40 letters."))
        return _back(request)
    if form.cleaned_data["shared"]:
        _check(request, SHARE)
    name = form.cleaned_data["name"]
    kept = query.urlencode()
    if len(kept) > MAX_QUERY:
        text = _("A view keeps at most %(count)d letters of filters: these are %(given)d.")
        messages.error(request, text % {"count": MAX_QUERY, "given": len(kept)})
        return _back(request)
    columns = [key for key in request.POST.getlist("col") if key in _KEYS]
    values = {"shared": form.cleaned_data["shared"], "query": kept, "columns": columns}
    own = SavedView.objects.filter(owner=request.user.pk).exclude(name="")
    if own.exclude(name=name).count() >= MOST:
        messages.error(request, _("You have %(count)d views: delete one first.") % {"count": MOST})
        return _back(request)
    saved, created = SavedView.objects.update_or_create(
        owner_id=request.user.pk, name=name, defaults=values
    )
    text = _("View %(name)s saved.") if created else _("View %(name)s replaced.")
    messages.success(request, text % {"name": saved.name})
    query["view"] = str(saved.pk)
    return HttpResponseRedirect(f"{_tab()}?{query.urlencode()}")


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody sees it any more."""
    _check(request, SEE)
    view = get_object_or_404(SavedView.objects.exclude(name=""), pk=pk)
    if not may_delete(view, request.user):
        raise PermissionDenied
    view.delete()
    messages.success(request, _("View %(name)s deleted.") % {"name": view.name})
    return HttpResponseRedirect(_tab())


def may_delete(view: SavedView, user: User | AnonymousUser) -> bool:
    """One's own; and what others share, for those who may share."""
    return view.owner_id == user.pk or (view.shared and user.has_perm(SHARE))


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """The columns this person sees from now on; none chosen: the default ones."""
    _check(request, SEE)
    columns = [key for key in request.POST.getlist("col") if key in _KEYS]
    if "default" in request.POST:
        columns = []
    SavedView.objects.update_or_create(
        owner_id=request.user.pk, name="", defaults={"columns": columns}
    )
    return _back(request)


_KEYS = {column.key for column in COLUMNS}


def _kept(text: str) -> QueryDict:
    """A query string without what is never saved."""
    query = QueryDict(text, mutable=True)
    for name in NEVER_SAVED:
        query.pop(name, None)
    return query


def _back(request: HttpRequest) -> HttpResponse:
    """The list as it stood."""
    within = QueryDict(request.POST.get("within", ""), mutable=True)
    return HttpResponseRedirect(f"{_tab()}?{within.urlencode()}")


def _tab() -> str:
    return reverse("admin:channels_channelorder_changelist")


def _check(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
