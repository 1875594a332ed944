"""set_stock and map_sku."""

import pytest

from channels.models import SkuMapping
from orders.models import ChangeEvent, Product, StockMovement
from tests import factories
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, shop
from tests.snapshot import everything

pytestmark = pytest.mark.django_db

FAILED, WRONG_USAGE = 1, 2


def shown(manage, *arguments):
    answer = manage("set_stock", *arguments, "--json")
    assert (answer.code, answer.err) == (0, "")
    return answer.document


def refused(manage, code, text, *arguments):
    before = everything()
    answer = manage(*arguments)
    assert (answer.code, answer.out) == (code, "")
    assert text in answer.err.splitlines()[-1]
    assert everything() == before


NEW = {
    "sku": "MUG",
    "name": "",
    "enabled": True,
    "manage_stock": False,
    "quantity": 0,
    "reserved": 0,
    "salable": None,
    "released": 0,
}


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        (["--quantity=5"], {"manage_stock": True, "quantity": 5, "salable": 5}),
        (["--quantity", "-2"], {"manage_stock": True, "quantity": -2, "salable": -2}),
        (["--quantity=0"], {"manage_stock": True, "salable": 0}),
        (["--unmanaged"], {}),
        (["--enabled"], {}),
        (["--disabled"], {"enabled": False}),
        (["--name=A mug"], {"name": "A mug"}),
        (
            ["--quantity=5", "--disabled", "--name=A mug"],
            {"manage_stock": True, "quantity": 5, "salable": 5, "enabled": False, "name": "A mug"},
        ),
    ],
)
def test_an_unknown_sku_is_added(manage, options, changes):
    assert shown(manage, "MUG", *options) == NEW | changes
    assert ChangeEvent.objects.count() == 0  # all that waited was looked at


def test_held_orders_are_released_by_the_command_itself(manage):
    store = shop(unknown_sku="hold")
    bring(store, Draft(lines=(Line(sku="AMZ-MUG"),)))
    assert shown(manage, "MUG", "--name=A mug")["released"] == 0
    mapped = manage("map_sku", store.name, "AMZ-MUG", "MUG", "--json").document
    assert mapped["released"] == 1


def test_a_known_one_is_changed_and_shown(manage):
    factories.product("MUG", quantity=10)
    factories.placed_order(items=[factories.item("MUG", quantity=4)])
    before = everything()
    document = shown(manage, "MUG")
    assert everything() == before
    assert document == NEW | {
        "name": "Product MUG", "manage_stock": True, "quantity": 10, "reserved": 4, "salable": 6,
    }  # fmt: skip
    assert shown(manage, "MUG", "--quantity=2") == document | {"quantity": 2, "salable": -2}
    assert StockMovement.objects.first().change == -8
    assert shown(manage, "MUG", "--unmanaged") == document | {
        "quantity": 2, "manage_stock": False, "reserved": 0, "salable": None,
    }  # fmt: skip


def test_in_words(manage):
    lines = manage("set_stock", "MUG", "--name=A mug").out.splitlines()
    assert lines[:3] == ["sku: MUG", "name: A mug", "enabled: yes"]


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["MUG"], FAILED, "There is no product with SKU 'MUG'."),
        ([""], FAILED, "The SKU is missing."),
        (["A\0", "--enabled"], FAILED, "The SKU holds a control character."),
        (["S" * 65, "--enabled"], FAILED, "The SKU is longer than 64 characters."),
        (["MUG", "--name=" + "n" * 501], FAILED, "The name is longer than 500 characters."),
        (["MUG", "--quantity=1000000001"], FAILED, "The quantity 1000000001 is out of range."),
        (["MUG", "--quantity=1.5"], WRONG_USAGE, "--quantity: invalid int value: '1.5'"),
        (["MUG", "--quantity=1", "--unmanaged"], WRONG_USAGE, "not allowed with argument"),
        (["MUG", "--enabled", "--disabled"], WRONG_USAGE, "not allowed with argument"),
        ([], WRONG_USAGE, "required: SKU"),
    ],
)
def test_wrong_use_of_set_stock(manage, arguments, code, text):
    refused(manage, code, text, "set_stock", *arguments)


def test_map_sku(manage):
    factories.amazon_store(name="Amazon SE")
    factories.product("MUG")
    answer = manage("map_sku", "Amazon SE", "AMZ-1", "MUG", "--json")
    document = {"store": "Amazon SE", "seller_sku": "AMZ-1", "sku": "MUG", "released": 0}
    assert (answer.code, answer.document) == (0, document)
    assert SkuMapping.objects.get().product == Product.objects.get()

    answer = manage("map_sku", "Amazon SE", "AMZ-1", "--remove", "--json")
    assert (answer.code, answer.document) == (0, document | {"sku": None})
    assert not SkuMapping.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["Amazon XX", "AMZ-1", "MUG"], FAILED, "There is no Amazon store 'Amazon XX'."),
        (["Amazon SE", "AMZ-1", "CUP"], FAILED, "There is no product with SKU 'CUP'."),
        (["Amazon SE", "", "MUG"], FAILED, "The Amazon Seller SKU is missing."),
        (["Amazon SE", "AMZ-1", "--remove"], FAILED, "of store Amazon SE is not mapped."),
        (["Amazon SE", "AMZ-1"], WRONG_USAGE, "Give either the SKU of a product or --remove."),
        (["Amazon SE", "AMZ-1", "MUG", "--remove"], WRONG_USAGE, "Give either the SKU"),
        (["Amazon SE"], WRONG_USAGE, "required: SELLER_SKU"),
    ],
)
def test_wrong_use_of_map_sku(manage, arguments, code, text):
    factories.amazon_store(name="Amazon SE")
    factories.product("MUG")
    refused(manage, code, text, "map_sku", *arguments)
