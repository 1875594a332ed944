"""The inbox of held orders: causes, their fixes on the row, the banner, and placing by hand."""

import pytest
from django.urls import reverse

from channels.models import BulkJob, ChannelOrder, SkuMapping
from channels.services import bulk
from channels.services.releasing import release_held
from orders.models import CommerceOrder, Product
from tests import factories
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, shop
from tests.snapshot import everything
from tests.staff import listed, orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

HELD = reverse("admin:channels_channelorder_held")
SEE = "channels.view_channelorder"
EVERYTHING_HOLDS = {"unknown_sku": "hold", "product_disabled": "hold", "out_of_stock": "hold"}


def order(number, sku="GLO-1", **more):
    return Draft(number=number, lines=(Line(sku=sku),), **more)


def every_cause(store):
    """Two unknown SKUs, one disabled, one sold out, one that does not add up, one unpriced."""
    factories.product("OFF", enabled=False)
    factories.product("OUT", quantity=0)
    factories.product("HAT")
    bring(
        store,
        order(1), order(2), order(3, "CAP"), order(4, "OFF"), order(5, "OUT"),
        order(6, "HAT", grand_total="1.00"),
    )  # fmt: skip
    factories.channel_order(
        store=store,
        amazon_order_id="702-9999999-9999999",
        placement="held",
        hold_reason="details_missing",
        hold_detail="prices",
    )


def causes(response):
    return sorted(
        (row["group"].reason, row["group"].sku, row["group"].count, tuple(row["fixes"]))
        for row in response.context["groups"]
    )


def fix(client, store, name, sku="GLO-1", **more):
    return client.post(HELD, {"fix": name, "store": store.pk, "sku": sku, **more}, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


# What is there


def test_a_row_for_each_cause_with_its_fixes():
    store = shop(**EVERYTHING_HOLDS)
    every_cause(store)
    response = superuser().get(HELD)
    assert causes(response) == [
        ("details_missing", "", 1, ("fetch_details",)),
        ("out_of_stock", "OUT", 1, ("set_quantity", "unmanage")),
        ("product_disabled", "OFF", 1, ("enable",)),
        ("total", "", 1, ("fetch_total",)),
        ("unknown_sku", "CAP", 1, ("map", "add")),
        ("unknown_sku", "GLO-1", 2, ("map", "add")),
    ]
    client = superuser()
    for row in response.context["groups"]:
        page = client.get(row["orders_url"]).context["cl"]
        assert len(page.result_list) == row["group"].count, row["orders_url"]
    text = response.content.decode()
    assert order(6).amazon_order_id in text
    assert "1.00 - 100.00 = -99.00" in text


def test_stores_have_rows_of_their_own_and_one_can_be_looked_at_alone():
    one, two = shop(**EVERYTHING_HOLDS), shop("DE", **EVERYTHING_HOLDS)
    bring(one, order(1))
    bring(two, order(2, country="DE"), order(3, country="DE"))
    client = superuser()
    assert len(client.get(HELD).context["groups"]) == 2
    alone = client.get(HELD, {"store": two.pk})
    assert causes(alone) == [("unknown_sku", "GLO-1", 2, ("map", "add"))]
    assert client.get(HELD, {"store": "x"}).context["total"] == 3


def test_the_most_urgent_cause_is_on_top():
    store = shop(**EVERYTHING_HOLDS)
    bring(store, order(9, "LATER"), order(1, "SOON"))
    skus = [row["group"].sku for row in superuser().get(HELD).context["groups"]]
    assert skus == ["SOON", "LATER"]


def test_nothing_held_says_so():
    assert "Nothing is held" in superuser().get(HELD).content.decode()


def test_the_inbox_costs_the_same_for_any_number_of_orders():
    store = shop(**EVERYTHING_HOLDS)
    bring(store, order(1))
    client = superuser()
    few = statements(client, HELD)
    bring(store, *(order(n, f"SKU-{n % 7}") for n in range(2, 60)))
    assert statements(client, HELD) == few


def test_the_number_of_orders_leads_to_them():
    store = shop(**EVERYTHING_HOLDS)
    every_cause(store)
    client = superuser()
    assert listed(client, store=store.pk, status="error", cause="product_disabled") == [
        order(4).amazon_order_id
    ]
    assert listed(client, cause="nonsense") == []


# Fixes


@pytest.mark.parametrize(
    ("name", "sku", "more", "count"),
    [
        ("map", "GLO-1", {"product": "HAT"}, 2),
        ("add", "GLO-1", {}, 2),
        ("enable", "OFF", {}, 1),
        ("set_quantity", "OUT", {"quantity": "5"}, 1),
        ("unmanage", "OUT", {}, 1),
    ],
)
def test_a_fix_releases_its_orders_by_themselves(name, sku, more, count):
    store = shop(**EVERYTHING_HOLDS)
    every_cause(store)
    client = superuser()
    response = fix(client, store, name, sku, **more)
    assert response.status_code == 200
    (told,) = said(response)
    assert sku in told
    rows = {row["group"].sku: row["fixes"] for row in response.context["groups"]}
    assert rows[sku] == []  # once is enough
    assert "Changed just now: its orders follow." in response.content.decode()
    assert release_held() == count
    assert CommerceOrder.objects.count() == count
    assert sku not in [group_sku for _, group_sku, _, _ in causes(client.get(HELD))]


@pytest.mark.parametrize(
    ("name", "sku", "more", "told"),
    [
        ("map", "GLO-1", {"product": "NOPE"}, "There is no product with SKU 'NOPE'."),
        ("map", "GLO-1", {}, "There is no product with SKU ''."),
        ("enable", "NOPE", {}, "There is no product with SKU 'NOPE'."),
        ("set_quantity", "OUT", {"quantity": "-1"}, "The quantity is not a whole number."),
        ("set_quantity", "OUT", {"quantity": "\u0661"}, "The quantity is not a whole number."),
        ("add", "", {}, "The SKU is missing."),
    ],
)
def test_a_fix_that_cannot_be_says_why_and_changes_nothing(name, sku, more, told):
    store = shop(**EVERYTHING_HOLDS)
    every_cause(store)
    client = superuser()
    before = everything()
    assert said(fix(client, store, name, sku, **more)) == [told]
    assert everything() == before


@pytest.mark.parametrize(
    ("name", "sku", "more", "permission"),
    [
        ("map", "GLO-1", {"product": "HAT"}, "channels.add_skumapping"),
        ("add", "GLO-1", {}, "orders.add_product"),
        ("enable", "OFF", {}, "orders.change_product"),
        ("set_quantity", "OUT", {"quantity": "5"}, "orders.change_product"),
        ("unmanage", "OUT", {}, "orders.change_product"),
        ("fetch_total", "", {}, "channels.change_ordersettings"),
        ("fetch_total", "", {}, "orders.ship_commerceorder"),
    ],
)
def test_a_fix_needs_its_permission(name, sku, more, permission):
    store = shop(**EVERYTHING_HOLDS)
    every_cause(store)
    looker = staff(SEE)
    assert all(row["fixes"] == [] for row in looker.get(HELD).context["groups"])
    before = everything()
    assert fix(looker, store, name, sku, **more).status_code == 403
    assert everything() == before
    offered = [
        f for row in staff(SEE, permission).get(HELD).context["groups"] for f in row["fixes"]
    ]
    assert name in offered


def test_orders_without_prices_are_fetched_again_by_a_job():
    store = shop(**EVERYTHING_HOLDS)
    every_cause(store)
    response = fix(superuser(), store, "fetch_details", "")
    job = BulkJob.objects.get()
    page = reverse("admin:channels_bulkjob_change", args=[job.pk])
    text = "1 order is fetched again from Amazon."
    assert said(response) == [f'{text} <a href="{page}">Watch the job</a>']
    assert (job.kind, job.rows.get().order.hold_reason) == ("fetch", "details_missing")


def test_a_double_click_fetches_once_and_another_row_is_another_job():
    stores = [shop(), shop("DE")]
    for number, store in enumerate(stores):
        factories.channel_order(
            store=store,
            amazon_order_id=f"702-999999{number}-9999999",
            placement="held",
            hold_reason="details_missing",
            hold_detail="prices",
        )
    client = superuser()
    page = client.get(HELD)
    token = page.context["token"]
    assert f'name="token" value="{token}"' in page.content.decode()
    told = {
        said(fix(client, store, "fetch_details", "", token=token))[0]
        for store in (stores[0], *stores)
    }
    assert BulkJob.objects.count() == len(told) == 2

    bulk.stop(BulkJob.objects.first().pk, "Enough.")
    (again,) = said(fix(client, stores[1], "fetch_details", "", token=token))
    assert again.startswith("This was done already.")
    assert BulkJob.objects.count() == 2
    fix(client, stores[1], "fetch_details", "", token=client.get(HELD).context["token"])
    assert BulkJob.objects.count() == 3


def test_what_is_gone_meanwhile_is_not_fetched_again():
    store = shop(**EVERYTHING_HOLDS)
    response = fix(superuser(), store, "fetch_details", "")
    assert said(response) == ["No order was chosen."]


def test_what_is_no_fix_or_no_store_is_not_found():
    store = shop()
    client = superuser()
    assert client.post(HELD, {"fix": "explode", "store": store.pk}).status_code == 404
    assert client.post(HELD, {"fix": "add", "store": "99999", "sku": "X"}).status_code == 404
    assert not Product.objects.exists()
    assert not SkuMapping.objects.exists()


# The banner


def test_every_page_says_what_cannot_be_imported():
    store = shop(**EVERYTHING_HOLDS, name="Amazon SE")
    bring(store, order(1), order(2))
    client = superuser()
    settings = reverse("admin:channels_saleschannelsettings_changelist")
    products = reverse("admin:orders_product_changelist")
    for path in (orders_tab(), products, reverse("admin:index"), settings, HELD):
        text = client.get(path).content.decode()
        assert "Amazon store Amazon SE has 2 orders that cannot be imported" in text
        assert f"{HELD}?store={store.pk}" in text


def test_no_banner_without_held_orders_or_without_the_right_to_see_them():
    store = shop(**EVERYTHING_HOLDS)
    client, other = superuser(), staff("orders.view_product")
    products = reverse("admin:orders_product_changelist")
    assert "cannot be imported" not in client.get(products).content.decode()
    bring(store, order(1))
    assert "cannot be imported" not in other.get(products).content.decode()
    assert other.get(HELD).status_code == 403


# By hand


def by_hand(pk):
    return reverse("admin:channels_channelorder_place_by_hand", args=[pk])


def test_an_order_is_placed_by_hand_with_a_reason():
    bring(shop(**EVERYTHING_HOLDS), order(1))
    held = ChannelOrder.objects.get()
    page = reverse("admin:channels_channelorder_change", args=[held.pk])
    client = superuser()
    assert by_hand(held.pk) in client.get(page).content.decode()
    response = client.post(by_hand(held.pk), {"reason": "Agreed by phone"}, follow=True)
    assert said(response) == ["Commerce order 000000001 created by hand."]
    assert by_hand(held.pk) not in response.content.decode()
    history = client.get(f"{page}?tab=history").content.decode()
    assert "Created by hand although it was held (Unknown SKU, GLO-1): Agreed by phone" in history


def test_by_hand_is_refused_without_a_reason_a_permission_or_a_post():
    bring(shop(**EVERYTHING_HOLDS), order(1))
    pk = ChannelOrder.objects.get().pk
    client, looker = superuser(), staff(SEE)
    before = everything()
    assert said(client.post(by_hand(pk), {"reason": " "}, follow=True)) == [
        "Give a reason: it is kept in the order's history."
    ]
    assert looker.post(by_hand(pk), {"reason": "x"}).status_code == 403
    assert client.get(by_hand(pk)).status_code == 404
    assert client.post(by_hand(pk + 1), {"reason": "x"}).status_code == 404
    assert everything() == before
