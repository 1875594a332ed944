"""Pages of lists that may have a million rows."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.utils.formats import number_format

LIMIT = 1000


class CappedPaginator(Paginator[Any]):
    """Counts no further than `limit` rows: counting them all takes longer than showing a page.

    There is no page behind that; filters and search lead further back. Give it to an admin as
    ``paginator = CappedPaginator``. templates/admin/pagination.html shows ``1,000+``.
    """

    def __init__(self, *args: Any, limit: int = LIMIT, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = limit

    @cached_property
    def count(self) -> int:
        return min(self._found, self.limit)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than are counted."""
        return self._found > self.limit

    @property
    def count_shown(self) -> str:
        """``12``, or ``1,000+``."""
        shown = number_format(self.count, force_grouping=True)
        return f"{shown}+" if self.is_capped else shown

    @cached_property
    def _found(self) -> int:
        return int(self.object_list.order_by()[: self.limit + 1].count())  # type: ignore[attr-defined]  # a QuerySet
