"""Held orders are released by what changed, without another click; nothing else is touched."""

from functools import partial

import pytest

from channels.models import ChannelOrder, CommunicationError
from channels.services import order_settings, placing, reconsidering, releasing
from channels.services.reconsidering import CannotPlace, place_by_hand
from channels.services.releasing import release_held
from channels.services.sku_mapping import map_sku
from orders.models import ChangeEvent, CommerceOrder, CommerceOrderLine, OrderNote, Product
from orders.services.catalog import ProductChange, change_product
from orders.services.changes import settings_changed
from orders.services.inventory import with_salable
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, shop, shown, texts
from tests.snapshot import everything
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

EVERYTHING_HOLDS = {"unknown_sku": "hold", "product_disabled": "hold", "out_of_stock": "hold"}
DRAFTS = [Draft(number=n, lines=(Line(sku="GLO-1"),)) for n in range(1, 15)]


def set_product(sku="GLO-1", **values):
    return change_product(ProductChange(sku=sku, **values))


def placements():
    return sorted(ChannelOrder.objects.values_list("placement", flat=True))


def holding_shop(*drafts, **product):
    """A shop in which everything holds, and orders that are held."""
    store = shop(**EVERYTHING_HOLDS)
    if product:
        set_product(**product)
        release_held()
    bring(store, *drafts or DRAFTS)
    assert set(placements()) == {"held"}
    return store


# Each cause, and each way to take it away


@pytest.mark.parametrize(
    ("product", "cause_goes"),
    [
        (None, partial(set_product)),
        ({"enabled": False}, partial(set_product, enabled=True)),
        ({"manage_stock": True, "quantity": 0}, partial(set_product, quantity=14)),
        ({"manage_stock": True, "quantity": 0}, partial(set_product, manage_stock=False)),
    ],
)
def test_one_change_releases_all_fourteen(product, cause_goes):
    holding_shop(**product or {})
    cause_goes()
    assert release_held() == 14
    assert placements() == ["placed"] * 14
    assert not ChangeEvent.objects.exists()
    assert texts(DRAFTS[0])[-1].startswith("Commerce order 0000000")


def test_a_mapping_releases_the_orders_of_its_store_alone():
    store, other = holding_shop(), shop("DE", **EVERYTHING_HOLDS)
    bring(other, Draft(number=99, country="DE", lines=(Line(sku="GLO-1"),)))
    mapped = set_product("GLOVE")
    map_sku(store=store, seller_sku="GLO-1", product=mapped)
    assert release_held() == 14
    assert placements() == ["held"] + ["placed"] * 14
    assert set(CommerceOrderLine.objects.values_list("product__sku", "sku")) == {("GLOVE", "GLOVE")}


def test_stock_goes_to_the_orders_placed_first_as_far_as_it_reaches():
    holding_shop(manage_stock=True, quantity=0)
    set_product(quantity=3)
    assert release_held() == 3
    placed = ChannelOrder.objects.filter(placement="placed").order_by("purchase_date")
    oldest = ChannelOrder.objects.order_by("purchase_date")[:3]
    assert list(placed) == list(oldest)
    assert with_salable(Product.objects.all()).get().salable == 0
    assert not CommerceOrder.objects.filter(oversold=True).exists()


def test_stock_that_a_cancellation_frees_releases_an_order():
    set_product(manage_stock=True, quantity=1)
    first, second = DRAFTS[:2]
    store = shop(**EVERYTHING_HOLDS)
    bring(store, first, second)
    assert placements() == ["held", "placed"]
    bring(store, Draft(number=1, lines=first.lines, status="CANCELLED", minutes=90))
    assert release_held() == 1
    assert shown(second)["placement"] == "placed"


def test_an_order_with_a_second_cause_is_held_for_that_one():
    draft = Draft(lines=(Line(sku="GLO-1"), Line(sku="HAT")))
    holding_shop(draft)
    set_product("GLO-1")
    assert release_held() == 0
    assert (shown(draft)["hold_reason"], shown(draft)["hold_detail"]) == ("unknown_sku", "HAT")
    assert texts(draft)[-1] == "Commerce order not created: SKU HAT is unknown."


def test_a_cause_that_stays_is_noted_once():
    """Amounts read back from the database have more zeros than Amazon's."""
    store = shop()
    draft = Draft(lines=(Line(sku="GLO-1"),), grand_total="1.00")
    bring(store, draft)
    before = texts(draft)
    set_product()
    settings_changed(store.pk)
    assert release_held() == 0
    assert texts(draft) == before
    assert shown(draft)["hold_detail"] == "1.00 - 100.00 = -99.00"


def test_what_is_not_about_the_change_is_left_alone():
    holding_shop()
    set_product("SOMETHING ELSE")
    before = everything()
    assert release_held() == 0
    assert everything() == {**before, "orders.ChangeEvent": []}


def test_nothing_changed_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert release_held() == 0


# Half-way, twice, at once


def test_a_crash_looks_again(monkeypatch):
    holding_shop()
    set_product()
    with monkeypatch.context() as broken:
        broken.setattr(reconsidering, "place", lambda *_, **__: 1 / 0)
        broken.setattr(reconsidering, "_give_up", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            release_held()
    assert placements() == ["held"] * 14
    assert release_held() == 14


def test_many_orders_of_a_store_go_on_from_where_they_were_cut_off(monkeypatch):
    store = holding_shop()
    order_settings.change(store, {"product_disabled": "create"})
    monkeypatch.setattr(releasing, "AT_ONCE", 5)
    looked_at = []

    def until_cut_off(_account, pks):
        if len(looked_at) == 10:
            raise KeyboardInterrupt
        looked_at.extend(pks)
        return 0

    with monkeypatch.context() as cut_off:
        cut_off.setattr(releasing, "reconsider", until_cut_off)
        with pytest.raises(KeyboardInterrupt):
            release_held()
    order_settings.change(store, {"unknown_sku": "add"})
    assert release_held() == 14
    assert looked_at == list(ChannelOrder.objects.order_by("pk").values_list("pk", flat=True))[:10]
    assert not ChangeEvent.objects.exists()


def test_one_order_that_cannot_be_placed_does_not_stop_the_others(monkeypatch):
    holding_shop()
    bad = DRAFTS[5].amazon_order_id
    create = placing.create_commerce_orders

    def refuses_one(batch, *args, **more):
        if any(candidate.order.amazon_order_id == bad for candidate in batch):
            raise ValueError("no")
        return create(batch, *args, **more)

    monkeypatch.setattr(placing, "create_commerce_orders", refuses_one)
    set_product()
    assert release_held() == 13
    assert placements() == ["held"] + ["placed"] * 13
    error = CommunicationError.objects.get()
    assert error.amazon_order_id == bad
    numbers = CommerceOrder.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"{n:09d}" for n in range(1, 14)]  # no gap


@pytest.mark.django_db(transaction=True)
def test_two_that_release_at_once_place_each_order_once():
    holding_shop()
    set_product()
    results = in_parallel([release_held] * 3)
    assert sum(results) == 14
    assert CommerceOrder.objects.count() == 14


# Lines without a product


def test_an_unmatched_line_is_linked_and_reserved_when_its_sku_is_known():
    store = shop(unknown_sku="unmatched")
    bring(store, Draft(lines=(Line(sku="GLO-1", quantity=2),)))
    assert CommerceOrderLine.objects.get().product is None
    set_product(manage_stock=True, quantity=5)
    release_held()
    line = CommerceOrderLine.objects.select_related("product").get()
    assert (line.product.sku, line.sku) == ("GLO-1", "GLO-1")
    assert with_salable(Product.objects.all()).get().salable == 3


def test_an_unmatched_line_is_linked_by_the_mapping_of_its_store():
    store = shop(unknown_sku="unmatched")
    bring(store, Draft(lines=(Line(sku="GLO-1", quantity=2),)))
    elsewhere = set_product("GLO-1")
    glove = set_product("GLOVE", manage_stock=True, quantity=5)
    map_sku(store=store, seller_sku="GLO-1", product=glove)
    release_held()
    line = CommerceOrderLine.objects.select_related("product").get()
    assert line.product.sku == "GLOVE"
    assert line.product != elsewhere
    assert with_salable(Product.objects.filter(sku="GLOVE")).get().salable == 3


# By hand


@pytest.mark.parametrize(
    ("drafts", "product"),
    [
        ((Draft(lines=(Line(sku="GLO-1"),)),), None),
        ((Draft(lines=(Line(sku="GLO-1"),)),), {"enabled": False}),
        ((Draft(lines=(Line(sku="GLO-1"),)),), {"manage_stock": True, "quantity": 0}),
        ((Draft(lines=(Line(sku="GLO-1"),), grand_total="1.00"),), {"enabled": True}),
    ],
)
def test_one_order_is_placed_by_hand_despite_any_hold(drafts, product):
    (draft,) = drafts
    holding_shop(draft, **product or {})
    order = ChannelOrder.objects.get()
    place_by_hand(order.pk, reason=" The buyer  called. ", user="asa")
    assert shown(draft)["placement"] == "placed"
    note = OrderNote.objects.get(user_name="asa")
    assert note.actor == "staff"
    assert str(note).endswith(": The buyer called.")
    oversold = product == {"manage_stock": True, "quantity": 0}
    assert CommerceOrder.objects.get().oversold is oversold


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("  ", "Give a reason: it is kept in the order's history."),
        ("x" * 201, "The reason is longer than 200 characters."),
    ],
)
def test_by_hand_needs_a_reason(reason, told):
    holding_shop(DRAFTS[0])
    before = everything()
    with pytest.raises(CannotPlace, match=told):
        place_by_hand(ChannelOrder.objects.get().pk, reason=reason, user="asa")
    assert everything() == before


def test_by_hand_places_what_is_held_and_nothing_else():
    bring(shop(), DRAFTS[0], Draft(number=70, status="PENDING"))
    before = everything()
    for order in ChannelOrder.objects.all():
        with pytest.raises(CannotPlace, match="not held"):
            place_by_hand(order.pk, reason="x", user="asa")
    assert everything() == before
