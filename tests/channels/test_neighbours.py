"""What the pages of an order link to, each to who may see it."""

import re

import pytest
from django.urls import reverse

from channels.models import ChannelOrder, Feed, FeedEntry
from channels.services import errors_log
from channels.services.neighbours import neighbours_of
from orders.models import OutboxMessage
from tests import factories
from tests.channels.test_next_step import pages_of
from tests.orders.shipping import draft, line_of, ship
from tests.staff import SEE_ORDERS, staff, statements, superuser

pytestmark = pytest.mark.django_db

NOW = factories.NOW


def url(name, *args):
    return reverse(f"admin:{name}", args=args)


def feed_about(order, **about):
    feed = Feed.objects.create(
        account=order.account, feed_type=Feed.Type.FULFILLMENT, feed_id=f"F{Feed.objects.count()}"
    )
    FeedEntry.objects.create(feed=feed, number=1, **about)
    return feed


def error_of(order):
    errors_log.log_error(
        order.account, operation="import", code="X", message="x", now=NOW,
        amazon_order_id=order.amazon_order_id,
    )  # fmt: skip


@pytest.fixture
def order():
    """Of a customer, shipped by feed, with an error, a replacement of another that is replaced."""
    store = factories.amazon_store(customer_creation="new")
    first = factories.placed_order(store=store)
    order = factories.placed_order(store=store, replaces_order_id=first.amazon_order_id)
    factories.placed_order(store=store, replaces_order_id=order.amazon_order_id)
    ship(order)
    feed_about(order, confirmation=OutboxMessage.objects.get())
    error_of(order)
    return order


def links(text):
    """Where the panel leads."""
    (panel,) = re.findall(r'<dl class="facts neighbours".*?</dl>', text, re.DOTALL)
    return set(re.findall(r'href="([^"]*)"', panel))


def expected(order):
    """Every link, by the permission it takes."""
    first, later = ChannelOrder.objects.exclude(pk=order.pk).order_by("pk")
    number = order.commerce_order.number
    return {
        "customers.view_customer": {
            url("customers_customer_change", order.commerce_order.customer_id)
        },
        "orders.view_outboxmessage": {f"{url('orders_outboxmessage_changelist')}?q={number}"},
        "channels.view_feed": {url("channels_feed_change", Feed.objects.get().pk)},
        "channels.view_communicationerror": {
            f"{url('channels_communicationerror_changelist')}?q={order.amazon_order_id}"
        },
        "channels.view_channelorder": {
            url("channels_channelorder_change", other.pk) for other in (first, later)
        },
    }


def test_both_pages_link_the_same_neighbours_and_each_other(order):
    central = f"https://sellercentral.amazon.se/orders-v3/order/{order.amazon_order_id}"
    everywhere = set().union(*expected(order).values(), {central})
    channel_page, commerce_page = pages_of(order)
    client = superuser()
    assert links(client.get(channel_page).content.decode()) == everywhere | {commerce_page}
    assert links(client.get(commerce_page).content.decode()) == everywhere | {channel_page}


def test_what_somebody_may_not_see_is_not_linked(order):
    channel_page, commerce_page = pages_of(order)
    wanted = expected(order)
    for permission, targets in wanted.items():
        others = {p for p in (*wanted, *SEE_ORDERS) if p != permission}
        client = staff(*others)
        for path in (channel_page, commerce_page):
            response = client.get(path)
            if response.status_code == 403:
                assert permission == "channels.view_channelorder"
                continue
            assert not links(response.content.decode()) & targets
    without = staff("channels.view_channelorder")
    assert commerce_page not in links(without.get(channel_page).content.decode())


def test_a_guest_is_said_and_what_is_not_there_is_left_out():
    order = factories.placed_order(replaces_order_id="702-0000000-0000000")
    client = superuser()
    for path in pages_of(order):
        text = client.get(path).content.decode()
        assert len(links(text)) == 2  # the other page, Seller Central
        assert "<dd>Guest</dd>" in text
        assert "<dd>702-0000000-0000000</dd>" in text  # not known here
        for label in ("Confirmations", "Feeds", "Errors log", "Replaced by"):
            assert f"<dt>{label}</dt>" not in text


def test_an_order_without_a_commerce_order():
    order = factories.channel_order()
    text = superuser().get(pages_of(order)[0]).content.decode()
    assert len(links(text)) == 1
    assert "<dt>Commerce order</dt><dd>None</dd>" in text


def test_only_what_is_open_and_of_this_account():
    order = factories.placed_order()
    other = factories.channel_order(amazon_order_id=order.amazon_order_id)
    factories.placed_order(replaces_order_id=order.amazon_order_id)  # of another account
    for each in (order, other):
        error_of(each)
    errors_log.resolve(order.account, [order.amazon_order_id], now=NOW)
    near = neighbours_of(order)
    assert (near.open_errors, near.replaced, near.replaced_by, near.feeds) == (0, [], [], [])
    assert neighbours_of(other).open_errors == 1


def test_feeds_of_confirmations_and_of_cancellations_each_once():
    order = factories.placed_order(items=[factories.item(quantity=2)])
    one = draft(quantities={line_of(order).pk: 1})
    ship(order, one, one)
    messages = OutboxMessage.objects.order_by("pk")
    feed = feed_about(order, confirmation=messages[0])
    FeedEntry.objects.create(feed=feed, number=2, confirmation=messages[1])
    cancellation = factories.cancellation(order=order.commerce_order, state="refused")
    later = feed_about(order, cancellation=cancellation)
    assert neighbours_of(order).feeds == [(feed.pk, "F0"), (later.pk, "F1")]


def test_many_neighbours_cost_as_much_as_one(order):
    client = superuser()
    for path in pages_of(order):
        client.get(path)
    before = [statements(client, path) for path in pages_of(order)]
    for _ in range(5):
        feed_about(order, confirmation=OutboxMessage.objects.get())
        factories.placed_order(store=order.store, replaces_order_id=order.amazon_order_id)
    assert [statements(client, path) for path in pages_of(order)] == before


@pytest.mark.parametrize(
    ("country", "host"),
    [
        ("SE", "sellercentral.amazon.se"),
        ("DE", "sellercentral-europe.amazon.com"),
        ("US", "sellercentral.amazon.com"),
        ("JP", "sellercentral.amazon.co.jp"),
    ],
)
def test_seller_central_of_the_right_country(country, host):
    order = factories.placed_order(store=factories.amazon_store(country=country))
    client = superuser()
    for path in pages_of(order):
        assert f'href="https://{host}/orders-v3/order/{order.amazon_order_id}"' in (
            client.get(path).content.decode()
        )


def test_the_items_tab_links_the_products():
    product = factories.product("MUG")
    order = factories.placed_order()
    path = f"{pages_of(order)[0]}?tab=items"
    link = f'href="{url("orders_product_change", product.pk)}"'
    assert link in superuser().get(path).content.decode()
    assert link not in staff(*SEE_ORDERS).get(path).content.decode()
