"""Order settings by name and value: what is shown, changed, refused, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from channels.models import (
    Backfill,
    ChannelOrder,
    OrderSettings,
    OrderSettingsChange,
    SyncCursor,
)
from channels.services import order_settings, reconsidering
from channels.services.releasing import release_held
from orders.models import ChangeEvent, CommerceOrder, OrderStatus, Product
from tests import factories
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, shop, shown, texts

pytestmark = pytest.mark.django_db

DEFAULTS = {
    "import_amazon_orders": "enabled",
    "commerce_store": "main",
    "customer_creation": "guest",
    "order_number_source": "commerce",
    "order_status": "default",
    "processing_order_status": None,
    "pending_orders": "ignore",
    "pending_reserve_days": 7,
    "fba_orders": "create",
    "import_since": "2026-01-01T00:00:00+00:00",
    "unknown_sku": "add",
    "product_disabled": "hold",
    "out_of_stock": "oversell",
    "number_prefix": "",
    "number_prefix_fba": "",
    "number_prefix_prime": "",
    "number_prefix_business": "",
    "grace_minutes": 0,
}


def now_shown(store):
    return order_settings.show(OrderSettings.objects.get(store=store))


def test_the_first_option_is_the_default():
    assert now_shown(shop()) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value", "becomes"),
    [
        ("import_amazon_orders", "disabled", "disabled"),
        ("commerce_store", "nordic", "nordic"),
        ("customer_creation", "new", "new"),
        ("order_number_source", "amazon", "amazon"),
        ("processing_order_status", "picking", "picking"),
        ("processing_order_status", "", None),
        ("pending_orders", "reserve", "reserve"),
        ("pending_reserve_days", "30", 30),
        ("fba_orders", "ignore", "ignore"),
        ("import_since", "2026-02-03T04:05:06+01:00", "2026-02-03T03:05:06+00:00"),
        ("import_since", "2026-02-03T04:05", "2026-02-03T04:05:00+00:00"),
        ("unknown_sku", "unmatched", "unmatched"),
        ("unknown_sku", "hold", "hold"),
        ("product_disabled", "create", "create"),
        ("out_of_stock", "hold", "hold"),
        ("number_prefix", "AMZ-", "AMZ-"),
        ("number_prefix_fba", "FBA-", "FBA-"),
        ("number_prefix_prime", "P-", "P-"),
        ("number_prefix_business", "B-", "B-"),
        ("grace_minutes", "1440", 1440),
    ],
)
def test_each_setting_is_changed_by_itself(name, value, becomes):
    store = shop()
    factories.commerce_store("nordic")
    OrderStatus.objects.create(code="picking", label="Picking", state="processing")

    order_settings.change(store, {name: value})

    assert now_shown(store) == {**DEFAULTS, name: becomes}


def test_custom_goes_with_a_status():
    store = shop()
    OrderStatus.objects.create(code="picking", label="Picking", state="processing")
    order_settings.change(store, {"order_status": "custom", "processing_order_status": "picking"})
    shown_now = now_shown(store)
    assert (shown_now["order_status"], shown_now["processing_order_status"]) == (
        "custom",
        "picking",
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "import_amazon_orders",
            "yes",
            "import_amazon_orders='yes' is not one of enabled, disabled.",
        ),
        ("customer_creation", "", "customer_creation='' is not one of guest, new."),
        ("fba_orders", "Create", "fba_orders='Create' is not one of create, ignore."),
        (
            "unknown_sku",
            "skip",
            "unknown_sku='skip' is not one of add, unmatched, hold.",
        ),
        (
            "commerce_store",
            "moon",
            "commerce_store='moon': there is no Commerce store with this code.",
        ),
        (
            "processing_order_status",
            "moon",
            "processing_order_status='moon': there is no order status with this code.",
        ),
        (
            "order_status",
            "custom",
            "order_status=custom needs a processing_order_status.",
        ),
        ("grace_minutes", "-1", "grace_minutes='-1' is not a whole number."),
        ("grace_minutes", "٣", "grace_minutes='٣' is not a whole number."),
        (
            "grace_minutes",
            "1441",
            "grace_minutes: Ensure this value is less than or equal to 1440.",
        ),
        (
            "pending_reserve_days",
            "0",
            "pending_reserve_days: Ensure this value is greater than or equal to 1.",
        ),
        (
            "number_prefix",
            "P" * 17,
            "number_prefix: Ensure this value has at most 16 characters (it has 17).",
        ),
        (
            "import_since",
            "yesterday",
            "import_since='yesterday' is not a date and time such as 2026-11-01T00:00Z.",
        ),
        (
            "import_since",
            "2026-02-30T00:00Z",
            "import_since='2026-02-30T00:00Z' is not a date and time such as 2026-11-01T00:00Z.",
        ),
        (
            "import_since",
            "1999-12-31T23:59Z",
            "import_since='1999-12-31T23:59Z' is not a date of this century.",
        ),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(name, value, sentence):
    store = shop()
    with pytest.raises(order_settings.InvalidSetting) as caught:
        order_settings.change(store, {"pending_orders": "reserve", name: value})
    assert str(caught.value) == sentence
    assert caught.value.name in (name, "processing_order_status")
    assert now_shown(store) == DEFAULTS
    assert not OrderSettingsChange.objects.exists()
    assert not ChangeEvent.objects.exists()


def test_a_wrong_name_comes_with_the_right_ones():
    store = shop()
    with pytest.raises(order_settings.InvalidSetting) as caught:
        order_settings.change(store, {"colour": "red"})
    assert str(caught.value) == f"There is no setting 'colour'. Settings: {', '.join(DEFAULTS)}."


# Who changed what


def test_every_change_is_remembered():
    store = shop()
    order_settings.change(store, {"unknown_sku": "hold", "grace_minutes": "5"}, user="asa")
    order_settings.change(store, {"unknown_sku": "hold"}, user="eva")  # it is so already
    order_settings.change(store, {"grace_minutes": "0"})
    assert [(c.user_name, c.changes) for c in store.settings_changes.order_by("pk")] == [
        ("asa", {"unknown_sku": ["add", "hold"], "grace_minutes": [0, 5]}),
        ("", {"grace_minutes": [5, 0]}),
    ]


# What follows from a change


def change(store, values):
    order_settings.change(store, values)
    release_held()


def swept(store, watermark):
    return SyncCursor.objects.create(
        account=store.account,
        watermark=watermark,
        next_token="abc",
        due_at=timezone.now() + timedelta(hours=1),
    )


@pytest.mark.parametrize("since", ["2025-12-01T00:00Z", "2026-01-01T00:00Z", "2026-05-01T00:00Z"])
def test_no_date_touches_the_sweep(since):
    store = shop()
    swept(store, watermark=datetime(2026, 6, 1, tzinfo=UTC))
    before = SyncCursor.objects.values().get()

    order_settings.change(store, {"import_since": since})

    assert SyncCursor.objects.values().get() == before


def spans():
    """Each backfill: from, to, back to, whether it is finished."""
    rows = Backfill.objects.order_by("id")
    return [(b.since.day, b.until.day, b.reached.day, b.finished_at is not None) for b in rows]


def test_an_earlier_date_has_history_read_up_to_the_former_one():
    store = shop(import_since=datetime(2026, 1, 20, tzinfo=UTC))

    order_settings.change(store, {"import_since": "2026-01-15T00:00Z"})
    assert spans() == [(15, 20, 20, False)]
    assert Backfill.objects.get().due_at <= timezone.now()

    order_settings.change(store, {"import_since": "2026-01-10T00:00Z"})
    assert spans() == [(10, 20, 20, False)]


@pytest.mark.parametrize(("since", "finished"), [("15", False), ("18", True), ("19", True)])
def test_a_later_date_ends_the_backfill_there(since, finished):
    store = shop(import_since=datetime(2026, 1, 20, tzinfo=UTC))
    order_settings.change(store, {"import_since": "2026-01-10T00:00Z"})
    Backfill.objects.update(reached=datetime(2026, 1, 18, tzinfo=UTC))

    order_settings.change(store, {"import_since": f"2026-01-{since}T00:00Z"})

    assert spans() == [(int(since), 20, 18, finished)]


def test_the_same_date_starts_nothing():
    store = shop()
    order_settings.change(store, {"import_since": "2026-01-01T00:00Z", "grace_minutes": "5"})
    assert spans() == []


@pytest.mark.parametrize(
    ("setting", "held", "freed", "product"),
    [
        ("unknown_sku", "hold", "add", None),
        ("unknown_sku", "hold", "unmatched", None),
        ("product_disabled", "hold", "create", {"enabled": False}),
        ("out_of_stock", "hold", "oversell", {"manage_stock": True, "quantity": 0}),
    ],
)
def test_orders_a_setting_held_are_placed_as_soon_as_it_no_longer_does(
    setting, held, freed, product
):
    store = shop()
    order_settings.change(store, {setting: held})
    if product is not None:
        Product.objects.create(sku="MUG", **product)
    draft = Draft(lines=(Line(sku="MUG"),))
    bring(store, draft)
    assert shown(draft)["placement"] == "held"

    change(store, {setting: freed})

    assert shown(draft)["placement"] == "placed"
    assert shown(draft)["hold_reason"] is None
    assert texts(draft)[-1] == "Commerce order 000000001 created."


def test_orders_with_another_cause_stay_held_without_another_note():
    store = shop()
    order_settings.change(store, {"unknown_sku": "hold"})
    draft = Draft(lines=(Line(sku="MUG"),))
    bring(store, draft)
    before = texts(draft)

    change(store, {"product_disabled": "create"})

    assert shown(draft)["placement"] == "held"
    assert texts(draft) == before


def test_more_held_orders_than_one_batch_holds(monkeypatch):
    monkeypatch.setattr(reconsidering, "BATCH", 2)
    store = shop()
    order_settings.change(store, {"unknown_sku": "hold"})
    bring(store, *(Draft(lines=(Line(sku="MUG"),), number=n) for n in range(5)))
    assert ChannelOrder.objects.filter(placement="held").count() == 5

    change(store, {"unknown_sku": "add"})

    assert ChannelOrder.objects.filter(placement="placed").count() == 5
    assert CommerceOrder.objects.count() == 5
