"""Several packages in one command, corrections and carrier mappings."""

import pytest

from channels.models import CarrierMapping
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from orders.models import OrderNote, OutboxMessage, Package
from tests import portal
from tests.orders.shipping import everything

pytestmark = pytest.mark.django_db
FAILED, WRONG_USAGE = 1, 2


@pytest.fixture
def order(sandbox):
    portal.connect(sandbox)
    lines = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3"))
    amazon = sandbox.world.create_order("SE", Draft(lines=lines))
    portal.poll()
    return portal.order(amazon.order_id)


def items(order):
    return list(order.items.order_by("pk").values_list("order_item_id", flat=True))


def test_several_packages_at_once(manage, order, sandbox):
    kettle, mug = items(order)
    answer = manage(
        "ship_order",
        order.commerce_order.number,
        f"--package=carrier=postnord;tracking=RR123456785SE;item={kettle}:1;item={mug}:1",
        f"--package=carrier=Other;name=Bud;tracking=B-1;method=Bike;item={kettle}:1;"
        f"shipped_at={order.purchase_date.isoformat()}",
        "--json",
    )
    assert (answer.code, answer.err) == (0, "")
    document = answer.document
    assert "package" not in document
    assert document["state"] == "complete"
    assert document["warnings"] == []
    assert [(p["package"], p["carrier_code"], p["tracking_number"], p["items"])
            for p in document["packages"]] == [
        (1, "PostNord", "RR123456785SE", [{"order_item_id": kettle, "quantity": 1},
                                          {"order_item_id": mug, "quantity": 1}]),
        (2, "Other", "B-1", [{"order_item_id": kettle, "quantity": 1}]),
    ]  # fmt: skip
    whose = list(OrderNote.objects.order_by("id").values_list("actor", flat=True))
    assert whose == ["amazon", "portal", "command", "command"]  # who shipped; who had imported
    portal.deliver()
    shown = sandbox.world.order(order.amazon_order_id).packages
    assert [(p.reference_id, p.carrier_name, p.shipping_method) for p in shown] == [
        ("1", "", ""),
        ("2", "Bud", "Bike"),
    ]


@pytest.mark.parametrize(
    ("package", "code", "told"),
    [
        ("carrier=DSV", WRONG_USAGE, "has no tracking."),
        ("tracking=1", WRONG_USAGE, "has no carrier."),
        ("carrier=DSV;tracking=1;size=9", WRONG_USAGE, "'size=9' is not one of carrier=C;"),
        ("carrier=DSV;tracking=1;loose", WRONG_USAGE, "'loose' is not one of carrier=C;"),
        ("carrier=DSV;carrier=GLS;tracking=1", WRONG_USAGE, "carrier is given twice."),
        ("carrier=DSV;tracking=1;item=5", WRONG_USAGE, "item=5 is not of the form"),
        ("carrier=DSV;tracking=1;item=5:0", WRONG_USAGE, "item=5:0 is not of the form"),
        ("carrier=DSV;tracking=1;item=5:1;item=5:1", WRONG_USAGE, "5 is given twice."),
        ("carrier=DSV;tracking=1;shipped_at=soon", WRONG_USAGE, "is not a date and time"),
        ("carrier=DSV;tracking=1;item=5:1", FAILED, "has no item 5."),
        ("carrier=DSV;tracking=1;cod=DirectPayment", FAILED, "is not paid for by cash"),
        ("carrier=Pigeon;tracking=1", FAILED, "map it under Carrier mappings"),
    ],
)
def test_a_wrong_package_ships_nothing(manage, order, package, code, told):
    before = everything()
    answer = manage("ship_order", order.commerce_order.number, f"--package={package}")
    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
    assert everything() == before


def test_packages_and_the_options_of_one_do_not_mix(manage, order):
    number = order.commerce_order.number
    answer = manage("ship_order", number, "--package=carrier=DSV;tracking=1", "--tracking=2")
    assert answer.code == WRONG_USAGE
    assert "Give either --package or the options of one package." in answer.err


def test_a_cancel_request_needs_a_decision(manage, order, sandbox):
    sandbox.world.change(order.amazon_order_id, lambda o: moves.request_cancel(o, reason="Late"))
    portal.poll()
    ship = ("ship_order", order.commerce_order.number, "--carrier=DSV", "--tracking=1")
    answer = manage(*ship)
    assert answer.code == FAILED
    assert "asked to cancel it: ship it only by decision." in answer.err
    assert "Late" not in answer.err
    assert manage(*ship, "--despite-cancel-request").code == 0


def test_codes_of_units(manage, sandbox):
    portal.connect(sandbox)
    lines = (Line(sku="KET-12", quantity=2, programs=("TRANSPARENCY",)),)
    amazon = sandbox.world.create_order("SE", Draft(lines=lines))
    portal.poll()
    (kettle,) = items(portal.order(amazon.order_id))
    codes = "SN0000001|https://example.com/a:b"
    answer = manage(
        "ship_order",
        amazon.order_id,
        f"--package=carrier=DSV;tracking=1;codes={kettle}:{codes}",
    )
    assert (answer.code, answer.err) == (0, "")
    portal.deliver()
    (package,) = sandbox.world.order(amazon.order_id).packages
    assert list(package.items[0].transparency_codes) == codes.split("|")


# correct_package


def test_correct_package(manage, order, sandbox):
    portal.ship(order.amazon_order_id, tracking="WRONG", shipping_method="Express")
    portal.deliver()
    answer = manage(
        "correct_package", order.commerce_order.number, "1", "--tracking=RR123456785SE", "--json"
    )
    document = answer.document
    assert (document["carrier_code"], document["tracking_number"], document["confirmation"]) == (
        "PostNord",
        "RR123456785SE",
        "pending",
    )
    assert document["warnings"] == []
    portal.deliver()
    (package,) = sandbox.world.order(order.amazon_order_id).packages
    assert (package.reference_id, package.tracking_number) == ("1", "RR123456785SE")
    assert package.shipping_method == "Express"
    assert OutboxMessage.objects.get().state == "proven"


def test_another_carrier_and_a_doubtful_number(manage, order):
    portal.ship(order.amazon_order_id, carrier="Other", carrier_name="Bud", tracking="B-1")
    arguments = ("--tracking=1Z", "--carrier=ups", "--json")
    document = manage("correct_package", order.amazon_order_id, "1", *arguments).document
    assert document["warnings"] == ["1Z does not look like a tracking number of UPS."]
    package = Package.objects.get()
    assert (package.carrier_code, package.carrier_name) == ("UPS", "")


def test_a_package_that_is_not_there(manage, order):
    answer = manage("correct_package", order.amazon_order_id, "7", "--tracking=1")
    assert answer.code == FAILED
    assert f"Order {order.amazon_order_id} has no package 7." in answer.err


# map_carrier


@pytest.mark.django_db
def test_map_carrier_and_take_it_away(manage):
    document = manage("map_carrier", "My Bud", "other", "--carrier-name=Bud AB", "--json").document
    assert document == {"name": "My Bud", "carrier_code": "Other", "carrier_name": "Bud AB"}
    assert CarrierMapping.objects.get().name_key == "mybud"
    assert manage("map_carrier", "MY BUD", "--remove").code == 0
    assert CarrierMapping.objects.count() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["Bud"], WRONG_USAGE, "Give either a carrier code of Amazon's or --remove."),
        (["Bud", "DSV", "--remove"], WRONG_USAGE, "Give either"),
        (["Bud", "Pigeon"], FAILED, "'Pigeon' is not one of Amazon's codes."),
        (["Bud", "--remove"], FAILED, "Carrier 'Bud' is not mapped."),
    ],
)
def test_a_wrong_mapping(manage, arguments, code, told):
    answer = manage("map_carrier", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
