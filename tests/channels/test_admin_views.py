"""The views of the Orders tab, its columns, its search box, its pages, and who may what."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels.admin import orders_tab as tab
from channels.admin.columns import COLUMNS, DEFAULT
from channels.admin.views import MOST, VIEWS
from channels.models import ChannelOrder, SavedView
from channels.services import order_search
from customers.sealed import seal
from tests import factories
from tests.channels.correcting import correct
from tests.staff import (
    PERSONAL_DATA,
    SEE_ORDERS,
    listed,
    orders_tab,
    staff,
    statements,
    superuser,
)

pytestmark = pytest.mark.django_db

ORDERS = orders_tab()
FIND = reverse("admin:channels_channelorder_find")
SAVE = reverse("admin:channels_channelorder_save_view")
CHOOSE = reverse("admin:channels_channelorder_columns")
SHARE = "channels.share_view"
S = ChannelOrder.Status


def delete(view):
    return reverse("admin:channels_channelorder_delete_view", args=[view.pk])


def headings(client, query=""):
    return [head.column.key for head in client.get(f"{ORDERS}?{query}").context["cl"].headings()]


# The views that are there


@pytest.fixture
def noon(monkeypatch):
    """No test runs over midnight."""
    moment = factories.NOW.replace(hour=12, minute=0)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


@pytest.fixture
def orders(noon):
    now = noon
    store = factories.amazon_store(name="Amazon SE")
    make = factories.placed_order
    return {
        "late": make(store=store, ship_by=now - timedelta(hours=1)),
        "today": make(store=store, ship_by=now + timedelta(hours=3)),
        "later": make(store=store, ship_by=now + timedelta(days=9)),
        "asked": make(store=store, cancel_requested=True, ship_by=now + timedelta(days=9)),
        "held": factories.channel_order(store=store, placement="held", hold_reason="total"),
        "pending": factories.channel_order(store=store, status=S.PENDING),
        "fba": make(
            store=store, fulfilled_by="amazon", status=S.SHIPPED, amazon_status="SHIPPED",
            proven_at=now,
        ),
        "canceled": factories.channel_order(store=store, status=S.CANCELED),
    }  # fmt: skip


EXPECTED = {
    "All": {"late", "today", "later", "asked", "held", "fba", "canceled"},
    "To ship": {"late", "today", "later", "asked"},
    "Late": {"late"},
    "Due today": {"today"},
    "Cancel requested": {"asked"},
    "Needs attention": {"late", "asked", "held"},
    "Pending at Amazon": {"pending"},
    "Shipped": {"fba"},
    "FBA": {"fba"},
}


def test_every_view_shows_its_orders_and_counts_them(orders):
    names = {order.amazon_order_id: name for name, order in orders.items()}
    client = superuser()
    for view in VIEWS:
        page = client.get(f"{ORDERS}?{view.query}").context["cl"]
        shown = {names[order.amazon_order_id] for order in page.result_list}
        links = {str(link["view"].label): link for link in page.view_links()}
        assert shown == EXPECTED[str(view.label)], view.label
        assert links[str(view.label)]["count"] == str(len(shown))
        assert [name for name, link in links.items() if link["here"]] == [str(view.label)]


def test_a_confirmation_that_amazon_refuses_needs_attention(orders):
    order = orders["later"]
    package = factories.package(order=order.commerce_order)
    factories.outbox_message(package=package, state="refused", last_error="No.")
    assert order.amazon_order_id in listed(superuser(), attention="yes")


def test_tomorrow_is_a_day_of_the_store(noon):
    now = noon
    tokyo, stockholm = (factories.amazon_store(country=country) for country in ("JP", "SE"))
    orders = [
        factories.placed_order(store=store, ship_by=now + timedelta(minutes=30 * n))
        for store in (tokyo, stockholm)
        for n in range(1, 96)
    ]
    client = superuser()
    for due, days in (("today", 0), ("tomorrow", 1)):
        expected = {
            order.amazon_order_id
            for order in orders
            if _days(order.ship_by, now, order.store.zone) == days
        }
        assert set(listed(client, due=due)) == expected, due


def _days(moment, now, zone):
    return (moment.astimezone(zone).date() - now.astimezone(zone).date()).days


# Totals


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"total_from": "12.50"}, {"12.50", "1234.00"}),
        ({"total_from": "12,50"}, {"12.50", "1234.00"}),
        ({"total_from": "12.51"}, {"1234.00"}),
        ({"total_to": "12.49"}, {"12.49"}),
        ({"total_from": "1,234"}, {"1234.00"}),
        ({"total_from": "1 234,00"}, {"1234.00"}),
        ({"total_from": "1.234,00"}, {"1234.00"}),
        ({"total_from": "1,234.00"}, {"1234.00"}),
        ({"total_from": "12.49", "total_to": "12.50"}, {"12.49", "12.50"}),
        ({"total_from": "12.51", "total_to": " "}, {"1234.00"}),
    ],
)
def test_a_range_of_totals_has_decimals(query, expected):
    totals = {
        factories.channel_order(grand_total=total).amazon_order_id: total
        for total in ("12.49", "12.50", "1234.00")
    }
    assert {totals[number] for number in listed(superuser(), **query)} == expected


# Pages


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(tab, "PER_PAGE", 3)


def test_every_page_is_reached_by_its_links_and_back(small_pages):
    numbers = [factories.channel_order().amazon_order_id for _ in range(8)][::-1]
    client = superuser()
    query, seen = "", []
    while True:
        page = client.get(f"{ORDERS}{query}").context["cl"]
        seen.append([order.amazon_order_id for order in page.result_list])
        links = page.page_links()
        if not links["next"]:
            break
        query = links["next"]
    assert seen == [numbers[:3], numbers[3:6], numbers[6:]]
    back = client.get(f"{ORDERS}{links['previous']}").context["cl"]
    assert [order.amazon_order_id for order in back.result_list] == seen[1]
    last = client.get(f"{ORDERS}?before=end").context["cl"]
    assert [order.amazon_order_id for order in last.result_list] == numbers[5:]
    assert not last.page_links()["next"]


def test_the_links_keep_filters_sorting_and_search(small_pages):
    for _ in range(5):
        factories.channel_order()
    page = superuser().get(f"{ORDERS}?status=unshipped&sort=total").context["cl"]
    assert "status=unshipped&sort=total&after=" in page.page_links()["next"]


@pytest.mark.parametrize("few", [0, 2, 1000])
def test_pages_of_what_needs_attention_show_each_order_once(small_pages, monkeypatch, few):
    """Whether its causes are read each by itself, or go by the keys of their orders."""
    monkeypatch.setattr(order_search, "FEW", few)
    hour = timedelta(hours=1)
    made = [factories.channel_order(placement="held", hold_reason="total") for _ in range(3)]
    made += [
        factories.placed_order(ship_by=timezone.now() - hour, cancel_requested=n < 3)
        for n in range(4)
    ]
    factories.placed_order(ship_by=timezone.now() + 99 * hour)
    expected = sorted(made, key=lambda o: (o.purchase_date, o.pk), reverse=True)
    client, query, seen = superuser(), "?attention=yes", []
    while query:
        page = client.get(f"{ORDERS}{query}").context["cl"]
        seen += [order.pk for order in page.result_list]
        query = page.page_links()["next"]
    assert seen == [order.pk for order in expected]
    assert page.result_count == page.queryset.count() == len(made)


def test_a_search_that_finds_many_pages_through_all_there_are(small_pages, monkeypatch):
    """Those that the tab does not show, too: Pending ones, and a held one that Amazon verifies."""
    monkeypatch.setattr(order_search, "FEW", 2)
    monkeypatch.setattr(tab, "COUNTED", 2)
    made = [factories.channel_order(status="pending") for _ in range(3)]
    made += [factories.channel_order() for _ in range(4)]
    held = {"placement": "held", "hold_reason": "total"}
    made.insert(2, factories.channel_order(status="pending", **held))
    for n, order in enumerate(made):
        date = factories.PURCHASED + timedelta(hours=n)
        ChannelOrder.objects.filter(pk=order.pk).update(purchase_date=date)
    client, seen = superuser(), list[str]()
    query = f"?{client.post(FIND, {'q': 'mug'}).url.partition('?')[2]}"
    while query:
        page = client.get(f"{ORDERS}{query}").context["cl"]
        seen += [order.pk for order in page.result_list]
        query = page.page_links()["next"]
    assert seen == [order.pk for order in reversed(made)]


def test_what_is_more_than_a_thousand_is_not_counted(monkeypatch):
    monkeypatch.setattr(tab, "COUNTED", 3)
    for _ in range(5):
        factories.channel_order()
    page = superuser().get(ORDERS).context["cl"]
    assert (page.count, page.view_counts[0]) == ("3+", "3+")


def test_the_orders_of_a_view_are_counted_once(monkeypatch):
    monkeypatch.setattr(order_search, "FEW", 0)  # they would be counted by their keys
    factories.placed_order(ship_by=timezone.now() - timedelta(hours=1))
    factories.channel_order(cancel_requested=True, ship_by=timezone.now() + timedelta(minutes=1))
    client = superuser()
    for query in (view.query for view in VIEWS):
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{ORDERS}?{query}")
        (counting,) = [s["sql"] for s in captured if s["sql"].startswith("SELECT (SELECT COUNT")]
        assert counting.count("(SELECT COUNT(*)") == len(VIEWS), query


# The search box


def test_a_number_stands_in_the_address_a_name_does_not():
    client = superuser()
    number = client.post(FIND, {"q": " 302-1 302-2 ", "within": "status=error&after=x"})
    assert number.url == f"{ORDERS}?status=error&q=302-1+302-2"
    for text in ("Öberg", "a1@example.com", "302-1 Öberg"):
        answer = client.post(FIND, {"q": text, "within": "status=error"})
        query = parse_qs(urlsplit(answer.url).query)
        assert set(query) == {"status", "find"}
        assert "berg" not in answer.url
        assert client.get(answer.url).context["cl"].query == text


def test_a_buyer_is_found_and_the_search_is_a_chip():
    order = factories.placed_order()
    factories.placed_order(buyer={"name": "Nils Ek"}, recipient=None)
    client = superuser()
    page = client.post(FIND, {"q": "öberg"}, follow=True).context["cl"]
    assert [found.pk for found in page.result_list] == [order.pk]
    (chip,) = page.chips()
    assert chip == {"label": "Search: öberg", "url": "?"}


def test_an_empty_search_is_the_list():
    assert superuser().post(FIND, {"q": "  ", "within": ""}).url == ORDERS


def test_a_search_that_cannot_be_opened_finds_nothing_and_says_so():
    order = factories.placed_order()
    elsewhere = seal("öberg".encode(), "another purpose").hex()
    client = superuser()
    for token in ("nonsense", elsewhere):
        page = client.get(f"{ORDERS}?find={token}&status=unshipped")
        assert list(page.context["cl"].result_list) == []
        assert "This search cannot be opened any more" in page.content.decode()
        assert page.context["cl"].chips()[0] == {"label": "Search", "url": "?status=unshipped"}
    assert listed(client, find="", status="unshipped") == [order.amazon_order_id]


def test_a_search_that_is_passed_on_tells_nobody_the_name():
    factories.placed_order()
    mine = superuser()
    url = mine.post(FIND, {"q": "Öberg"}).url
    assert mine.get(url).context["cl"].query == "Öberg"
    for theirs in (staff(*SEE_ORDERS), superuser()):
        page = theirs.get(url)
        assert list(page.context["cl"].result_list) == []
        assert "Öberg" not in page.content.decode()
        assert "This search cannot be opened any more" in page.content.decode()


def test_a_search_in_vain_says_what_is_found_and_leads_to_all_orders():
    order = factories.placed_order()
    client = superuser()
    page = client.post(FIND, {"q": "öberg", "within": "due=late&sort=number"}, follow=True)
    assert "from 3 letters on" in page.content.decode()
    elsewhere = client.get(f"{ORDERS}{page.context['cl'].search_alone()}").context["cl"]
    assert [row.pk for row in elsewhere.result_list] == [order.pk]
    assert (elsewhere.query, elsewhere.sort, elsewhere.search_alone()) == ("öberg", "number", "")


@pytest.mark.parametrize("text", ["öberg", "Åsa Öbe", "asa@marketplace.amazon.se"])
def test_who_sees_no_names_cannot_find_out_by_searching(text):
    order = factories.placed_order()
    for permissions, found in (((*SEE_ORDERS, PERSONAL_DATA), True), (SEE_ORDERS, False)):
        page = staff(*permissions).post(FIND, {"q": text}, follow=True)
        hits = [row.pk for row in page.context["cl"].result_list]
        assert hits == ([order.pk] if found else [])
        said = "Names and e-mail addresses are not searched" in page.content.decode()
        assert said is not found


def test_who_sees_no_names_still_finds_numbers_and_skus():
    order = factories.placed_order(items=[factories.item("TEAPOT")])
    client = staff(*SEE_ORDERS)
    assert listed(client, q=order.amazon_order_id) == [order.amazon_order_id]
    assert "are not searched" not in client.get(f"{ORDERS}?q=302-1").content.decode()
    page = client.post(FIND, {"q": "teapot"}, follow=True).context["cl"]
    assert [row.pk for row in page.result_list] == [order.pk]


# Saved views


def test_a_view_is_saved_with_filters_sorting_and_columns_but_without_the_search():
    client = superuser()
    within = "status=unshipped&status=error&sort=-total&q=302-1&find=x&after=y&view=3"
    answer = client.post(SAVE, {"name": "Mine", "within": within, "col": ["number", "total"]})
    view = SavedView.objects.get()
    assert view.query == "status=unshipped&status=error&sort=-total"
    assert (view.name, view.shared, view.columns) == ("Mine", False, ["number", "total"])
    assert answer.url == f"{ORDERS}?{view.query}&view={view.pk}"
    factories.channel_order()
    assert headings(client, f"view={view.pk}") == ["number", "total"]
    (link,) = [link for link in client.get(answer.url).context["cl"].view_links() if link["here"]]
    assert (link["view"].label, link["count"]) == ("Mine", "1")


def test_the_same_name_again_replaces_the_view():
    client = superuser()
    for query in ("status=error", "due=late"):
        client.post(SAVE, {"name": "Mine", "within": query})
    assert SavedView.objects.get().query == "due=late"


def test_a_view_of_another_is_seen_only_when_it_is_shared():
    owner = User.objects.create_user("anna")
    SavedView.objects.create(owner=owner, name="Hers")
    shared = SavedView.objects.create(owner=owner, name="Ours", shared=True, query="due=late")
    labels = [view.label for view in staff(*SEE_ORDERS).get(ORDERS).context["cl"].views]
    assert "Ours" in labels
    assert "Hers" not in labels
    client = staff(*SEE_ORDERS)
    assert client.post(delete(shared)).status_code == 403
    assert staff(*SEE_ORDERS, SHARE).post(delete(shared)).status_code == 302
    assert [view.name for view in SavedView.objects.all()] == ["Hers"]


def test_a_shared_view_outlives_its_author_and_a_personal_one_does_not():
    author = User.objects.create_user("anna")
    SavedView.objects.create(owner=author, name="Hers")
    SavedView.objects.create(owner=author, columns=["number"])
    shared = SavedView.objects.create(owner=author, name="Ours", shared=True, query="due=late")
    User.objects.create_user("nils").delete()
    assert SavedView.objects.count() == 3
    admin = superuser()
    page = reverse("admin:auth_user_delete", args=[author.pk])
    assert admin.post(page, {"post": "yes"}).status_code == 302
    assert [(view.name, view.owner) for view in SavedView.objects.all()] == [("Ours", None)]
    page = staff(*SEE_ORDERS).get(ORDERS).context["cl"]
    assert "Ours" in [view.label for view in page.views]
    assert page.deletable() == []
    assert staff(*SEE_ORDERS).post(delete(shared)).status_code == 403
    assert staff(*SEE_ORDERS, SHARE).post(delete(shared)).status_code == 302
    assert SavedView.objects.count() == 0


def test_filters_that_are_too_long_are_refused_and_not_cut():
    client = superuser()
    within = f"nothing={'x' * 480}&total_to=100000"
    page = client.post(SAVE, {"name": "Long", "within": within}, follow=True)
    told = f"A view keeps at most 500 letters of filters: these are {len(within)}."
    assert told in page.content.decode()
    assert SavedView.objects.count() == 0
    client.post(SAVE, {"name": "Long", "within": within.replace("x" * 100, "", 1)})
    assert SavedView.objects.get().query.endswith("&total_to=100000")


def test_sharing_is_a_permission():
    data = {"name": "Ours", "within": "", "shared": "on"}
    assert staff(*SEE_ORDERS).post(SAVE, data).status_code == 403
    assert SavedView.objects.count() == 0
    staff(*SEE_ORDERS, SHARE).post(SAVE, data)
    assert SavedView.objects.get().shared is True


@pytest.mark.parametrize("name", ["", " ", "x" * 41])
def test_a_view_needs_a_name(name):
    response = superuser().post(SAVE, {"name": name, "within": "due=late"}, follow=True)
    assert "A view needs a name of at most 40 letters." in response.content.decode()
    assert SavedView.objects.count() == 0


def test_nobody_has_more_views_than_fit():
    client = superuser()
    for number in range(MOST + 1):
        client.post(SAVE, {"name": f"View {number}", "within": ""})
    assert SavedView.objects.count() == MOST


# Columns


def test_a_person_chooses_columns_and_they_stay():
    client, other = superuser(), superuser()
    factories.placed_order()
    client.post(CHOOSE, {"col": ["items", "tracking", "nonsense"], "within": "due=late"})
    assert headings(client) == ["number", "items", "tracking"]
    assert headings(other) == list(DEFAULT)
    client.post(CHOOSE, {"col": ["items"], "default": "1"})
    assert headings(client) == list(DEFAULT)


def test_every_column_has_something_to_show():
    item = [factories.item(f"S{n}") for n in range(5)]
    order = factories.placed_order(items=item, ship_by=timezone.now() + timedelta(days=9))
    factories.package(order=order.commerce_order, tracking_number="UA1")
    client = superuser()
    client.post(CHOOSE, {"col": [column.key for column in COLUMNS]})
    text = client.get(ORDERS).content.decode().split("<tbody>")[1].split("</tbody>")[0]
    for shown in ("S0, S1, S2 +2", "UA1", order.amazon_order_id, ">8 d<", "Unshipped"):
        assert shown in text, shown


def test_where_it_goes_is_the_corrected_address_as_everywhere():
    address = {"name": "Åsa", "city": "Malmö", "country_code": "SE"}
    orders = [factories.placed_order(recipient=address) for _ in range(2)]
    correct(orders[0], city="Lund")
    client = superuser()
    client.post(CHOOSE, {"col": ["number", "ship_to"]})
    lines = client.get(ORDERS).context["cl"].lines()
    assert {line.order.pk: "Lund SE" in line.cells for line in lines} == {
        orders[0].pk: True, orders[1].pk: False,
    }  # fmt: skip


def test_a_correction_is_read_for_its_column_only():
    factories.placed_order()
    client = superuser()
    for columns, is_read in [(["ship_to"], True), (["number"], False)]:
        client.post(CHOOSE, {"col": columns})
        with CaptureQueriesContext(connection) as captured:
            client.get(ORDERS)
        asked = [q["sql"] for q in captured if '"corrected_address"' in q["sql"]]
        assert bool(asked) is is_read


def test_more_columns_cost_two_statements_for_any_number_of_rows():
    client = superuser()
    store = factories.amazon_store()
    factories.placed_order(store=store)
    plain = statements(client, ORDERS)
    client.post(CHOOSE, {"col": [column.key for column in COLUMNS]})
    one = statements(client, ORDERS)
    for _ in range(20):
        factories.placed_order(store=store)
    assert statements(client, ORDERS) == one <= plain + 2


# Who may


@pytest.mark.parametrize("path", [SAVE, CHOOSE])
def test_those_who_see_no_orders_save_nothing(path):
    assert staff().post(path, {"name": "x"}).status_code == 403
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("path", [SAVE, CHOOSE, FIND])
def test_nothing_is_changed_by_a_link(path):
    assert superuser().get(path).status_code == 405


def test_one_order_alone_is_not_all_that_match():
    factories.placed_order()
    client = superuser()
    assert "that match" not in client.get(ORDERS).content.decode()
    factories.placed_order()
    assert "all 2 that match" in client.get(ORDERS).content.decode()


def test_all_that_match_are_chosen_without_ticking_one():
    orders = [factories.placed_order() for _ in range(3)]
    canceled = factories.channel_order(status=S.CANCELED)
    data = {"action": "unhold_orders", "select_across": "1", "index": "0"}
    response = superuser().post(f"{ORDERS}?status=unshipped", data, follow=True)
    assert response.status_code == 200
    assert canceled.pk not in [order.pk for order in orders]
