"""SKU mappings: the service, and the pages."""

from functools import partial

import pytest
from django.urls import reverse

from channels.models import SkuMapping
from channels.services.sku_mapping import CannotMap, find_product, map_sku, unmap
from orders.models import ChangeEvent
from tests import factories
from tests.snapshot import everything
from tests.staff import form_data, staff, statements, superuser
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

MAPPINGS = reverse("admin:channels_skumapping_changelist")
ADD = reverse("admin:channels_skumapping_add")
VIEW, CHANGE, MAY_ADD, DELETE = (
    f"channels.{verb}_skumapping" for verb in ("view", "change", "add", "delete")
)


def mappings():
    rows = SkuMapping.objects.order_by("store__name", "seller_sku")
    return list(rows.values_list("store__name", "seller_sku", "product__sku"))


def told():
    """The products the channel was told about."""
    return list(ChangeEvent.objects.order_by("pk").values_list("object_id", flat=True))


# The service


def test_a_seller_sku_stands_for_a_product_in_one_store():
    swedish, german = factories.amazon_store(name="SE"), factories.amazon_store(name="DE")
    mug, cup = factories.product("MUG"), factories.product("CUP")
    map_sku(store=swedish, seller_sku="AMZ-1", product=mug)
    map_sku(store=german, seller_sku="AMZ-1", product=cup)
    assert mappings() == [("DE", "AMZ-1", "CUP"), ("SE", "AMZ-1", "MUG")]
    assert told() == [mug.pk, cup.pk]


def test_mapping_again_is_another_product():
    store, mug, cup = (
        factories.amazon_store(name="SE"),
        factories.product("MUG"),
        factories.product("CUP"),
    )
    first = map_sku(store=store, seller_sku="AMZ-1", product=mug)
    second = map_sku(store=store, seller_sku="AMZ-1", product=cup)
    assert first == second
    assert mappings() == [("SE", "AMZ-1", "CUP")]
    assert told() == [mug.pk, cup.pk]


def test_without_its_mapping_a_seller_sku_is_a_sku_again():
    store, mug, own = (
        factories.amazon_store(),
        factories.product("MUG"),
        factories.product("AMZ-1"),
    )
    map_sku(store=store, seller_sku="AMZ-1", product=mug)
    unmap(store=store, seller_sku="AMZ-1")
    assert mappings() == []
    assert told() == [mug.pk, mug.pk, own.pk]


@pytest.mark.parametrize(
    ("seller_sku", "sentence"),
    [
        ("", "The Amazon Seller SKU is missing."),
        ("  ", "The Amazon Seller SKU is missing."),
        ("S" * 65, "The Amazon Seller SKU is longer than 64 characters."),
        ("A\0", "The Amazon Seller SKU holds a control character."),
    ],
)
def test_a_seller_sku_that_cannot_be(seller_sku, sentence):
    store, product = factories.amazon_store(), factories.product()
    before = everything()
    with pytest.raises(CannotMap, match=sentence):
        map_sku(store=store, seller_sku=seller_sku, product=product)
    with pytest.raises(CannotMap, match=sentence):
        unmap(store=store, seller_sku=seller_sku)
    assert everything() == before


def test_what_is_not_there():
    store = factories.amazon_store(name="SE")
    with pytest.raises(CannotMap, match=r"Amazon Seller SKU 'AMZ-1' of store SE is not mapped\."):
        unmap(store=store, seller_sku="AMZ-1")
    for sku in ("MUG", "A\0", "A\ud800"):
        with pytest.raises(CannotMap, match="There is no product with SKU "):
            find_product(sku)


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_leave_one():
    store = factories.amazon_store(name="SE")
    products = [factories.product(f"P{number}") for number in range(4)]
    results = in_parallel(
        [partial(map_sku, store=store, seller_sku="AMZ-1", product=p) for p in products]
    )
    assert {type(result) for result in results} == {SkuMapping}
    assert len(mappings()) == 1


# The pages


def test_add_change_and_delete():
    store = factories.amazon_store(name="SE")
    mug, cup = factories.product("MUG"), factories.product("CUP")
    client = staff(VIEW, CHANGE, MAY_ADD, DELETE)
    response = client.post(ADD, {"store": store.pk, "seller_sku": "AMZ-1", "sku": "MUG"})
    assert response.status_code == 302
    mapping = SkuMapping.objects.get()
    page = reverse("admin:channels_skumapping_change", args=[mapping.pk])
    data = form_data(client.get(page))
    assert data["sku"] == "MUG"
    response = client.post(page, data | {"sku": "CUP", "seller_sku": "OTHER"})
    assert response.status_code == 302
    assert mappings() == [("SE", "AMZ-1", "CUP")]
    delete = reverse("admin:channels_skumapping_delete", args=[mapping.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 302
    assert mappings() == []
    assert told() == [mug.pk, cup.pk, cup.pk]


def test_deleting_many_tells_of_each():
    store, mug = factories.amazon_store(), factories.product("MUG")
    pks = [map_sku(store=store, seller_sku=f"A{n}", product=mug).pk for n in range(2)]
    ChangeEvent.objects.all().delete()
    data = {"action": "delete_selected", "_selected_action": pks, "post": "yes"}
    superuser().post(MAPPINGS, data)
    assert mappings() == []
    assert told() == [mug.pk, mug.pk]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sku": "XXX"}, "There is no product with SKU &#x27;XXX&#x27;."),
        ({"sku": ""}, "This field is required."),
        ({"seller_sku": " "}, "This field is required."),
        ({"seller_sku": "A\tB"}, "The Amazon Seller SKU holds a control character."),
        ({"seller_sku": "TAKEN"}, "already exists."),
        ({"store": "0"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said(changes, sentence):
    store = factories.amazon_store()
    map_sku(store=store, seller_sku="TAKEN", product=factories.product("MUG"))
    client = superuser()
    before = everything()
    response = client.post(ADD, {"store": store.pk, "seller_sku": "AMZ-1", "sku": "MUG"} | changes)
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert everything() == before


def test_the_form_begins_with_what_the_link_names():
    store = factories.amazon_store()
    text = superuser().get(f"{ADD}?store={store.pk}&sku=MUG+1").content.decode()
    assert f'<option value="{store.pk}" selected>' in text
    assert 'value="MUG 1"' in text


def test_search_and_filter():
    swedish, german = factories.amazon_store(name="SE"), factories.amazon_store(name="DE")
    mug, cup = factories.product("MUG"), factories.product("CUP")
    map_sku(store=swedish, seller_sku="AMZ-1", product=mug)
    map_sku(store=german, seller_sku="AMZ-2", product=cup)
    client = superuser()
    for query, found in (
        ("q=AMZ-1", ["AMZ-1"]),
        ("q=CUP", ["AMZ-2"]),
        (f"store__id__exact={swedish.pk}", ["AMZ-1"]),
        ("", ["AMZ-1", "AMZ-2"]),
    ):
        listed = client.get(f"{MAPPINGS}?{query}").context["cl"].result_list
        assert sorted(mapping.seller_sku for mapping in listed) == found
    store_page = client.get(reverse("admin:channels_amazonstore_dashboard", args=[swedish.pk]))
    assert f"{MAPPINGS}?store__id__exact={swedish.pk}" in store_page.content.decode()


def test_fifty_mappings_cost_as_many_statements_as_one():
    store, client = factories.amazon_store(), superuser()
    for number in range(50):
        product = factories.product(f"P{number}")
        map_sku(store=store, seller_sku=f"A{number}", product=product)
        if number == 0:
            client.get(MAPPINGS)
            one = statements(client, MAPPINGS)
    assert statements(client, MAPPINGS) == one


def test_looking_is_not_changing():
    store, mug = factories.amazon_store(), factories.product("MUG")
    mapping = map_sku(store=store, seller_sku="AMZ-1", product=mug)
    factories.product("CUP")
    page = reverse("admin:channels_skumapping_change", args=[mapping.pk])
    client = staff(VIEW)
    assert "MUG" in client.get(page).content.decode()
    before = everything()
    client.post(page, {"sku": "CUP"})
    assert client.post(ADD, {}).status_code == 403
    delete = reverse("admin:channels_skumapping_delete", args=[mapping.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert everything() == before
