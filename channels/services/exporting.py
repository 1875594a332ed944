"""Orders as a CSV or Excel file of any size: made, sent and forgotten chunk by chunk."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import translation

from channels import xlsx
from channels.models import ChannelOrder, ChannelOrderItem
from channels.services.export_columns import (
    COLUMNS,
    FIELDS,
    ITEMS,
    NOTES,
    PACKAGES,
    ExportColumn,
    Source,
)
from orders.models import OrderNote, Package
from orders.sentences import gettext as _
from orders.services.csv_files import csv_lines

CHUNK = 1000  # orders held at a time, 20 MB; at most five statements each
LINES = 200  # of a CSV file that are sent at once
CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Reveal = Callable[[Sequence[ChannelOrder]], None]


def export(
    orders: QuerySet[ChannelOrder], keys: Sequence[str], *, file_format: str, reveal: Reveal
) -> Iterator[bytes]:
    """A file of these orders, in their order, with the columns of COLUMNS that `keys` name.

    `reveal` is told of each chunk whose personal data goes into the file.
    """
    columns = [COLUMNS[key] for key in keys]
    language = translation.get_language() or "en"  # the file is made after the view has ended
    labels = [str(column.label) for column in columns]
    rows = _rows(orders, columns, reveal, language)
    if file_format == XLSX:
        heads = [
            xlsx.Column(label, column.width) for label, column in zip(labels, columns, strict=True)
        ]
        return xlsx.workbook(_("Orders"), heads, rows)
    texts = ([_as_text(value) for value in row] for row in rows)
    return _blocks(csv_lines(labels, texts))


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    """Not each line is worth a packet of its own."""
    while block := list(islice(lines, LINES)):
        yield "".join(block).encode()


def is_personal(keys: Sequence[str]) -> bool:
    """Whether one of these columns holds personal data."""
    return any(COLUMNS[key].is_personal for key in keys)


def _as_text(value: Any) -> Any:
    """Moments as ISO 8601; numbers stay numbers, which CSV writes with a point."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _rows(
    orders: QuerySet[ChannelOrder],
    columns: Sequence[ExportColumn],
    reveal: Reveal,
    language: str,
) -> Iterator[list[Any]]:
    """The keys come in the list's order by one cursor; what stands in the rows by the chunk."""
    needs = {column.needs for column in columns}
    is_revealing = any(column.is_personal for column in columns)
    keys = orders.values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    while chunk := list(islice(keys, CHUNK)):
        sources = _sources(chunk, needs)
        if is_revealing:
            reveal([source.order for source in sources])
        with translation.override(language):
            rows = [[column.value(source) for column in columns] for source in sources]
        yield from rows


def _sources(keys: Sequence[int], needs: set[str]) -> list[Source]:
    """These orders in this order, with what is needed of each."""
    orders = ChannelOrder.objects.select_related("store", "commerce_order").only(*FIELDS)
    found = orders.in_bulk(keys)
    items = _by_order(ChannelOrderItem.objects.filter(order__in=keys)) if ITEMS in needs else {}
    linked = [order.commerce_order_id for order in found.values() if order.commerce_order_id]
    packages = _by_order(Package.objects.filter(order__in=linked)) if PACKAGES in needs else {}
    notes = _newest_notes(list(found.values())) if NOTES in needs else {}
    return [
        Source(
            order=order,
            items=items.get(order.pk, ()),
            packages=packages.get(order.commerce_order_id, ()),
            note=notes.get(order.uid),
        )
        for key in keys
        if (order := found.get(key))
    ]


def _by_order(rows: Iterable[Any]) -> dict[Any, list[Any]]:
    """Rows by the key of their order. Prefetched, each order would have a manager made for it."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(row)
    return found


def _newest_notes(orders: Sequence[ChannelOrder]) -> dict[object, OrderNote]:
    newest = (
        OrderNote.objects.filter(timeline__in=[order.uid for order in orders])
        .order_by()
        .values("timeline")
        .annotate(newest=Max("id"))
        .values("newest")
    )
    return {note.timeline: note for note in OrderNote.objects.filter(pk__in=newest)}
