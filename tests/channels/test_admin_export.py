"""Export of the Orders tab: what the list shows is what the file holds, for those who may."""

import csv
import io
import logging

import openpyxl
import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from django.utils.http import urlencode

from channels.admin import orders_tab as tab
from channels.admin.columns import COLUMNS as TAB_COLUMNS
from channels.models import ChannelOrder
from channels.services import exporting
from channels.services.export_columns import COLUMNS
from tests import factories
from tests.channels.packing import to_pack
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, SEE_ORDERS, listed, orders_tab, staff

pytestmark = pytest.mark.django_db

USUAL = (  # the columns that the Orders tab shows
    "purchase_date", "number", "status", "buyer", "total", "currency", "commerce_order",
    "ship_by", "fulfilled_by", "store", "note",
)  # fmt: skip

EXPORT = "channels.export_channelorder"
EXPORTER = (*SEE_ORDERS, PERSONAL_DATA, EXPORT)
URL = reverse("admin:channels_channelorder_export")
S = ChannelOrder.Status


def ask(client, **query):
    return client.get(f"{URL}?{urlencode(query, doseq=True)}")


def body(response):
    assert response.status_code == 200
    assert response.streaming
    return b"".join(response.streaming_content)


def rows(response):
    return list(csv.reader(io.StringIO(body(response).decode("utf-8-sig"))))


def numbers(client, **query):
    """The order numbers in the file, top down."""
    found = rows(ask(client, format="csv", column="number", **query))
    return [row[0] for row in found[1:]]


def checked(response):
    """The columns that the form proposes."""
    return response.context["form"]["column"].value()


# Who may


@pytest.mark.parametrize("query", [{}, {"format": "csv", "column": "number"}])
def test_without_permission_there_is_no_export(query):
    for permissions in ((EXPORT,), SEE_ORDERS):
        assert ask(staff(*permissions), **query).status_code == 403


def test_the_link_and_the_action_are_for_those_who_may():
    to_pack()
    shown = staff(*EXPORTER).get(orders_tab()).content.decode()
    assert URL in shown
    assert 'value="export_orders"' in shown
    hidden = staff(*SEE_ORDERS).get(orders_tab()).content.decode()
    assert URL not in hidden
    assert 'value="export_orders"' not in hidden


def test_personal_columns_are_neither_offered_nor_given_without_the_right_to_see_them():
    to_pack()
    client = staff(*SEE_ORDERS, EXPORT)
    shown = ask(client).content.decode()
    assert 'value="number"' in shown
    for key in ("buyer", "buyer_email", "postal_code"):
        assert f'value="{key}"' not in shown
        assert ask(client, format="csv", column=["number", key]).status_code == 403
        assert ask(client, column=key).status_code == 403
    assert "Öberg" not in str(rows(ask(client, format="csv", column=["number", "city", "items"])))


def test_a_selection_has_the_same_rights():
    order = to_pack()
    data = {"action": "export_orders", ACTION_CHECKBOX_NAME: order.pk, "format": "csv"}
    client = staff(*SEE_ORDERS, EXPORT)
    response = client.post(orders_tab(), {**data, "column": "buyer_email"})
    assert response.status_code == 403
    response = staff(*SEE_ORDERS).post(orders_tab(), {**data, "column": "number"})
    assert not response.streaming


def test_who_saw_the_names_is_logged_by_chunks_and_the_names_are_not(caplog, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 2)
    pks = [to_pack().pk for _ in range(3)]
    client = staff(*EXPORTER)
    with caplog.at_level(logging.INFO, "sync_portal.audit"):
        found = rows(ask(client, format="csv", column=["number", "buyer"], q="", sort="number"))
    assert len(found) == 4
    assert caplog.messages[0].startswith("Orders exported as csv (number buyer) by user ")
    told = [message for message in caplog.messages if "shown to user" in message]
    assert [m.split("channelorder ")[1].split(" shown")[0] for m in told] == [
        f"{pks[0]} {pks[1]}",
        str(pks[2]),
    ]
    assert "Öberg" not in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO, "sync_portal.audit"):
        rows(ask(client, format="csv", column="number"))
    assert [m for m in caplog.messages if "shown to user" in m] == []


# The form


def test_the_form_proposes_the_columns_of_the_tab():
    assert checked(ask(staff(*EXPORTER))) == list(USUAL)
    without = [key for key in USUAL if key != "buyer"]
    assert checked(ask(staff(*SEE_ORDERS, EXPORT))) == without


def test_the_form_proposes_the_columns_that_the_list_shows():
    client = staff(*EXPORTER)
    client.post(f"{orders_tab()}columns/", {"col": ["total", "ship_to", "number"]})
    assert checked(ask(client)) == ["number", "total", "currency", "city", "country"]


def test_every_column_of_the_tab_can_be_exported():
    client = staff(*EXPORTER)
    order = factories.placed_order()
    for column in TAB_COLUMNS:
        client.post(f"{orders_tab()}columns/", {"col": [column.key]})
        proposed = checked(ask(client))
        assert set(proposed) - {"number"} or column.key == "number", column.key
    head, row = rows(ask(client, format="csv", column="updated"))
    assert (head, row) == (
        ["Last update (UTC)"],
        [order.last_updated.isoformat(timespec="seconds")],
    )


def test_the_form_carries_the_filters_along():
    shown = ask(staff(*EXPORTER), status=["unshipped", "shipped"], q='"x"').content.decode()
    assert '<input type="hidden" name="status" value="unshipped">' in shown
    assert '<input type="hidden" name="status" value="shipped">' in shown
    assert '<input type="hidden" name="q" value="&quot;x&quot;">' in shown
    back = f'href="{orders_tab()}?status=unshipped&amp;status=shipped&amp;q=%22x%22"'
    assert back in shown


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"format": "csv"}, "Choose at least one column."),
        ({"format": "pdf", "column": "number"}, "Select a valid choice."),
        ({"format": "csv", "column": "colour"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_told(query, told):
    response = ask(staff(*EXPORTER), **query)
    assert not response.streaming
    assert told in response.content.decode()


# The file


def test_csv():
    order = to_pack()
    response = ask(staff(*EXPORTER), format="csv", column=["total", "number"])
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="orders-20')
    assert response["Content-Disposition"].endswith('.csv"')
    assert "no-store" in response["Cache-Control"]
    assert rows(response) == [["Order number", "Grand total"], [order.amazon_order_id, "100.00"]]


def test_excel():
    order = to_pack()
    response = ask(staff(*EXPORTER), format="xlsx", column=list(COLUMNS))
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    sheet = openpyxl.load_workbook(io.BytesIO(body(response)))["Orders"]
    head, row = sheet.iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True))["Order number"] == order.amazon_order_id
    assert "Åsa Öberg" in row


def test_exporting_writes_nothing():
    to_pack()
    client = staff(*EXPORTER)
    before = everything()
    body(ask(client, format="xlsx", column=list(COLUMNS)))
    assert everything() == before


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": ["unshipped", "canceled"]},
        {"status": "pending"},
        {"fulfilled_by": "amazon"},
        {"from": "2026-03-03"},
        {"q": "KETTLE"},
        {"q": "702-0000000-0000000"},
        {"o": "5"},
        {"o": "-5"},
        {"status": "canceled", "o": "-2"},
    ],
)
def test_the_file_holds_what_the_list_shows(query):
    store = factories.amazon_store()
    day = factories.NOW
    for more in (
        {"grand_total": 30, "items": [factories.item("KETTLE")]},
        {"grand_total": 10, "status": S.CANCELED},
        {"grand_total": 20, "status": S.PENDING},
        {"grand_total": 40, "status": S.SHIPPED, "fulfilled_by": "amazon", "purchase_date": day},
    ):
        factories.channel_order(store=store, **more)
    client = staff(*EXPORTER)
    assert numbers(client, **query) == listed(client, **query)


def test_the_file_holds_all_pages(monkeypatch):

    monkeypatch.setattr(tab, "PER_PAGE", 2)
    for _ in range(5):
        to_pack()
    client = staff(*EXPORTER)
    assert len(listed(client)) == 2
    assert len(numbers(client)) == 5
    assert len(numbers(client, p="2")) == 5


def test_a_filter_that_nobody_offers_leads_to_the_list():
    response = ask(staff(*EXPORTER), format="csv", column="number", store="x", id__exact="y")
    assert response.status_code in (302, 400)


# A selection


def test_a_selection_is_asked_about_and_then_exported():
    first, second, _other = to_pack(), to_pack(), to_pack()
    client = staff(*EXPORTER)
    data = {"action": "export_orders", ACTION_CHECKBOX_NAME: [first.pk, second.pk]}
    shown = client.post(orders_tab(), data)
    assert not shown.streaming
    assert f'name="{ACTION_CHECKBOX_NAME}" value="{first.pk}"' in shown.content.decode()

    response = client.post(orders_tab(), {**data, "format": "csv", "column": "number"})
    found = {row[0] for row in rows(response)[1:]}
    assert found == {first.amazon_order_id, second.amazon_order_id}


def test_all_that_the_list_shows_can_be_selected():
    order = to_pack()
    factories.channel_order(status=S.CANCELED)
    data = {"action": "export_orders", ACTION_CHECKBOX_NAME: order.pk, "select_across": "1"}
    data |= {"format": "csv", "column": "number"}
    response = staff(*EXPORTER).post(f"{orders_tab()}?status=unshipped", data)
    assert [row[0] for row in rows(response)[1:]] == [order.amazon_order_id]
