"""The product pages: the list, the page that explains every number, CSV, and who may do what."""

import re
from io import BytesIO

import pytest
from django.urls import reverse

from orders.models import Product, StockMovement
from orders.services.catalog import ProductChange, change_product
from orders.services.shipments import PackageDraft, create_shipment
from tests import factories
from tests.factories import item
from tests.snapshot import everything
from tests.staff import form_data, staff, statements, superuser

pytestmark = pytest.mark.django_db

PRODUCTS = reverse("admin:orders_product_changelist")
ADD = reverse("admin:orders_product_add")
EXPORT = reverse("admin:orders_product_export")
IMPORT = reverse("admin:orders_product_import")
APPLY = reverse("admin:orders_product_import_apply")
VIEW, CHANGE, MAY_ADD = (f"orders.{verb}_product" for verb in ("view", "change", "add"))


def page_of(product):
    return reverse("admin:orders_product_change", args=[product.pk])


def text_of(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def skus(client, query=""):
    return [product.sku for product in client.get(f"{PRODUCTS}?{query}").context["cl"].result_list]


def save(client, product, **changes):
    return client.post(page_of(product), form_data(client.get(page_of(product))) | changes)


def quantity(sku="MUG"):
    return Product.objects.get(sku=sku).quantity


# The list


def stock_of_every_kind():
    factories.product("GONE", enabled=False)
    factories.product("MUG", quantity=1)
    factories.product("CUP", quantity=9, name="A blue cup")
    factories.placed_order(items=[item("MUG", quantity=3)])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["CUP", "GONE", "MUG"]),
        ("oversold=yes", ["MUG"]),
        ("enabled__exact=0", ["GONE"]),
        ("manage_stock__exact=1", ["CUP", "MUG"]),
        ("q=ug", ["MUG"]),
        ("q=&enabled__exact=0&manage_stock__exact=&oversold=", ["GONE"]),  # as the form sends it
        ("q=blue", ["CUP"]),
        ("o=-7", ["CUP", "GONE", "MUG"]),
    ],
)
def test_filters_and_search(query, found):
    stock_of_every_kind()
    assert skus(superuser(), query) == found


def test_filters_are_a_form_that_keeps_the_sorting():
    stock_of_every_kind()
    client = superuser()
    response = client.get(PRODUCTS, {"enabled__exact": "0", "o": "-1"})
    text = response.content.decode()
    (enabled,) = re.findall(r'<select id="bar-enabled__exact" .*?</select>', text, re.DOTALL)
    options = re.findall(r'<option value="(.*?)"( selected)?>(.*?)</option>', enabled)
    assert options == [("", "", "Any"), ("1", "", "Yes"), ("0", " selected", "No")]
    assert '<input type="hidden" name="o" value="-1">' in text
    assert response.context["cl"].chips() == [{"label": "Enabled: No", "url": "?o=-1"}]


def test_oversold_is_a_badge():
    stock_of_every_kind()
    text = text_of(superuser(), PRODUCTS)
    assert text.count("Oversold by") == 1
    assert '<span class="badge bad">Oversold by 2</span>' in text


def test_a_hundred_products_cost_as_many_statements_as_one():
    client = superuser()
    factories.product("FIRST", quantity=3)
    client.get(PRODUCTS)
    one = statements(client, PRODUCTS)
    for number in range(99):
        factories.product(f"P{number}", quantity=number)
    assert statements(client, PRODUCTS) == one


def test_enabling_and_disabling_many():
    stock_of_every_kind()
    pks = list(Product.objects.values_list("pk", flat=True))
    client = staff(VIEW, CHANGE)
    for action, told, enabled in (
        ("disable", "2 products disabled.", False),
        ("enable", "3 products enabled.", True),
    ):
        data = {"action": action, "_selected_action": pks}
        assert told in client.post(PRODUCTS, data, follow=True).content.decode()
        assert set(Product.objects.values_list("enabled", flat=True)) == {enabled}
    staff(VIEW).post(PRODUCTS, {"action": "disable", "_selected_action": pks})
    assert not Product.objects.filter(enabled=False).exists()
    data = {"action": "disable", "_selected_action": ["abc", "9" * 30]}
    assert client.post(PRODUCTS, data, follow=True).status_code == 200
    assert not Product.objects.filter(enabled=False).exists()


# The page


def test_every_number_is_explained():
    change_product(ProductChange(sku="MUG", manage_stock=True, quantity=10), user="anna")
    product = Product.objects.get()
    first = factories.placed_order(items=[item("MUG", quantity=4)])
    second = factories.placed_order(items=[item("MUG", quantity=1)])
    draft = PackageDraft(
        carrier_code="DHL",
        tracking_number="T",
        quantities={first.commerce_order.lines.get().pk: 3},
    )
    create_shipment(order_id=first.commerce_order.pk, packages=[draft])
    context = superuser().get(page_of(product)).context

    assert [context[name] for name in ("reserved", "salable", "oversold")] == [2, 5, 0]
    assert [
        (line.event, order.number, line.quantity, balance)
        for line, order, balance in context["reservations"]
    ] == [
        ("shipped", first.commerce_order.number, 3, -2),
        ("placed", second.commerce_order.number, -1, -5),
        ("placed", first.commerce_order.number, -4, -4),
    ]
    assert [
        (line.kind, line.user_name, order and order.number, line.change, balance)
        for line, order, balance in context["movements"]
    ] == [
        ("shipped", "", first.commerce_order.number, -3, 7),
        ("set", "anna", None, 10, 10),
    ]
    assert [(line.order.number, line.quantity_left) for line in context["open_lines"]] == [
        (first.commerce_order.number, 1),
        (second.commerce_order.number, 1),
    ]


def test_a_long_history_costs_no_more_statements_and_leads_to_its_lists():
    product = factories.product("MUG", quantity=1)
    factories.product("CUP", quantity=1)
    store = factories.amazon_store()
    client = superuser()
    factories.placed_order(store=store, items=[item("MUG")])
    client.get(page_of(product))
    one = statements(client, page_of(product))
    for number in range(2, 110):
        change_product(ProductChange(sku="MUG", quantity=number))
    for _ in range(5):
        factories.placed_order(store=store, items=[item("MUG")])
    assert statements(client, page_of(product)) == one

    link = reverse("admin:orders_stockmovement_changelist") + f"?product={product.pk}"
    assert link in text_of(client, page_of(product))
    listed = client.get(link).context["cl"]
    assert listed.result_count == 109
    assert StockMovement.objects.count() == 110


def test_a_ledger_is_filtered_by_product():
    mug = factories.product("MUG", quantity=5)
    factories.product("CUP", quantity=5)
    factories.placed_order(items=[item("MUG"), item("CUP")])
    path = reverse("admin:orders_reservation_changelist")
    client = superuser()
    text = text_of(client, f"{path}?product={mug.pk}")
    assert f'<option value="{mug.pk}" selected>MUG</option>' in text
    assert "CUP" not in text
    for nothing in ("0", "x", "²", "9" * 30):
        assert client.get(f"{path}?product={nothing}").context["cl"].result_count == 2


def test_the_seller_skus_of_a_product_are_listed_and_lead_to_their_pages():
    product = factories.product("MUG 1")
    store = factories.amazon_store(name="Amazon SE")
    mapping = product.sku_mappings.create(store=store, seller_sku="AMZ-MUG")
    text = text_of(superuser(), page_of(product))
    path = reverse("admin:channels_skumapping_change", args=[mapping.pk])
    assert f'<a href="{path}">AMZ-MUG</a>' in text
    assert reverse("admin:channels_skumapping_add") + "?sku=MUG+1" in text

    text = text_of(staff(VIEW), page_of(product))
    assert "AMZ-MUG" not in text
    assert "Map an Amazon Seller SKU" not in text


# The form


def test_a_product_is_added_with_its_movement():
    data = {"sku": "MUG", "name": "A mug", "enabled": "on", "manage_stock": "on", "quantity": "5"}
    client = superuser()
    assert client.post(ADD, data).status_code == 302
    product = Product.objects.get()
    assert (product.name, product.enabled, product.manage_stock, product.quantity) == (
        "A mug", True, True, 5,
    )  # fmt: skip
    (movement,) = product.movements.all()
    assert (movement.kind, movement.change) == ("set", 5)
    assert movement.user_name.startswith("root-")


def test_a_product_that_is_added_disabled():
    client = superuser()
    data = form_data(client.get(ADD)) | {"sku": "MUG"}
    del data["enabled"]
    assert client.post(ADD, data).status_code == 302
    assert not Product.objects.get().enabled


def test_a_counted_quantity_is_a_movement_of_the_person():
    product = factories.product("MUG", quantity=10)
    client = staff(VIEW, CHANGE)
    assert save(client, product, quantity="12").status_code == 302
    assert list(product.movements.values_list("change", "user_name")) == [(2, "staff-0"), (10, "")]


def test_saving_untouched_changes_nothing_but_the_log():
    product = factories.product("MUG", quantity=10)
    before = everything()
    assert save(superuser(), product).status_code == 302
    assert everything() == before


def test_what_another_person_changed_meanwhile_stays():
    product = factories.product("MUG", quantity=10)
    client = superuser()
    data = form_data(client.get(page_of(product))) | {"quantity": "11"}
    change_product(ProductChange(sku="MUG", name="Cup", enabled=False, manage_stock=False))
    assert client.post(page_of(product), data).status_code == 302
    row = Product.objects.get()
    assert (row.name, row.enabled, row.manage_stock, row.quantity) == ("Cup", False, False, 11)


def test_the_sku_of_a_product_stays():
    product = factories.product("MUG")
    save(superuser(), product, sku="CUP", name="x")
    assert Product.objects.get().sku == "MUG"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quantity": "1000000001"}, "The quantity 1000000001 is out of range."),
        ({"quantity": "1.5"}, "Enter a whole number."),
        ({"name": "a\nb"}, "The name holds a control character."),
        ({"name": "n" * 501}, "at most 500 characters"),
    ],
)
def test_what_is_wrong_is_said(changes, told):
    product = factories.product("MUG", quantity=1)
    client = superuser()
    before = everything()
    response = save(client, product, **changes)
    assert response.status_code == 200
    assert told in response.content.decode()
    assert everything() == before


def test_a_sku_is_added_once():
    factories.product("MUG")
    response = superuser().post(ADD, {"sku": "MUG", "quantity": "1"})
    assert "Product with this SKU already exists." in response.content.decode()
    assert quantity() == 0


def test_looking_is_not_changing():
    product = factories.product("MUG", quantity=1)
    client = staff(VIEW)
    assert "Reservations" in text_of(client, page_of(product))
    client.post(page_of(product), {"quantity": "9"})
    assert quantity() == 1


# Export


def export(client, query=""):
    response = client.get(f"{EXPORT}?{query}")
    assert response.status_code == 200
    assert response.streaming
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


def test_the_export_is_the_list_as_it_is_filtered():
    stock_of_every_kind()
    client = staff(VIEW)
    assert export(client) == [
        "sku,name,enabled,manage_stock,quantity,reserved,salable",
        "CUP,A blue cup,yes,yes,9,0,9",
        "GONE,Product GONE,no,no,0,0,0",
        "MUG,Product MUG,yes,yes,1,3,-2",
    ]
    assert [line.split(",")[0] for line in export(client, "oversold=yes")] == ["sku", "MUG"]
    assert f'href="{EXPORT}?oversold=yes"' in text_of(client, f"{PRODUCTS}?oversold=yes")
    assert client.get(f"{EXPORT}?enabled__exact=x").status_code == 302


def test_the_export_needs_the_permission():
    assert staff("orders.view_commerceorder").get(EXPORT).status_code == 403


# Import


def upload(client, text):
    content = text if isinstance(text, bytes) else text.encode()
    file = BytesIO(content)
    file.name = "products.csv"
    return client.post(IMPORT, {"file": file})


def test_preview_then_apply():
    factories.product("MUG", quantity=10)
    client = staff(VIEW, CHANGE, MAY_ADD)
    before = everything()
    preview = upload(client, "sku;quantity\nMUG;12\nCUP;0\nJUG;x\n")
    assert everything() == before
    text = preview.content.decode()
    assert "Apply 2 rows" in text
    assert "<td>10</td><td>12</td>" in text
    assert "quantity: &#x27;x&#x27; is not a whole number." in text

    done = client.post(APPLY, {"plan": preview.context["signed"]}).content.decode()
    assert "Added: 1. Changed: 1. Left out: 1." in done
    assert "quantity: &#x27;x&#x27; is not a whole number." in done
    assert (quantity(), quantity("CUP")) == (12, 0)
    movement = StockMovement.objects.get(kind="imported")
    assert (movement.change, movement.user_name) == (2, "staff-0")


def test_what_changed_since_the_preview_is_shown():
    factories.product("MUG", quantity=10)
    client = superuser()
    preview = upload(client, "sku;quantity\nMUG;12\n")
    change_product(ProductChange(sku="MUG", quantity=9))
    done = client.post(APPLY, {"plan": preview.context["signed"]}).content.decode()
    assert "Left out: changed since the preview" in done
    assert quantity() == 9


def test_a_file_that_changes_nothing_has_nothing_to_apply():
    factories.product("MUG", quantity=10)
    text = upload(superuser(), "sku;quantity\nMUG;10\n").content.decode()
    assert "There is nothing to apply." in text
    assert 'name="plan"' not in text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"sku,colour\nMUG,red", "there is no column &#x27;colour&#x27;"),
        (b"PK\x03\x04\0\0", "The file is not text: save it as CSV (UTF-8)."),
        (b"sku\n" + b"A" * (5 * 1024**2), "The file is larger than 5 MB: split it."),
        (b"", "The submitted file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_is_said(content, told):
    response = upload(superuser(), content)
    assert response.status_code == 200
    assert told in response.content.decode()


def test_a_plan_that_is_not_of_this_preview_is_refused(settings):
    factories.product("MUG", quantity=10)
    mine, other = superuser(), superuser()
    signed = upload(mine, "sku;quantity\nMUG;12\n").context["signed"]
    before = everything()
    for client, plan in ((mine, f"{signed}x"), (mine, ""), (other, signed)):
        text = client.post(APPLY, {"plan": plan}).content.decode()
        assert "The preview is out of date. Choose the file again." in text
    assert everything() == before


def test_the_plan_of_a_large_file_comes_back_in_the_form(settings):
    client = superuser()
    rows = "".join(f"SKU-{n:05},{str(n * 7919) * 25}\n" for n in range(20_000))
    preview = upload(client, f"sku,name\n{rows}")
    assert len(preview.context["signed"]) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 0.9

    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    told = upload(client, f"sku,name\n{rows}").content.decode()
    assert "The file does too much at once: split it." in told


def test_a_plan_of_more_than_default_size_can_be_posted():
    data = {"plan": "x" * 3 * 1024**2}  # Django's own limit is 2.5 MB
    assert superuser().post(APPLY, data).status_code == 200


@pytest.mark.parametrize("permissions", [(VIEW,), (VIEW, CHANGE), (VIEW, MAY_ADD)])
def test_the_import_needs_both_permissions(permissions):
    client = staff(*permissions)
    assert "Import CSV" not in text_of(client, PRODUCTS)
    before = everything()
    assert client.get(IMPORT).status_code == 403
    assert upload(client, "sku\nMUG").status_code == 403
    assert client.post(APPLY, {"plan": "x"}).status_code == 403
    assert everything() == before
