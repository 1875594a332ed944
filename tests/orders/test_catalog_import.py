"""A file of products against the catalog: what it would change, and that exactly this is done."""

import json

import pytest

from orders.models import Product, StockMovement
from orders.services.catalog import BATCH, ProductChange, change_product
from orders.services.catalog_csv import write
from orders.services.catalog_import import Plan, apply_plan, export_rows, plan_import
from orders.services.inventory import with_salable
from tests import factories
from tests.snapshot import everything

pytestmark = pytest.mark.django_db


def plan(text, **encoding):
    return plan_import(text.encode(**encoding))


def carried(plan):
    """As a form carries it from the preview to *Apply*."""
    return Plan.load(json.loads(json.dumps(plan.dump())))


def apply(text, user="anna"):
    return apply_plan(carried(plan(text)), user=user)


def values(sku="MUG"):
    row = Product.objects.values_list("name", "enabled", "manage_stock", "quantity")
    return row.get(sku=sku)


def wrong(plan):
    return [(row.line, row.sku, row.problems) for row in plan.wrong]


def test_a_preview_writes_nothing_and_tells_what_would_change():
    factories.product("MUG", quantity=10)
    factories.product("CUP")
    before = everything()
    found = plan(
        "sku,name,quantity\nMUG,Product MUG,12\nCUP,Product CUP,\nJUG,A jug,3\nNEW,,\nMUG2,x,1.5\n"
    )
    assert everything() == before
    assert [(row.line, row.change.sku, row.differences()) for row in found.changed] == [
        (2, "MUG", [("quantity", 10, 12)])
    ]
    assert [(row.line, row.change.sku, row.differences()) for row in found.new] == [
        (4, "JUG", [("name", "", "A jug"), ("quantity", 0, 3)]),
        (5, "NEW", []),
    ]
    assert found.unchanged == 1
    assert wrong(found) == [(6, "MUG2", ["quantity: '1.5' is not a whole number."])]


def test_apply_does_what_was_previewed():
    factories.product("MUG", quantity=10)
    outcome = apply("sku,enabled,manage_stock,quantity\nMUG,no,,12\nJUG,,yes,3\n")
    assert (outcome.created, outcome.changed, outcome.stale) == (1, 1, [])
    assert values("MUG") == ("Product MUG", False, True, 12)
    assert values("JUG") == ("", True, True, 3)
    imported = StockMovement.objects.filter(kind="imported").order_by("product__sku")
    assert list(imported.values_list("product__sku", "change", "user_name")) == [
        ("JUG", 3, "anna"),
        ("MUG", 2, "anna"),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",x,1", ["The SKU is missing."]),
        ("S" * 65 + ",x,1", ["The SKU is longer than 64 characters."]),
        (" NEW,x,1", ["The SKU of a new product has no spaces around it."]),
        ("A\x01,x,1", ["The SKU holds a control character."]),
        ("NEW," + "x" * 501 + ",1", ["The name is longer than 500 characters."]),
        ("NEW,x,1000000001", ["The quantity 1000000001 is out of range."]),
        (
            "NEW,\x01,-9999999999",
            ["The name holds a control character.", "The quantity -9999999999 is out of range."],
        ),
    ],
)
def test_wrong_rows_are_left_out(row, told):
    text = f"sku,name,quantity\n{row}\nMUG,A mug,1\n"
    found = plan(text)
    ((line, _, problems),) = wrong(found)
    assert (line, problems) == (2, told)
    assert apply(text).created == 1
    assert [product.sku for product in Product.objects.all()] == ["MUG"]


def test_what_the_catalog_has_is_not_judged():
    """Amazon sends names and SKUs that nobody may type here; a file that repeats them is right."""
    factories.product(" MUG", name="two\nlines")
    assert plan('sku,name,enabled\n MUG,"two\nlines",no').wrong == []


def test_rows_of_products_that_changed_since_the_preview_are_left_out_and_named():
    for sku in ("MUG", "CUP", "JUG"):
        factories.product(sku, quantity=10)
    previewed = plan("sku,quantity\nMUG,20\nCUP,20\nJUG,20\nNEW,20\n")
    change_product(ProductChange(sku="MUG", quantity=9))
    change_product(ProductChange(sku="CUP", name="Another name"))  # which the file leaves alone
    change_product(ProductChange(sku="NEW", name="Added meanwhile", quantity=5))

    outcome = apply_plan(previewed, user="")
    assert (outcome.created, outcome.changed) == (0, 2)
    assert [row.change.sku for row in outcome.stale] == ["MUG", "NEW"]
    assert [values(sku)[3] for sku in ("MUG", "CUP", "JUG", "NEW")] == [9, 20, 20, 5]


def test_applying_twice_does_it_once():
    previewed = plan("sku,quantity\nMUG,20\n")
    apply_plan(previewed, user="")
    before = everything()
    assert apply_plan(previewed, user="").stale == []
    assert everything() == before


def test_more_rows_than_one_transaction_takes():
    count = BATCH + 1
    text = "sku,quantity,manage_stock\n" + "".join(f"P{n},{n},yes\n" for n in range(count))
    assert apply(text).created == count
    assert plan(text).unchanged == count


def test_an_encoding_that_was_guessed_is_told():
    assert plan("sku,name\nMUG,Blå", encoding="cp1252").encoding_guessed
    assert not plan("sku,name\nMUG,Blå").encoding_guessed


def test_an_export_read_back_changes_nothing():
    factories.product("=MUG", name="-1", quantity=10)
    factories.product("CUP", name="'=\r\nx", enabled=False, quantity=-3)
    factories.product("JUG", name="")
    factories.placed_order(items=[factories.item("=MUG", quantity=4)])
    text = "".join(write(export_rows(with_salable(Product.objects.order_by("pk")))))
    assert text.splitlines()[1] == "'=MUG,'-1,yes,yes,10,4,6"
    found = plan(text)
    assert (found.planned, found.wrong, found.unchanged) == ([], [], 3)


def test_a_preview_of_many_products_takes_one_statement(django_assert_num_queries):
    text = "sku\n" + "".join(f"P{n}\n" for n in range(900))
    with django_assert_num_queries(1):
        plan(text)
