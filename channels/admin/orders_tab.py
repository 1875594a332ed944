"""The list behind the Orders tab: its rows, its pages, its counts. The same work at any size."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest, QueryDict
from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from channels.admin.columns import COLUMNS, FIELDS, NUMBER, SHIP, Column, Row
from channels.admin.filters import AttentionFilter, now_of
from channels.admin.find import FIND, SEARCH, found_text, is_number
from channels.admin.lists import (
    SHORTLISTS,
    Lists,
    attention_of,
    filtered,
    lists_of,
    parts_by_date,
    shown,
)
from channels.admin.sorts import NEWEST_FIRST, keyset
from channels.admin.views import VIEWS, View, columns_of, may_delete, saved_views
from channels.models import ChannelOrder, ChannelOrderItem, SavedView
from channels.services.order_search import narrowed
from channels.ship_by import due
from channels.templatetags.channel_ui import stores_of
from customers.admin import log_reveal, may_see_personal_data
from orders.admin.filters import BarChangeList
from orders.admin.keyset import END
from orders.models import OrderNote, Package
from orders.models.commerce_order import OPEN_STATES
from orders.services.finding import capped_counts

PER_PAGE = 100
COUNTED = 1000  # further than that nobody counts: "1,000+"
AFTER, BEFORE, SORT, VIEW = "after", "before", "sort", "view"
_NOTES = OrderNote.objects.filter(timeline=OuterRef("uid")).order_by("-id")
NEWEST_NOTE = _NOTES.values(note=JSONObject(text="text", params="params"))[:1]
OURS = (AFTER, BEFORE, SORT, VIEW, FIND)  # of the address, and no filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table. `due`: late, today …, of orders that are to be shipped.

    `ship_url`: where its reader may ship it, else "".
    """

    order: ChannelOrder
    due: str
    ship_url: str
    cells: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The head of a column; `url` sorts by it, `sorted` is "ascending", "descending" or ""."""

    column: Column
    url: str
    sorted: str


class OrdersTab(BarChangeList):
    """The list of orders with its newest notes, counted up to a thousand, paged by key."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        filters = super().get_filters_params(params)
        return {name: value for name, value in filters.items() if name not in OURS}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        """What the filters and the search leave, in the order it is shown; not paged."""
        token = self.params.get(FIND, "")
        found = found_text(token, user_pk=request.user.pk) if token else ""
        self.is_lost = found is None
        self.query = self.query or found or ""
        orders = super().get_queryset(request, [AttentionFilter.parameter_name])
        if self.is_lost:
            orders = orders.none()
        if not self.query:
            orders = shown(orders, self.filter_params)
        order = keyset(self.sort, stores_of(request))
        self.lists = self.paged = lists_of(request, orders, self.filter_params)
        if SHORTLISTS & set(self.filter_params):
            self.paged = narrowed(self.lists)
        if len(self.paged) == 1:
            return order.ordered(self.paged[0])
        attention = attention_of(request, self.filter_params)
        return order.ordered(attention.queryset(request, orders))

    def unread(self) -> list[str]:
        lost = _("This search cannot be opened any more, so nothing is listed: search again.")
        return [lost, *super().unread()] if self.is_lost else super().unread()

    def chips(self) -> list[dict[str, str]]:
        lost = [{"label": _("Search"), "url": self.without_search()}]
        return lost + super().chips() if self.is_lost else super().chips()

    def apply_select_related(self, qs: Any) -> Any:
        return qs  # `_dressed` does, for the rows of the page

    # Order

    @property
    def sort(self) -> str:
        """``ship_by`` or ``-ship_by``: by which column, and which way."""
        wanted = str(self.params.get(SORT, ""))
        known = {column.key for column in COLUMNS if column.sorts}
        return wanted if wanted.removeprefix("-") in known else NEWEST_FIRST

    # Rows

    def get_results(self, request: HttpRequest) -> None:
        self.now, self.user = now_of(request), request.user
        self.may_ship = request.user.has_perm("orders.ship_commerceorder")
        self.views, self.columns = self._views(request)
        self._count(request)
        if self.query and self.is_capped and self.sort.endswith("purchase_date"):
            self.paged = parts_by_date(self.paged)
        self.page = keyset(self.sort, stores_of(request)).page(
            *self.paged,
            size=PER_PAGE,
            after=str(self.params.get(AFTER, "")),
            before=str(self.params.get(BEFORE, "")),
            dress=self._dressed,
        )
        self.result_list = self.page.rows
        stores = {store.pk: store for store in stores_of(request)}
        for order in self.page.rows:
            if store := stores.get(order.store_id):  # one that came meanwhile is fetched
                order.store = store
        self.clear = may_see_personal_data(request)
        if self.clear:
            log_reveal(request, self.page.rows)

    def _count(self, request: HttpRequest) -> None:
        """This list and every view, each as far as anybody counts: one statement."""
        found = [self._of_view(request, view) for view in self.views]
        this, *of_views = capped_counts([self.lists, *found], limit=COUNTED)
        self.result_count = self.full_result_count = min(this, COUNTED)
        self.count = _up_to(this)
        self.view_counts = [_up_to(count) for count in of_views]
        # What Django's pages by number would ask
        self.can_show_all = self.multi_page = self.show_all = False
        self.paginator = self.model_admin.get_paginator(request, self.queryset.none(), PER_PAGE)
        self.is_capped = this > COUNTED

    def _of_view(self, request: HttpRequest, view: View) -> Lists:
        query = QueryDict(view.query).lists()
        params = {name: values for name, values in query if name not in OURS}
        return filtered(request, self.root_queryset, params)

    def _views(self, request: HttpRequest) -> tuple[list[View], list[Column]]:
        """All views; and the columns: of the view that is shown, or those this person chose."""
        saved, own = saved_views(request)
        columns = columns_of(saved, own, str(self.params.get(VIEW, "")))
        return [*VIEWS, *saved], columns

    def _dressed(self, orders: QuerySet[ChannelOrder]) -> QuerySet[ChannelOrder]:
        """With what the chosen columns need; without what no column shows."""
        keys = {column.key for column in self.columns}
        wanted = (*FIELDS, "corrected_address") if "ship_to" in keys else FIELDS
        orders = orders.select_related("commerce_order").only(*wanted)
        orders = orders.annotate(newest_note=Subquery(NEWEST_NOTE))
        if "items" in keys:
            items = ChannelOrderItem.objects.only("order", "seller_sku", "asin", "quantity_ordered")
            orders = orders.prefetch_related(Prefetch("items", items))
        if "tracking" in keys:
            packages = Package.objects.only("order", "tracking_number").order_by("number")
            orders = orders.prefetch_related(Prefetch("commerce_order__packages", packages))
        return orders

    def leaves_buyers_out(self) -> bool:
        """Whether it was searched for what may be a buyer, for somebody who sees none."""
        return not (self.clear or is_number(self.query))

    def lines(self) -> list[Line]:
        """The page, cell by cell."""
        return [self._line(order) for order in self.result_list]

    def _line(self, order: ChannelOrder) -> Line:
        row = Row(order=order, clear=self.clear, note=_note(order), now=self.now)
        linked = order.commerce_order
        url = ""
        if self.may_ship and order.is_to_ship and linked and linked.state in OPEN_STATES:
            url = SHIP.of(linked.pk)
        day = ""
        if order.is_to_ship and order.ship_by:
            day = due(order.ship_by, self.now, order.store.zone)
        return Line(
            order=order,
            due=day,
            ship_url=url,
            cells=SafeString("".join(_cell(column, row) for column in self.columns)),
        )

    # What stands around the table

    def headings(self) -> list[Heading]:
        """The heads of the columns; a click sorts, another one the other way."""
        return [self._heading(column) for column in self.columns]

    def _heading(self, column: Column) -> Heading:
        if not column.sorts:
            return Heading(column=column, url="", sorted="")
        here = self.sort.removeprefix("-") == column.key
        ascending = here and not self.sort.startswith("-")
        other = f"-{column.key}" if ascending else column.key
        state = ("ascending" if ascending else "descending") if here else ""
        return Heading(column=column, url=self._address({SORT: other}), sorted=state)

    def view_links(self) -> list[dict[str, Any]]:
        """The views with their counts, and which one this is."""
        here = _without(self.params_given(), (AFTER, BEFORE, FIND, SEARCH))
        return [
            {
                "view": view,
                "count": count,
                "here": QueryDict(view.address) == here and not self.query,
            }
            for view, count in zip(self.views, self.view_counts, strict=True)
        ]

    def params_given(self) -> QueryDict:
        """What the address says, all of it."""
        given = QueryDict(mutable=True)
        for name, values in self.filter_params.items():
            given.setlist(name, values)
        return given

    def within(self) -> str:
        """The address of this list without the place in it, for forms that come back to it."""
        return _without(self.params_given(), (AFTER, BEFORE)).urlencode()

    def kept_with_filters(self) -> list[tuple[str, str]]:
        """What other filters leave as it is: the sorting, the search."""
        return [
            (name, value) for name, value in self.params.items() if name in (SORT, FIND, SEARCH)
        ]

    def without_search(self) -> str:
        rest = _without(self.params_given(), (AFTER, BEFORE, FIND, SEARCH))
        return f"?{rest.urlencode()}"

    def search_alone(self) -> str:
        """Where the search of a filtered list finds in all orders, else ""."""
        filtered = self.query and self.get_filters_params()
        return f"?{urlencode(self.kept_with_filters())}" if filtered else ""

    def deletable(self) -> list[SavedView]:
        """The saved views that this person may delete."""
        saved = [view.saved for view in self.views if view.saved]
        return [row for row in saved if may_delete(row, self.user)]

    def page_links(self) -> dict[str, str]:
        """Addresses of the first, the previous, the next and the last page; "" where none is."""
        page = self.page
        return {
            "first": self._address({}) if page.before else "",
            "previous": self._address({BEFORE: page.before}) if page.before else "",
            "next": self._address({AFTER: page.after}) if page.after else "",
            "last": self._address({BEFORE: END}) if page.after else "",
        }

    def chooser(self) -> list[tuple[Column, bool]]:
        """Every column, and whether it is shown."""
        return [(column, column in self.columns) for column in COLUMNS]

    def _address(self, new: Mapping[str, str]) -> str:
        query = _without(self.params_given(), (AFTER, BEFORE, *new))
        query.update(new)
        return f"?{query.urlencode()}"


def _cell(column: Column, row: Row) -> str:
    """One cell. A template would take as long for a page as all the rest."""
    shown = conditional_escape(column.cell(row))
    if column.key == NUMBER:
        return f'<th scope="row" class="field-{column.key}">{shown}</th>'
    return f'<td class="field-{column.key}">{shown}</td>'


def _note(order: ChannelOrder) -> str:
    """The newest entry of its timeline, in the reader's language."""
    found = order.newest_note  # type: ignore[attr-defined]  # annotated
    if not found:
        return ""
    note = json.loads(found) if isinstance(found, str) else found
    params = note["params"]  # SQLite puts JSON into JSON as text
    params = json.loads(params) if isinstance(params, str) else params
    return str(OrderNote(text=note["text"], params=params))


def _up_to(count: int) -> str:
    shown = number_format(min(count, COUNTED), force_grouping=True)
    return f"{shown}+" if count > COUNTED else shown


def _without(query: QueryDict, names: tuple[str, ...]) -> QueryDict:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return rest
