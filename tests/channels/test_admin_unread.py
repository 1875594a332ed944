"""What a filter cannot read lists nothing, says so, and nothing is done to "all that match"."""

import pytest
from django.urls import reverse

from channels.models import BulkJob, SavedView
from orders.models import OutboxMessage, Product
from tests import factories
from tests.orders.pages import OUTBOX
from tests.orders.shipping import ship
from tests.snapshot import everything
from tests.staff import orders_tab, superuser

pytestmark = pytest.mark.django_db

ORDERS = orders_tab()
EXPORT = reverse("admin:channels_channelorder_export")
PRODUCTS = reverse("admin:orders_product_changelist")
ACROSS = {"select_across": "1", "_selected_action": "0", "index": "0"}

UNREAD = {
    "total_from=12,5,0": ("Total from", "12,5,0"),
    "total_to=-1": ("Total to", "-1"),
    "from=31.12.2026": ("Purchased from", "31.12.2026"),
    "to=2026-13-40": ("Purchased to", "2026-13-40"),
    "due=yesterday": ("Ship by", "yesterday"),
    "store=999": ("Store", "999"),
    "store=999&store=": ("Store", "999"),
    "status=foo": ("Status", "foo"),
    "status=unshipped&status=foo": ("Status", "foo"),
    "attention=no": ("Needs attention", "no"),
    "cause=total:KET-12": ("Cause", "total:KET-12"),
    "cause=unknown_sku:": ("Cause", "unknown_sku:"),
}


def said(response):
    return [str(message) for message in response.context["messages"]]


def sentence(name, value):
    return f"Filter {name} cannot read {value}, so nothing is listed."


@pytest.mark.parametrize("query", UNREAD)
def test_nothing_is_listed_and_the_value_is_named_and_can_be_taken_off(query):
    factories.placed_order()
    name, value = UNREAD[query]
    response = superuser().get(f"{ORDERS}?{query}&sort=total")
    listing = response.context["cl"]
    assert (list(listing.result_list), listing.count) == ([], "0")
    assert said(response) == [sentence(name, value)]
    chip = next(chip for chip in listing.chips() if chip["label"] == f"{name}: {value}")
    assert value not in chip["url"]
    assert "Nothing matches." in response.content.decode()


@pytest.mark.parametrize("query", ["store=&status=&due=&from=&total_from=%20", "sort=total"])
def test_an_empty_value_is_none(query):
    factories.placed_order()
    response = superuser().get(f"{ORDERS}?{query}")
    assert len(response.context["cl"].result_list) == 1
    assert said(response) == []


@pytest.mark.parametrize("query", [*UNREAD, "find=nonsense"])
@pytest.mark.parametrize("ticked", ["0", "the order"])
def test_an_action_on_all_that_match_is_done_to_none(query, ticked):
    order = factories.placed_order()
    before = everything()
    data = {"action": "fetch_orders", **ACROSS}
    if ticked != "0":
        data |= {"select_across": "0", "_selected_action": str(order.pk)}
    response = superuser().post(f"{ORDERS}?{query}", data, follow=True)
    assert "so nothing is listed" in said(response)[0]
    assert not BulkJob.objects.exists()
    assert everything().keys() == before.keys()


@pytest.mark.parametrize("query", [*UNREAD, "find=nonsense"])
def test_no_file_is_made_of_what_cannot_be_read(query):
    factories.placed_order()
    response = superuser().get(f"{EXPORT}?{query}&format=csv&column=number", follow=True)
    assert response.redirect_chain == [(ORDERS, 302)]
    (told,) = said(response)
    assert "so nothing is listed" in told


def test_a_saved_view_whose_filters_no_longer_read_lists_and_counts_nothing():
    order = factories.placed_order()
    client = superuser()
    view = SavedView.objects.create(
        owner_id=client.session["_auth_user_id"], name="Gone", query="store=999"
    )
    listing = client.get(ORDERS).context["cl"]
    counts = {link["view"].label: link["count"] for link in listing.view_links()}
    assert [row.pk for row in listing.result_list] == [order.pk]
    assert counts["Gone"] == "0"
    response = client.get(f"{ORDERS}?{view.query}&view={view.pk}")
    assert list(response.context["cl"].result_list) == []
    assert said(response) == [sentence("Store", "999")]


@pytest.mark.parametrize("query", ["attention=no", "store=999", "dismissed=maybe"])
def test_confirmations_are_not_sent_again_by_a_filter_that_cannot_be_read(query):
    ship(factories.placed_order())
    OutboxMessage.objects.update(state="refused")
    client = superuser()
    client.post(f"{OUTBOX}?{query}", {"action": "send_again", **ACROSS})
    assert OutboxMessage.objects.get().state == "refused"
    assert "so nothing is listed" in said(client.get(f"{OUTBOX}?{query}"))[-1]


def test_products_are_not_disabled_by_a_filter_that_cannot_be_read():
    factories.product("MUG")
    superuser().post(f"{PRODUCTS}?oversold=no", {"action": "disable", **ACROSS})
    assert Product.objects.get().enabled
