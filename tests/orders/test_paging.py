"""Lists that may have a million rows are counted as far as it is cheap, and no further."""

import pytest
from django.core.paginator import EmptyPage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.admin.paging import LIMIT, CappedPaginator
from orders.models import Product

pytestmark = pytest.mark.django_db


def rows(count):
    Product.objects.bulk_create(Product(sku=f"SKU-{n:04d}") for n in range(count))
    return Product.objects.order_by("sku")


@pytest.mark.parametrize(
    ("found", "count", "shown", "pages"),
    [(0, 0, "0", 1), (9, 9, "9", 3), (10, 10, "10", 3), (11, 10, "10+", 3), (50, 10, "10+", 3)],
)
def test_it_counts_as_far_as_its_limit(found, count, shown, pages):
    paginator = CappedPaginator(rows(found), 4, limit=10)
    assert (paginator.count, paginator.count_shown) == (count, shown)
    assert paginator.is_capped is (found > 10)
    assert paginator.num_pages == pages


def test_the_pages_are_in_order_and_the_last_ends_at_the_limit():
    paginator = CappedPaginator(rows(50), 4, limit=10)
    assert [p.sku for p in paginator.page(1)] == [f"SKU-{n:04d}" for n in range(4)]
    assert [p.sku for p in paginator.page(3)] == ["SKU-0008", "SKU-0009"]
    with pytest.raises(EmptyPage):
        paginator.page(4)


def test_one_statement_that_stops_behind_the_limit():
    queryset = rows(3)
    with CaptureQueriesContext(connection) as captured:
        paginator = CappedPaginator(queryset, 4)
        assert (paginator.count, paginator.is_capped, paginator.num_pages) == (3, False, 1)
    (statement,) = [query["sql"] for query in captured]
    assert f"LIMIT {LIMIT + 1}" in statement
    assert "ORDER BY" not in statement


def test_thousands_are_grouped():
    paginator = CappedPaginator(rows(LIMIT + 1), 100)
    assert paginator.count_shown == "1,000+"
