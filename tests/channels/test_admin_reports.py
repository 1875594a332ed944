"""Packages by Amazon on the pages of an order, and the list of reports."""

import pytest
from django.urls import reverse

from channels.models import Report
from channels.services.fba_packages import fill_packages
from orders.models import Package
from tests import factories
from tests.channels.test_fba_packages import fba_order, row
from tests.staff import listed, staff, statements, superuser

pytestmark = pytest.mark.django_db

REPORTS = reverse("admin:channels_report_changelist")


@pytest.fixture
def order():
    """An FBA order with a package that has a number, and one that has none."""
    order = fba_order(2)
    fill_packages(order.account, {order.amazon_order_id: [row(order, number="TBA7")]})
    return order


def test_the_number_finds_the_order(order):
    fba_order(1, store=order.store)
    assert listed(superuser(), q="TBA7") == [order.amazon_order_id]


def test_both_pages_show_the_packages_by_amazon(order):
    client = superuser()
    pages = [
        reverse("admin:channels_channelorder_change", args=[order.pk]) + "?tab=tracking",
        reverse("admin:orders_commerceorder_change", args=[order.commerce_order_id]),
    ]
    for page in pages:
        html = client.get(page).content.decode()
        assert "TBA7" in html
        assert "UPS" in html
        assert html.count("by Amazon</span>") == 2
        assert "not provided by Amazon" in html


def test_the_tracking_tab_says_when_to_expect_numbers(order):
    client = superuser()
    tab = reverse("admin:channels_channelorder_change", args=[order.pk]) + "?tab=tracking"
    html = client.get(tab).content.decode()
    assert "some hours after they left" in html
    assert "Packages Amazon shows" not in html
    by_merchant = factories.placed_order()
    tab = reverse("admin:channels_channelorder_change", args=[by_merchant.pk]) + "?tab=tracking"
    html = client.get(tab).content.decode()
    assert "Packages Amazon shows" in html
    assert "some hours after they left" not in html


def test_what_amazon_says_is_text_not_markup(order):
    Package.objects.filter(number=1).update(carrier_name="<b>", tracking_number="<script>x")
    page = reverse("admin:orders_commerceorder_change", args=[order.commerce_order_id])
    html = superuser().get(page).content.decode()
    assert "&lt;script&gt;x" in html
    assert "<script>x" not in html


def test_the_list_of_reports_shows_how_far_each_is():
    factories.report(state="done", rows=7, applied=3, detail="Rows ignored: 1 of …")
    html = superuser().get(REPORTS).content.decode()
    for word in ("FBA shipments", "Read", "Rows ignored: 1 of …"):
        assert word in html


def test_reports_are_looked_at_not_changed():
    report = factories.report()
    client = superuser()
    page = reverse("admin:channels_report_change", args=[report.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"state": "done"}).status_code == 403
    assert client.get(reverse("admin:channels_report_add")).status_code == 403
    assert client.post(reverse("admin:channels_report_delete", args=[report.pk])).status_code == 403
    assert Report.objects.get().state == "wanted"
    assert staff().get(REPORTS).status_code == 403


def test_ten_reports_cost_as_many_statements_as_one():
    client = superuser()
    factories.report()
    one = statements(client, REPORTS)
    for _ in range(9):
        factories.report()
    assert statements(client, REPORTS) == one
