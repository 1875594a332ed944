"""The dashboard of a store: what is wrong first, then figures, orders, and the sync."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from channels.admin.store_dashboard import OPERATIONS
from channels.amazon.usage_plan import USAGE_PLANS
from channels.models import AmazonStore, CommunicationError, SyncCursor
from channels.services import alive, quota, shared_store
from channels.services.sales import count_sales, sales_changed
from tests import factories
from tests.staff import SEE_ORDERS, orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

VIEW, CHANGE = "channels.view_amazonstore", "channels.change_amazonstore"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def store():
    store = factories.amazon_store(country="SE", name="Amazon SE")
    SyncCursor.objects.create(account=store.account, watermark=timezone.now() - 13 * HOUR / 60)
    return store


def page_of(store):
    return reverse("admin:channels_amazonstore_dashboard", args=[store.pk])


def shown(store, client=None):
    response = (client or superuser()).get(page_of(store))
    assert response.status_code == 200
    return response


def text_of(response):
    """What is read, in one line."""
    spaced = response.content.decode().replace("<", " <").replace("\xa0", " ")
    return " ".join(strip_tags(spaced).split())


def sell(store, ago, total="10.00", **values):
    at = timezone.now() - ago
    order = factories.channel_order(
        store=store, purchase_date=at, grand_total=Decimal(total), **values
    )
    sales_changed([(store.pk, at)])
    return order


# Revenue


def test_figures_with_their_trend(store):
    sell(store, 2 * DAY, "110.00")
    sell(store, 9 * DAY, "100.00")
    sell(store, 40 * DAY, "50.00")
    count_sales()
    text = text_of(shown(store))
    assert "110.00 SEK ▲ +10 % against 100.00 SEK in the 7 days before" in text
    assert "210.00 SEK ▲ +320 % against 50.00 SEK in the 30 days before" in text
    assert "260.00 SEK 3 orders since" in text
    assert "Pending, Canceled and Unfulfillable orders do not count." in text
    assert "Europe/Stockholm" in text


def test_the_chart_has_a_bar_and_a_row_for_every_day(store):
    sell(store, HOUR, "1234.50")
    sell(store, 29 * DAY, "1.00")
    count_sales()
    response = shown(store)
    html = response.content.decode()
    assert html.count("<rect") == 30
    assert html.count("</title></rect>") == 30
    assert "Bars, one a day: 1,235.50 SEK in 2 orders over 30 days." in html
    assert html.count('<tr><th scope="row">') == 31  # 30 days and their sum
    assert "style=" not in html.replace('rel="stylesheet"', "")
    assert "<script" not in html.split("<main")[-1].split("</main")[0]


def test_coordinates_are_numbers_in_every_language(store):
    sell(store, HOUR, "1234.50")
    count_sales()
    client = superuser()
    client.cookies["django_language"] = "sv"
    html = client.get(page_of(store)).content.decode()
    svg = html.split("<svg viewBox", 1)[1].split("</svg>")[0]
    assert ' x="3.75" ' in svg
    assert "1 234,50" in html.replace("\xa0", " ")


def test_each_currency_has_its_own_figures_and_chart(store):
    sell(store, HOUR)
    sell(store, HOUR, "7.00", currency="EUR")
    count_sales()
    response = shown(store)
    assert [each["currency"] for each in response.context["revenues"]] == ["SEK", "EUR"]
    assert response.content.decode().count("<figure") == 2


def test_a_store_that_sold_nothing(store):
    text = text_of(shown(store))
    assert "Nothing sold yet." in text
    assert text.count("No orders yet.") == 2


# Orders


def test_the_newest_ten_orders_with_both_numbers_and_their_status(store):
    orders = [
        sell(store, n * HOUR, amazon_order_id=f"702-000000{n:02d}-1", ship_by=timezone.now())
        for n in range(1, 12)
    ]
    placed = factories.placed_order(store=store, purchase_date=timezone.now())
    sell(store, HOUR / 2, status="pending")
    sell(factories.amazon_store(), HOUR / 2)
    response = shown(store)
    assert list(response.context["recent"]) == [placed, *orders[:9]]
    html = response.content.decode()
    assert placed.commerce_order.number in html
    assert '<span class="badge todo">Unshipped</span>' in html
    assert "Öberg" not in html


def test_orders_by_status_lead_to_the_tab(store):
    sell(store, HOUR, status="shipped")
    sell(store, 40 * DAY, status="shipped")
    count_sales()
    (row,) = shown(store).context["statuses"]
    assert (row["lately"], row["ever"]) == (1, 2)
    assert row["url"] == f"{orders_tab()}?store={store.pk}&status=shipped&status=completed"


def test_every_count_is_that_of_its_list(store):
    client = superuser()
    for status in ("pending", "unshipped", "unshipped", "partially_shipped", "shipped", "canceled"):
        sell(store, HOUR, status=status)
    sell(store, HOUR, placement="held", hold_reason="total")
    sell(store, HOUR, status="shipped", placement="held", hold_reason="total")
    sell(store, HOUR, cancel_requested=True, ship_by=timezone.now() - HOUR)
    sell(store, HOUR, cancel_requested=True, status="pending")
    done = factories.placed_order(store=store, proven_at=timezone.now(), status="shipped")
    sales_changed([(store.pk, done.purchase_date)])
    count_sales()
    context = shown(store, client).context
    told = {row["code"]: (row["ever"], row["url"]) for row in context["statuses"]}
    told |= {text: (int(text.split()[0]), url) for text, url in context["attention"]}
    assert told["error"][0] == 2
    assert "1 asked to cancel" in told
    for name, (count, url) in told.items():
        assert len(client.get(url).context["cl"].result_list) == count, name


# Sync


def test_the_sync_says_how_far_it_is(store):
    now = timezone.now()
    SyncCursor.objects.update(last_success_at=now - 2 * HOUR / 60, due_at=now)
    alive.beat_heart(now)
    factories.backfill(store=store, seen=1240)
    CommunicationError.objects.create(
        account=store.account, operation="searchOrders", code="x", message="x", at=now - HOUR
    )
    CommunicationError.objects.create(
        account=store.account, operation="getOrder", code="x", message="x", at=now - 2 * DAY
    )
    text = text_of(shown(store))
    for told in (
        "Last sweep 2 minutes ago",
        "13 minutes ago",
        "Worker Running 0 s ago",
        "Scheduler (beat) Running 0 s ago",
        "Errors in 24 hours 1 1 open",
        "(40 %), 1,240 orders seen",
    ):
        assert told in text


def test_quota_left_is_looked_at_and_not_taken(store, broker):
    for _ in range(3):
        quota.take(store.account, "searchOrders")
    for _ in range(10):
        quota.take(store.account, "confirmShipment")
    quota.learn_rate(store.account, "confirmShipment", 0.001)
    client = superuser()
    for _ in range(2):
        quotas = {row["operation"]: row for row in shown(store, client).context["quotas"]}
    assert set(quotas) == set(USAGE_PLANS) == set(OPERATIONS)
    assert (quotas["searchOrders"]["left"], quotas["searchOrders"]["burst"]) == (17, 20)
    assert quotas["confirmShipment"]["left"] == 0
    assert 0 < quotas["confirmShipment"]["wait"] <= 1000
    assert quotas["getOrder"]["left"] == 30


def test_without_a_broker_the_quota_is_not_guessed(store):
    text = text_of(shown(store))
    assert "Quota left: not known, the broker does not answer." in text


def test_when_the_broker_has_gone_the_quota_is_not_guessed_either(store, broker):
    client = superuser()
    assert shown(store, client).context["quotas"]
    pool = shared_store.connection().connection_pool
    pool.reset()
    pool.connection_kwargs["path"] = "/nowhere.sock"
    assert shown(store, client).context["quotas"] == []


# What is wrong comes first


def test_problems_come_first_with_what_to_do(store):
    store.account.problem = "revoked"
    store.account.save()
    factories.channel_order(store=store, placement="held", hold_reason="total")
    text = text_of(shown(store))
    told = [
        "Amazon refuses this seller account: revoked Authorize the application again",
        "The scheduler (beat) is not running",
        "Orders that need attention: 1 cannot be imported",
        "Revenue",
    ]
    places = [text.index(words) for words in told]
    assert places == sorted(places)


def test_an_inactive_store_offers_to_be_activated(store):
    AmazonStore.objects.update(active=False, inactive_since=timezone.now() - 3 * DAY)
    html = shown(store).content.decode()
    assert reverse("admin:channels_amazonstore_activate", args=[store.pk]) in html
    assert "3\xa0days ago" in html
    assert "/activate/" not in shown(store, staff(VIEW)).content.decode()


# Who sees what


def test_a_person_sees_links_to_what_they_may_see(store):
    sell(store, HOUR)
    labels = [str(label) for label, _url in shown(store, staff(VIEW)).context["links"]]
    assert labels == ["Store integration settings"]
    assert shown(store, staff(VIEW)).context["recent"] is None
    labels = [str(label) for label, _url in shown(store).context["links"]]
    assert labels == [
        "Order settings", "All orders", "SKU mappings", "Logs", "Store integration settings",
    ]  # fmt: skip


def test_every_link_leads_somewhere(store):
    client = superuser()
    for _label, url in shown(store, client).context["links"]:
        assert client.get(url).status_code == 200
    assert 'href="https://sellercentral.amazon.se"' in shown(store).content.decode()


def test_the_dashboard_needs_the_permission(store):
    assert staff(*SEE_ORDERS).get(page_of(store)).status_code == 403
    assert superuser().post(page_of(store)).status_code == 405
    assert superuser().get(page_of(store).replace(str(store.pk), "0")).status_code == 404


def test_names_of_stores_lead_here(store):
    order = factories.placed_order(store=store)
    factories.channel_order(store=store, placement="held", hold_reason="total")
    factories.backfill(store=store)
    link = f'<a href="{page_of(store)}">Amazon SE</a>'
    for page in (
        orders_tab(),
        reverse("admin:channels_channelorder_change", args=[order.pk]),
        reverse("admin:channels_channelorder_held"),
        reverse("admin:channels_backfill_changelist"),
        reverse("admin:channels_amazonstore_order_settings", args=[store.pk]),
    ):
        assert link in superuser().get(page).content.decode(), page
    page = reverse("admin:channels_channelorder_change", args=[order.pk])
    assert page_of(store) not in staff(*SEE_ORDERS).get(page).content.decode()


def test_thirty_orders_cost_as_many_statements_as_one(store):
    client = superuser()

    def cost():
        count_sales()
        client.get(page_of(store))
        return statements(client, page_of(store))

    factories.placed_order(store=store, purchase_date=timezone.now() - HOUR)
    one = cost()
    for n in range(30):
        factories.placed_order(store=store, purchase_date=timezone.now() - n * DAY)
    assert cost() == one
