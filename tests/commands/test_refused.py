"""Wrong use of a command: one clear line that names it, the exit code, and nothing written."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Status
from channels.sandbox.sellers import DEMO_EU, DEMO_NA
from tests import portal
from tests.snapshot import everything

pytestmark = pytest.mark.django_db

FAILED, WRONG_USAGE = 1, 2


@pytest.fixture
def order(sandbox):
    """An order of two kettles and a mug, ready to ship."""
    portal.connect(sandbox)
    lines = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3"))
    amazon = sandbox.world.create_order("SE", Draft(lines=lines))
    portal.poll()
    return portal.order(amazon.order_id)


@pytest.fixture
def refused(manage):
    """Run a command; it fails with this code, this text in its one line, and nothing written."""

    def check(code, text, *arguments):
        before = everything()
        answer = manage(*arguments)
        assert (answer.code, answer.out) == (code, "")
        said = answer.err.splitlines()
        if code == WRONG_USAGE and said[0].startswith("usage:"):
            said = said[-1:]  # argparse shows the usage first
        assert len(said) == 1
        assert text in said[0]
        assert everything() == before

    return check


# Stores, orders, numbers that are not there

UNKNOWN_STORE = "There is no Amazon store 'Amazon XX'. Stores: Amazon SE."


@pytest.mark.parametrize(
    "arguments",
    [
        ["order_settings", "Amazon XX"],
        ["poll_orders", "--store", "Amazon XX"],
        ["import_order", "Amazon XX", "302-1"],
    ],
)
def test_an_unknown_store(refused, order, arguments):
    refused(FAILED, UNKNOWN_STORE, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [["show_order", "302-1"], ["ship_order", "302-1", "--carrier=DHL", "--tracking=T"]],
)
def test_an_unknown_order(refused, order, arguments):
    refused(FAILED, "There is no order 302-1.", *arguments)


def test_an_order_amazon_does_not_know(refused, order):
    refused(
        FAILED,
        "Amazon knows no order 302-0000000-0000000 of store Amazon SE.",
        *("import_order", "Amazon SE", "302-0000000-0000000"),
    )


@pytest.mark.parametrize("nonsense", ["", ".", "../x", "302-1?x=1", "å", "1" * 33])
def test_what_is_no_order_number(refused, order, nonsense):
    text = f"{nonsense!r} is not an Amazon order id."
    refused(WRONG_USAGE, text, "import_order", "Amazon SE", nonsense)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["show_order"], "required: AMAZON_ORDER_ID|COMMERCE_NUMBER"),
        (["ship_order", "1", "--carrier=DHL"], "required: --tracking"),
        (["ship_order", "1", "--tracking=T"], "required: --carrier"),
        (["connect_store", "X"], "required: --region, --marketplace, --seller-id"),
        (["demo"], "required: --sandbox-url"),
        (["deliver", "--timeout=soon"], "argument --timeout: invalid float value: 'soon'"),
        (["poll_orders", "--twice"], "unrecognized arguments: --twice"),
    ],
)
def test_arguments_that_are_missing_or_unknown(refused, db, arguments, text):
    refused(WRONG_USAGE, text, *arguments)


# order_settings


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ("colour=red", FAILED, "There is no setting 'colour'. Settings: import_amazon_orders, "),
        ("grace_minutes", WRONG_USAGE, "'grace_minutes' is not of the form name=value."),
        ("grace_minutes=ten", FAILED, "grace_minutes='ten' is not a whole number."),
        ("grace_minutes=-1", FAILED, "grace_minutes='-1' is not a whole number."),
        ("grace_minutes=1441", FAILED, "grace_minutes: "),
        ("pending_reserve_days=0", FAILED, "pending_reserve_days: "),
        ("pending_reserve_days=366", FAILED, "pending_reserve_days: "),
        ("grace_minutes=" + "9" * 5000, FAILED, "is not a whole number."),
        ("import_since=tomorrow", FAILED, "import_since='tomorrow' is not a date and time"),
        ("import_since=2026-02-30T00:00Z", FAILED, "import_since='2026-02-30T00:00Z'"),
        ("import_amazon_orders=on", FAILED, "='on' is not one of enabled, disabled."),
        ("customer_creation=all", FAILED, "='all' is not one of guest, new."),
        ("order_number_source=mine", FAILED, "='mine' is not one of commerce, amazon."),
        ("order_status=custom", FAILED, "order_status=custom needs a processing_order_status."),
        ("pending_orders=keep", FAILED, "='keep' is not one of ignore, reserve."),
        ("fba_orders=", FAILED, "fba_orders='' is not one of create, ignore."),
        ("unknown_sku=drop", FAILED, "='drop' is not one of add, unmatched, hold."),
        ("product_disabled=x", FAILED, "='x' is not one of hold, create."),
        ("out_of_stock=x", FAILED, "='x' is not one of oversell, hold."),
        ("processing_order_status=x", FAILED, "there is no order status with this code."),
        ("commerce_store=x", FAILED, "there is no Commerce store with this code."),
        ("number_prefix=" + "A" * 17, FAILED, "number_prefix: "),
    ],
)
def test_a_wrong_setting_changes_none(refused, order, change, code, text):
    right = "number_prefix=A" if change.startswith("customer") else "customer_creation=new"
    refused(code, text, "order_settings", "Amazon SE", right, change)


def test_a_setting_given_twice(refused, order):
    refused(
        WRONG_USAGE,
        "grace_minutes is given twice.",
        *("order_settings", "Amazon SE", "grace_minutes=1", "grace_minutes=2"),
    )


# ship_order


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--carrier=Dragon"], FAILED, "'Dragon' is not a carrier Amazon knows: map it under"),
        (["--carrier="], FAILED, "The carrier is missing."),
        (["--carrier=Other"], FAILED, "Carrier Other needs the carrier's name."),
        (["--tracking="], FAILED, "The tracking number is missing."),
        (["--tracking=   "], FAILED, "The tracking number is missing."),
        (["--tracking=" + "1" * 65], FAILED, "The tracking number is longer than 64 characters."),
        (["--shipped-at=soon"], WRONG_USAGE, "--shipped-at='soon' is not a date and time"),
        (["--shipped-at=2001-01-01T00:00Z"], FAILED, "lies before the purchase"),
        (["--item=1=1"], FAILED, "has no item 1."),
        (["--item=KET-12"], WRONG_USAGE, "'KET-12' is not of the form ORDER_ITEM_ID=QTY."),
        (["--item=1=0"], WRONG_USAGE, "'1=0' is not of the form"),
        (["--item=1=-1"], WRONG_USAGE, "'1=-1' is not of the form"),
        (["--item=1=1.5"], WRONG_USAGE, "'1=1.5' is not of the form"),
        (["--item=1=²"], WRONG_USAGE, "'1=²' is not of the form"),
        (["--item=1=1", "--item=1=2"], WRONG_USAGE, "--item 1 is given twice."),
    ],
)
def test_a_wrong_argument_ships_nothing(refused, order, arguments, code, text):
    number = order.commerce_order.number
    refused(code, text, "ship_order", number, "--carrier=DHL", "--tracking=T", *arguments)


def ship(refused, order, text, *arguments):
    number = order.amazon_order_id
    refused(FAILED, text, "ship_order", number, "--carrier=DHL", "--tracking=T", *arguments)


def test_a_ship_date_in_the_future(refused, order):
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    ship(refused, order, "lies in the future.", f"--shipped-at={at}")


@pytest.mark.parametrize("units", [2, 10**30])
def test_more_than_is_left(refused, order, units):
    kettle = order.items.get(seller_sku="KET-12").order_item_id
    portal.ship(order.amazon_order_id, quantities={kettle: 1})
    text = f"KET-12: {units} to ship, but only 1 left."
    ship(refused, order, text, f"--item={kettle}={units}")


def test_the_item_of_another_order(refused, order, sandbox):
    other = sandbox.world.create_order("SE", Draft())
    item = other.items[0].order_item_id
    ship(refused, order, f"has no item {item}.", f"--item={item}=1")


def test_an_order_that_is_shipped(refused, order):
    portal.ship(order.amazon_order_id)
    ship(refused, order, "Order 000000001 is Complete: it cannot be shipped.")


def test_an_order_that_is_canceled(refused, order, sandbox):
    sandbox.world.change(order.amazon_order_id, moves.cancel)
    portal.poll()
    ship(refused, order, "Order 000000001 is Canceled: it cannot be shipped.")


def test_an_order_that_amazon_ships(refused, order, sandbox):
    amazon = sandbox.world.create_order("SE", Draft(status=Status.SHIPPED, fulfilled_by=AMAZON))
    portal.poll()
    text = "Order 000000002 is Complete: it cannot be shipped."
    ship(refused, portal.order(amazon.order_id), text)


def test_an_order_without_a_commerce_order(refused, order, sandbox):
    amazon = sandbox.world.create_order("SE", Draft(status=Status.PENDING))
    portal.poll()
    text = f"Order {amazon.order_id} has no Commerce order: it cannot be shipped."
    ship(refused, portal.order(amazon.order_id), text)


# connect_store


def connecting(sandbox, **changes):
    values = {
        "name": "Amazon DE",
        "region": "eu",
        "marketplace": "DE",
        "seller_id": DEMO_EU.seller_id,
        "client_id": DEMO_EU.client_id,
        "client_secret": DEMO_EU.client_secret,
        "refresh_token": DEMO_EU.refresh_token,
        "endpoint": sandbox.url,
        "lwa_endpoint": sandbox.url,
        **changes,
    }
    name = values.pop("name")
    options = [f"--{key.replace('_', '-')}={value}" for key, value in values.items()]
    return ["connect_store", name, *options]


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"name": ""}, FAILED, "The store name is missing."),
        ({"name": "N" * 65}, FAILED, "The store name is longer than 64 characters."),
        ({"region": "as"}, WRONG_USAGE, "argument --region: invalid choice: 'as'"),
        ({"region": "na"}, FAILED, "Marketplace DE belongs to region eu, not to na."),
        ({"marketplace": "XX"}, FAILED, "There is no Amazon marketplace 'XX'."),
        ({"marketplace": "FR"}, FAILED, "The seller account does not sell on marketplace FR"),
        ({"seller_id": ""}, FAILED, "The seller id is missing."),
        ({"client_id": ""}, FAILED, "The LWA client id is missing."),
        ({"client_id": "mistaken"}, FAILED, "The LWA client id or client secret is wrong."),
        ({"client_secret": ""}, FAILED, "The LWA client secret is missing."),
        ({"client_secret": "mistaken"}, FAILED, "The LWA client id or client secret is wrong."),
        ({"refresh_token": ""}, FAILED, "The refresh token is missing."),
        ({"refresh_token": "mistaken"}, FAILED, "The refresh token is wrong, revoked, or made"),
        ({"client_secret": "@/no/such/file"}, FAILED, "The secret file /no/such/file cannot be"),
        ({"refresh_token": "@/"}, FAILED, "The secret file / cannot be read"),
        ({"endpoint": "http://example.com"}, FAILED, "must be https, or http to this machine"),
        ({"lwa_endpoint": "http://example.com"}, FAILED, "must be https, or http to this machine"),
        ({"endpoint": "ftp://127.0.0.1"}, FAILED, "must be https, or http to this machine"),
        ({"endpoint": "nonsense"}, FAILED, "must be https, or http to this machine"),
        ({"endpoint": "http://127.0.0.1:1"}, FAILED, "Amazon could not be reached."),
        ({"lwa_endpoint": "http://127.0.0.1:1"}, FAILED, "Amazon could not be reached."),
        ({"import_since": "soon"}, WRONG_USAGE, "--import-since='soon' is not a date and time"),
        ({"poll_interval": 4}, WRONG_USAGE, "--poll-interval 4 is not between 5 and 86400."),
        ({"poll_interval": "x"}, WRONG_USAGE, "argument --poll-interval: invalid int value: 'x'"),
        ({"commerce_store": "no code!"}, FAILED, "The Commerce store code 'no code!' has other"),
        ({"commerce_store": "c" * 33}, FAILED, "The Commerce store code is longer than 32"),
        ({"seller_id": "S" * 33}, FAILED, "The seller id is longer than 32 characters."),
    ],
)
def test_a_store_that_cannot_be_connected(refused, sandbox, changes, code, text):
    refused(code, text, *connecting(sandbox, **changes))


def test_a_name_that_another_marketplace_has(refused, order, sandbox):
    text = "Store 'Amazon SE' exists with another seller account or marketplace"
    refused(FAILED, text, *connecting(sandbox, name="Amazon SE"))


def test_a_marketplace_that_is_connected_under_another_name(refused, order, sandbox):
    text = "Marketplace SE of this seller account is connected already, as store 'Amazon SE'."
    refused(FAILED, text, *connecting(sandbox, marketplace="SE"))


def test_the_token_of_another_seller(refused, sandbox):
    """Amazon answers with the marketplaces of the seller whose token it is."""
    text = "The seller account does not sell on marketplace DE"
    refused(FAILED, text, *connecting(sandbox, refresh_token=DEMO_NA.refresh_token))


@pytest.mark.parametrize(
    ("url", "code", "text"),
    [
        ("nonsense", FAILED, "must be https, or http to this machine"),
        ("http://example.com", FAILED, "must be https, or http to this machine"),
        ("", WRONG_USAGE, "--sandbox-url is empty."),
    ],
)
def test_a_demo_without_a_sandbox(refused, db, url, code, text):
    refused(code, text, "demo", "--sandbox-url", url)


def test_no_demo_in_production(refused, sandbox, settings):
    from dataclasses import replace

    settings.ENV = replace(settings.ENV, production=True)
    refused(FAILED, "There is no demo in production.", "demo", "--sandbox-url", sandbox.url)


@pytest.mark.parametrize("secret", ["client_secret", "refresh_token"])
def test_secrets_are_not_repeated(manage, sandbox, secret):
    answer = manage(*connecting(sandbox, **{secret: "a-mistaken-value"}))
    assert answer.code == FAILED
    assert "a-mistaken-value" not in answer.err
