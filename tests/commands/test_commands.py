"""Every command does what its help says: in words, and as one JSON document."""

import json
import logging

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels.models import AmazonStore, Backfill, ChannelOrder, OrderSettings, SellerAccount
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Address, Buyer, Status
from channels.sandbox.sellers import DEMO_EU
from tests import portal

pytestmark = pytest.mark.django_db

ANNA = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")
HOME = Address(name="Anna Öberg", line1="Storgatan 1", city="Stockholm", country_code="SE")
KETTLES = Draft(buyer=ANNA, address=HOME, lines=(Line(sku="KET-12", quantity=2), Line(sku="MUG-3")))


def credentials(sandbox):
    return [
        "--region=eu",
        "--marketplace=se",
        f"--seller-id={DEMO_EU.seller_id}",
        f"--client-id={DEMO_EU.client_id}",
        f"--client-secret={DEMO_EU.client_secret}",
        f"--refresh-token={DEMO_EU.refresh_token}",
        f"--endpoint={sandbox.url}",
        f"--lwa-endpoint={sandbox.url}",
    ]


@pytest.fixture
def order(sandbox):
    """An order of Anna's, ready to ship."""
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", KETTLES)
    portal.poll()
    return portal.order(amazon.order_id)


# connect_store


def test_connect_store(manage, sandbox):
    since = "2026-01-02T03:04Z"
    answer = manage(
        "connect_store",
        "Amazon SE",
        *credentials(sandbox),
        "--commerce-store=nordic",
        f"--import-since={since}",
        "--poll-interval=60",
        "--json",
    )

    assert (answer.code, answer.err) == (0, "")
    assert answer.document == {
        "store": "Amazon SE",
        "marketplace_id": "A2NODRKZP88ZB9",
        "seller_id": DEMO_EU.seller_id,
        "region": "eu",
        "commerce_store": "nordic",
        "import_since": "2026-01-02T03:04:00Z",
        "active": True,
    }
    account = SellerAccount.objects.get()
    assert (account.endpoint, account.poll_interval) == (sandbox.url, 60)
    assert Backfill.objects.get().since == parse_datetime(since)


def test_connect_store_again_renews_the_credentials(manage, sandbox):
    manage("connect_store", "Amazon SE", *credentials(sandbox))
    SellerAccount.objects.update(problem="revoked", problem_at=timezone.now())
    answer = manage("connect_store", "Amazon SE", *credentials(sandbox))

    assert answer.code == 0
    assert AmazonStore.objects.get().account.problem == ""


def test_secrets_come_from_files(manage, sandbox, tmp_path):
    for name, value in (("secret", DEMO_EU.client_secret), ("token", DEMO_EU.refresh_token)):
        (tmp_path / name).write_text(f"{value}\n")
    arguments = [
        a for a in credentials(sandbox) if not a.startswith(("--client-secret", "--refresh-token"))
    ]
    answer = manage(
        "connect_store",
        "Amazon SE",
        *arguments,
        f"--client-secret=@{tmp_path / 'secret'}",
        f"--refresh-token=@{tmp_path / 'token'}",
    )

    assert answer.code == 0, answer.err
    assert "store: Amazon SE" in answer.out.splitlines()
    assert DEMO_EU.client_secret not in answer.out


# order_settings


def test_order_settings_shows_and_changes(manage, order):
    shown = manage("order_settings", "Amazon SE", "--json").document
    since = OrderSettings.objects.get().import_since.isoformat()
    assert shown == {
        "store": "Amazon SE",
        "import_amazon_orders": "enabled",
        "commerce_store": "amazon-se",
        "customer_creation": "guest",
        "order_number_source": "commerce",
        "order_status": "default",
        "processing_order_status": None,
        "pending_orders": "ignore",
        "pending_reserve_days": 7,
        "fba_orders": "create",
        "import_since": since,
        "unknown_sku": "add",
        "product_disabled": "hold",
        "out_of_stock": "oversell",
        "number_prefix": "",
        "number_prefix_fba": "",
        "number_prefix_prime": "",
        "number_prefix_business": "",
        "grace_minutes": 0,
        "backfill": None,
    }

    changes = ["customer_creation=new", "grace_minutes=15", "number_prefix=AMZ-"]
    changed = manage("order_settings", "Amazon SE", *changes, "--json").document
    assert changed == shown | {
        "customer_creation": "new",
        "grace_minutes": 15,
        "number_prefix": "AMZ-",
    }
    assert manage("order_settings", "Amazon SE", "--json").document == changed


def test_order_settings_can_all_be_set_to_what_they_show(manage, order):
    shown = manage("order_settings", "Amazon SE", "--json").document
    store, _ = shown.pop("store"), shown.pop("backfill")
    values = [f"{name}={'' if value is None else value}" for name, value in shown.items()]
    answer = manage("order_settings", store, *values, "--json")
    assert (answer.code, answer.document) == (0, {"store": store, **shown, "backfill": None})


# import_order


def test_import_order(manage, sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", KETTLES)

    answers = [
        manage("import_order", "Amazon SE", amazon.order_id, "--json").document for _ in range(2)
    ]
    first = {
        "amazon_order_id": amazon.order_id,
        "status": "unshipped",
        "placement": "placed",
        "outcome": "created",
    }
    assert answers == [first, first | {"outcome": "unchanged"}]


def test_import_order_that_is_not_wanted_says_so(manage, sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", Draft(fulfilled_by=AMAZON))
    answer = manage("import_order", "Amazon SE", amazon.order_id)
    assert answer.code == 1
    assert f"Order {amazon.order_id} is not imported" in answer.err
    assert ChannelOrder.objects.count() == 0


# ship_order, deliver


def test_ship_order_ships_all_that_is_left(manage, order):
    number = order.commerce_order.number
    answer = manage("ship_order", number, "--carrier=PostNord", "--tracking=SE1", "--json")

    assert (answer.code, answer.err) == (0, "")
    document = answer.document
    (package,) = document["packages"]
    assert document == {**document, **package}
    assert parse_datetime(document.pop("shipped_at")) <= timezone.now()
    ids = list(order.items.values_list("order_item_id", flat=True))
    assert document.pop("packages") == [package]
    assert document == {
        "commerce_order": number,
        "amazon_order_id": order.amazon_order_id,
        "state": "complete",
        "package": 1,
        "carrier_code": "PostNord",
        "tracking_number": "SE1",
        "items": [
            {"order_item_id": ids[0], "quantity": 2},
            {"order_item_id": ids[1], "quantity": 1},
        ],
        "confirmation": "pending",
        "warnings": ["SE1 does not look like a tracking number of PostNord."],
        "unchecked": None,
    }


def test_ship_order_by_item_with_a_carrier_of_its_own(manage, order):
    kettle = order.items.get(seller_sku="KET-12").order_item_id
    at = order.purchase_date.isoformat()
    document = manage(
        "ship_order",
        order.amazon_order_id,
        "--carrier=Other",
        "--carrier-name=Cykelbudet",
        "--tracking=C-1",
        f"--shipped-at={at}",
        f"--item={kettle}=1",
        "--json",
    ).document

    assert (document["state"], document["items"]) == (
        "processing",
        [{"order_item_id": kettle, "quantity": 1}],
    )
    shown = manage("show_order", order.amazon_order_id, "--json").document
    (package,) = shown["commerce_order"]["packages"]
    assert (package["carrier_code"], package["carrier_name"]) == ("Other", "Cykelbudet")
    assert parse_datetime(package["shipped_at"]) == parse_datetime(at)


def test_deliver_until_idle(manage, sandbox, order):
    number = order.commerce_order.number
    assert manage("deliver", "--json").document == {
        "sent": 0,
        "feeds": 0,
        "proven": 0,
        "waiting": 0,
        "refused": 0,
        "read_only": False,
        "cancellations_waiting": 0,
    }
    manage("ship_order", number, "--carrier=PostNord", "--tracking=SE1")
    portal.hurry()
    assert manage("deliver", "--json").document["sent"] == 1
    portal.hurry()
    idle = manage("deliver", "--until-idle", "--json").document
    assert (idle["waiting"], idle["refused"]) == (0, 0)
    assert sandbox.world.order(order.amazon_order_id).status is Status.SHIPPED


# demo


def test_demo_twice_gives_the_same_login_and_stores(manage, sandbox, tmp_path, settings):
    settings.PORTAL_HOME = tmp_path
    (tmp_path / "keys").mkdir()
    first = manage("demo", "--sandbox-url", sandbox.url, "--json").document
    second = manage("demo", "--sandbox-url", sandbox.url, "--json").document

    assert first["login"] == "demo"
    assert second == first
    names = AmazonStore.objects.values_list("name", flat=True)
    assert list(names) == ["Amazon DE", "Amazon GB", "Amazon JP", "Amazon SE", "Amazon US"]
    assert Backfill.objects.count() == 5


def test_the_demo_has_a_login_per_role(manage, sandbox, tmp_path, settings):
    settings.PORTAL_HOME = tmp_path
    demo = manage("demo", "--sandbox-url", sandbox.url, "--json").document
    assert demo["roles"] == ["viewer", "fulfilment", "manager", "administrator"]
    for name in demo["roles"]:
        user = authenticate(username=name, password=demo["password"])
        assert user.is_staff
        assert not user.is_superuser
        assert [group.name.lower() for group in user.groups.all()] == [name]
    assert authenticate(username="demo", password=demo["password"]).is_superuser


# All of them


@pytest.mark.parametrize(
    "command",
    ["order_settings", "poll_orders", "show_order", "ship_order", "import_order", "deliver"],
)
def test_json_is_one_document_and_nothing_else(manage, order, command):
    arguments = {
        "order_settings": ["Amazon SE"],
        "poll_orders": ["--once"],
        "show_order": [order.amazon_order_id],
        "ship_order": [order.amazon_order_id, "--carrier=DHL", "--tracking=T"],
        "import_order": ["Amazon SE", order.amazon_order_id],
        "deliver": [],
    }[command]
    answer = manage(command, *arguments, "--json")
    assert answer.code == 0
    assert answer.out.count("\n") == 1
    assert isinstance(json.loads(answer.out), dict)

    in_words = manage("show_order", order.amazon_order_id).out
    assert f"amazon_order_id: {order.amazon_order_id}" in in_words.splitlines()


def test_revealing_is_logged_without_what_was_revealed(manage, order, caplog):
    with caplog.at_level(logging.INFO, logger="sync_portal.audit"):
        manage("show_order", order.amazon_order_id, "--reveal")
    (record,) = [r for r in caplog.records if r.name == "sync_portal.audit"]
    assert record.amazon_order_id == order.amazon_order_id
    assert order.amazon_order_id in record.getMessage()  # the text format has nothing else
    assert "Anna" not in str(record.__dict__)
    assert "k3v9x" not in str(record.__dict__)
