"""The page of a store's order settings."""

from datetime import timedelta

import pytest
from django.urls import reverse

from channels.models import ChannelOrder, OrderSettings, OrderSettingsChange
from channels.services.releasing import release_held
from orders.models import OrderStatus
from tests import factories
from tests.channels.pages import Draft
from tests.channels.shop import bring, shop
from tests.snapshot import everything
from tests.staff import staff, statements, superuser

pytestmark = pytest.mark.django_db

VIEW, CHANGE = "channels.view_ordersettings", "channels.change_ordersettings"


def page_of(store):
    return reverse("admin:channels_amazonstore_order_settings", args=[store.pk])


def untouched(client, store):
    """What a browser posts from the page that nobody touched: disabled fields are not sent."""
    form = client.get(page_of(store)).context["form"]
    data = {}
    for field in form:
        value = field.field.widget.format_value(field.value())
        shown = value[0] if isinstance(value, list) else value
        data[field.html_initial_name] = "" if shown is None else shown
        if "disabled" not in field.field.widget.attrs:
            data[field.html_name] = data[field.html_initial_name]
    return data


def save(client, store, **changes):
    return client.post(page_of(store), untouched(client, store) | changes)


def disabled(response):
    form = response.context["form"]
    return {field.name for field in form if "disabled" in field.field.widget.attrs}


def settings_of(store):
    return OrderSettings.objects.get(store=store)


# Changing


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"import_amazon_orders": "disabled"}, "import_amazon_orders", False),
        ({"customer_creation": "new"}, "customer_creation", "new"),
        ({"order_number_source": "amazon"}, "order_number_source", "amazon"),
        ({"number_prefix": "A-"}, "number_prefix", "A-"),
        ({"number_prefix_prime": "P-"}, "number_prefix_prime", "P-"),
        ({"pending_orders": "reserve"}, "pending_orders", "reserve"),
        ({"fba_orders": "ignore"}, "fba_orders", "ignore"),
        ({"unknown_sku": "hold"}, "unknown_sku", "hold"),
        ({"product_disabled": "create"}, "product_disabled", "create"),
        ({"out_of_stock": "hold"}, "out_of_stock", "hold"),
        ({"grace_minutes": "15"}, "grace_minutes", 15),
    ],
)
def test_what_is_saved_is_remembered_with_who(changes, column, value):
    store = shop()
    client = superuser()
    assert save(client, store, **changes).status_code == 302
    assert getattr(settings_of(store), column) == value
    change = OrderSettingsChange.objects.get()
    assert list(change.changes) == [column]
    assert change.user_name.startswith("root-")
    assert change.user_name in client.get(page_of(store)).content.decode()


def test_the_history_calls_values_as_the_form_does_in_the_readers_language():
    store = shop()
    client = superuser()
    save(client, store, customer_creation="new", import_since="2026-03-02T08:30", grace_minutes="5")
    page = client.get(page_of(store), headers={"accept-language": "sv"}).content.decode()
    history = page[page.index("Vem ändrade vad") :]
    assert "Skapa kund: Skapa ingen kund (gäst) → Skapa nytt kundkonto" in history
    assert "→ 2026-03-02 08:30" in history
    assert "Ångerfrist (minuter): 0 → 5" in history


def test_saving_without_a_change_changes_nothing():
    store = shop()
    client = superuser()
    before = everything()
    save(client, store)
    assert everything() == before


def test_a_page_that_was_open_for_long_writes_only_what_was_changed():
    store = shop()
    client = superuser()
    data = untouched(client, store)
    OrderSettings.objects.update(unknown_sku="hold")
    client.post(page_of(store), data | {"out_of_stock": "hold"})
    settings = settings_of(store)
    assert (settings.unknown_sku, settings.out_of_stock) == ("hold", "hold")


def test_custom_takes_a_status_of_a_new_order_only():
    OrderStatus.objects.create(code="picking", label="Picking", state="processing")
    OrderStatus.objects.create(code="archived", label="Archived", state="closed")
    store = shop()
    client = superuser()
    options = dict(
        client.get(page_of(store)).context["form"]["processing_order_status"].field.choices
    )
    assert set(options) == {"", "pending", "processing", "picking"}
    save(client, store, order_status="custom", processing_order_status="picking")
    bring(store, Draft())
    order = ChannelOrder.objects.get().commerce_order
    assert (order.state, order.status_id) == ("processing", "picking")


def test_held_orders_are_released_by_a_saved_change():
    store = shop(unknown_sku="hold")
    bring(store, Draft())
    save(superuser(), store, unknown_sku="add")
    assert release_held() == 1


# What has no effect is disabled


ALL = {
    "commerce_store", "customer_creation", "order_number_source", "number_prefix",
    "number_prefix_fba", "number_prefix_prime", "number_prefix_business", "order_status",
    "processing_order_status", "pending_orders", "pending_reserve_days", "fba_orders",
    "import_since", "unknown_sku", "product_disabled", "out_of_stock", "grace_minutes",
}  # fmt: skip
WITHOUT_PARENT = {"processing_order_status", "pending_reserve_days"}


@pytest.mark.parametrize(
    ("settings", "off"),
    [
        ({}, WITHOUT_PARENT),
        ({"pending_orders": "reserve"}, {"processing_order_status"}),
        ({"order_status": "custom"}, {"pending_reserve_days"}),
        ({"import_amazon_orders": False}, ALL),
        ({"import_amazon_orders": False, "pending_orders": "reserve"}, ALL),
    ],
)
def test_a_field_without_effect_is_disabled(settings, off):
    if settings.get("order_status"):
        settings = settings | {"processing_order_status_id": "pending"}
    assert disabled(superuser().get(page_of(shop(**settings)))) == off


def test_a_disabled_field_keeps_its_value():
    store = shop(pending_reserve_days=30)
    save(superuser(), store, unknown_sku="hold")
    assert settings_of(store).pending_reserve_days == 30


def test_without_javascript_the_answer_enables_what_now_counts():
    store = shop()
    response = save(superuser(), store, order_status="custom", preview="1")
    assert disabled(response) == {"pending_reserve_days"}
    errors = response.context["form"].errors
    assert list(errors) == ["processing_order_status"]


# Wrong values


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"order_status": "custom"}, "processing_order_status", "needs a processing_order_status"),
        ({"grace_minutes": "1441"}, "grace_minutes", "less than or equal to 1440"),
        ({"grace_minutes": "x"}, "grace_minutes", "Enter a whole number."),
        ({"pending_orders": "reserve", "pending_reserve_days": "0"}, "pending_reserve_days",
         "greater than or equal to 1"),
        ({"import_since": "soon"}, "import_since", "Enter a valid date/time."),
        ({"import_since": ""}, "import_since", "is not a date and time"),
        ({"out_of_stock": "x"}, "out_of_stock", "Select a valid choice."),
        ({"number_prefix": "P" * 17}, "number_prefix", "at most 16 characters"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("button", [{}, {"preview": "1"}])
def test_a_wrong_value_is_named_at_its_field_and_changes_nothing(changes, field, told, button):
    store = shop()
    client = superuser()
    before = everything()
    response = save(client, store, **changes, **button)
    assert response.status_code == 200
    assert told in response.context["form"].errors[field][0]
    assert everything() == before


# Preview


def test_the_preview_says_what_would_become_of_the_orders_and_saves_nothing():
    store = shop()
    bring(store, Draft(number=1), Draft(number=2, status="SHIPPED", fulfilled_by="AMAZON"))
    client = superuser()
    before = everything()
    response = save(client, store, fba_orders="ignore", customer_creation="new", preview="1")
    assert everything() == before
    told = response.context["preview"]
    assert (told.orders, told.changed, told.other_customer) == (2, 1, 1)
    text = response.content.decode()
    assert "Created as Complete" in text
    assert Draft(number=2).amazon_order_id in text
    # What was typed is still there, to be saved.
    assert response.context["form"]["fba_orders"].value() == "ignore"


def test_what_was_previewed_can_be_saved_from_the_page_that_came_back():
    store = shop()
    client = superuser()
    data = untouched(client, store) | {"fba_orders": "ignore"}
    answer = client.post(page_of(store), data | {"preview": "1"}).content.decode()
    assert 'name="initial-fba_orders" value="create"' in answer
    client.post(page_of(store), data)
    assert settings_of(store).fba_orders == "ignore"


# Who may


def test_looking_and_changing_are_permissions():
    store = shop()
    data = untouched(superuser(), store) | {"customer_creation": "new"}
    assert staff("channels.view_amazonstore").get(page_of(store)).status_code == 403
    looker = staff(VIEW)
    response = looker.get(page_of(store))
    assert response.status_code == 200
    assert disabled(response) == ALL | {"import_amazon_orders"}
    assert looker.post(page_of(store), data).status_code == 403
    assert settings_of(store).customer_creation == "guest"
    assert staff(CHANGE).post(page_of(store), data).status_code == 302
    assert settings_of(store).customer_creation == "new"


def test_a_store_that_is_not_there():
    assert superuser().get(page_of(shop()).replace("/order", "9/order")).status_code == 404


def test_the_page_costs_the_same_whatever_the_history():
    store = shop()
    client = superuser()
    few = statements(client, page_of(store))
    for days in range(30):
        since = factories.IMPORT_SINCE + timedelta(days=days)
        changes = {"import_since": [since.isoformat(), since.isoformat()]}
        OrderSettingsChange.objects.create(store=store, changes=changes)
    assert statements(client, page_of(store)) == few


def test_the_store_links_to_its_order_settings():
    store = shop()
    page = superuser().get(reverse("admin:channels_amazonstore_dashboard", args=[store.pk]))
    assert page_of(store) in page.content.decode()
