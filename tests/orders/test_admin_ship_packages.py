"""Several packages on the Ship page, warnings, decisions, and the page that corrects a package."""

import pytest
from django.urls import reverse

from channels.models import ChannelOrder
from channels.services.carriers import map_carrier
from orders.models import OrderNote, OutboxMessage, Package
from tests import factories
from tests.orders.pages import page_of, ship_page, shipping
from tests.orders.shipping import draft, line_of, ship
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, SEE_ORDERS, SHIP, staff, superuser

pytestmark = pytest.mark.django_db

RIGHT = "RR123456785SE"
WARNING = "SE1 does not look like a tracking number of PostNord."


def order_of(*units):
    items = [factories.item(f"SKU{n}", quantity=count) for n, count in enumerate(units, 1)]
    return factories.placed_order(items=items)


def correct_page(order, number=1):
    return reverse("admin:orders_commerceorder_correct", args=[order.commerce_order_id, number])


def anyway(response):
    """What the button beside a doubt posts."""
    assert response.context["warnings"]
    return {"anyway": response.context["form"].doubt}


def test_what_the_browsers_tab_says():
    order = order_of(1)
    ship(order)
    number, client = order.commerce_order.number, superuser()
    for page, title in (
        (page_of(order), number),
        (ship_page(order), f"Ship {number}"),
        (correct_page(order), f"Correct package 1: {number}"),
    ):
        assert f"<title>{title} | Sync Portal</title>" in client.get(page).content.decode()


def test_two_packages_in_one_go():
    order = order_of(2, 3)
    one, two = order.commerce_order.lines.order_by("pk")
    data = shipping(order, packages=2) | {
        f"line-{one.pk}": 2,
        f"line-{two.pk}": 1,
        "package-2-carrier_code": "DHL",
        "package-2-tracking_number": "3318810025",
        f"package-2-line-{one.pk}": 0,
        f"package-2-line-{two.pk}": 2,
    }
    assert superuser().post(ship_page(order), data).status_code == 302
    assert [
        (p.number, p.carrier_code, p.tracking_number, [i.quantity for i in p.items.all()])
        for p in Package.objects.order_by("number")
    ] == [(1, "PostNord", RIGHT, [2, 1]), (2, "DHL", "3318810025", [2])]
    assert Package.objects.values("shipment").distinct().count() == 1


def test_another_package_is_a_block_more_and_ships_nothing():
    order = order_of(2, 3)
    one, two = order.commerce_order.lines.order_by("pk")
    before = everything()
    data = shipping(order, add=1, packages_seen=0) | {f"line-{one.pk}": 1, f"line-{two.pk}": "x"}
    form = superuser().post(ship_page(order), data).context["form"]
    assert everything() == before
    first, second = form.blocks
    assert (first["tracking_number"].value(), first["carrier_code"].value()) == (RIGHT, "PostNord")
    assert (first[f"line-{one.pk}"].value(), first[f"line-{two.pk}"].value()) == ("1", "x")
    assert (second[f"line-{one.pk}"].value(), second[f"line-{two.pk}"].value()) == (1, 3)
    assert (second["tracking_number"].value(), second["carrier_code"].value()) == (None, "PostNord")
    assert focused(form) == [(second, "tracking_number")]
    assert (form["packages"].value(), form["packages_seen"].value()) == (2, "0")
    assert not any(block.errors for block in form.blocks)


def test_a_block_that_stayed_empty_is_no_package():
    order = order_of(1)
    data = shipping(order, packages=3) | {"package-2-carrier_code": "", "package-3-shipped_at": ""}
    assert superuser().post(ship_page(order), data).status_code == 302
    assert Package.objects.count() == 1


def focused(form):
    return [
        (block, name)
        for block in form.blocks
        for name, field in block.fields.items()
        if "autofocus" in field.widget.attrs
    ]


def test_units_in_a_later_block_without_a_number_are_not_left_behind():
    order = order_of(2)
    name = f"line-{line_of(order, 'SKU1').pk}"
    data = shipping(order, packages=2) | {name: 1, f"package-2-{name}": 1}
    form = superuser().post(ship_page(order), data).context["form"]
    assert form.blocks[1].errors["tracking_number"] == ["This field is required."]
    assert not Package.objects.exists()


def test_what_is_wrong_has_the_focus():
    order = order_of(2)
    data = shipping(order, packages=2, tracking_number="") | {"package-2-tracking_number": RIGHT}
    form = superuser().post(ship_page(order), data).context["form"]
    assert focused(form) == [(form.blocks[0], "tracking_number")]


def test_what_is_wrong_in_a_later_block_is_named_and_nothing_is_shipped():
    order = order_of(2)
    line = line_of(order, "SKU1")
    data = shipping(order, packages=2) | {
        f"line-{line.pk}": 1,
        "package-2-carrier_code": "DHL",
        f"package-2-line-{line.pk}": 1,
    }
    before = everything()
    response = superuser().post(ship_page(order), data)
    assert "This field is required." in response.content.decode()
    data |= {"package-2-tracking_number": "3318810025", f"package-2-line-{line.pk}": 2}
    response = superuser().post(ship_page(order), data)
    assert "SKU1: 2 to ship, but only 1 left." in response.content.decode()
    assert everything() == before


@pytest.mark.parametrize("count", ["", "0", "-1", "x", "9" * 30])
def test_a_number_of_packages_that_is_none(count):
    order = order_of(1)
    response = superuser().post(ship_page(order), shipping(order, packages=count))
    assert response.status_code in (200, 302)
    assert Package.objects.count() == (response.status_code == 302)


# Warnings


def test_a_doubtful_number_is_shown_before_and_sent_on_a_second_press():
    order = order_of(1)
    client = superuser()
    data = shipping(order, tracking_number="SE1")
    before = everything()
    text = client.get(ship_page(order)).content.decode()
    assert "Ship anyway" not in text
    text = client.post(ship_page(order), data).content.decode()
    assert WARNING in text
    assert "Ship anyway" in text
    assert everything() == before

    shown = anyway(client.post(ship_page(order), data))
    assert client.post(ship_page(order), data | shown).status_code == 302
    assert Package.objects.get().tracking_number == "SE1"


@pytest.mark.parametrize("other", [{"tracking_number": "SE2"}, {"carrier_code": "DHL"}])
def test_what_was_changed_after_the_doubt_is_doubted_anew(other):
    order = order_of(1)
    client = superuser()
    data = shipping(order, tracking_number="SE1")
    shown = anyway(client.post(ship_page(order), data))
    before = everything()
    response = client.post(ship_page(order), data | other | shown)
    assert "does not look like a tracking number" in response.content.decode()
    assert everything() == before
    assert client.post(ship_page(order), data | other | anyway(response)).status_code == 302


def test_what_was_doubted_of_one_order_is_doubted_of_the_next():
    order, other = order_of(1), order_of(1)
    client = superuser()
    data = {"tracking_number": "SE1"}
    shown = anyway(client.post(ship_page(order), shipping(order, **data)))
    assert client.post(ship_page(other), shipping(other, **data) | shown).status_code == 200
    assert not Package.objects.exists()


def test_a_mapped_carrier_can_be_chosen_by_its_own_name():
    map_carrier(name="Bud", code="Other", carrier_name="Cykelbudet")
    order = order_of(1)
    client = superuser()
    text = client.get(ship_page(order)).content.decode()
    assert '<option value="Bud">Bud (Other)</option>' in text
    assert reverse("admin:channels_carriermapping_changelist") in text
    client.post(ship_page(order), shipping(order, carrier_code="Bud"))
    package = Package.objects.get()
    assert (package.carrier_code, package.carrier_name) == ("Other", "Cykelbudet")


# A buyer who asked to cancel


@pytest.mark.parametrize(
    ("permissions", "reason"), [((), "<q>•••</q>"), ((PERSONAL_DATA,), "<q>Ordered by mistake</q>")]
)
def test_a_cancel_request_has_to_be_decided(permissions, reason, caplog):
    order = order_of(1)
    ChannelOrder.objects.update(cancel_requested=True)
    row = ChannelOrder.objects.get()
    row.item_texts = {"cancel_reasons": {"1": "Ordered by mistake"}}
    row.save()
    client = staff(*SEE_ORDERS, SHIP, *permissions)
    with caplog.at_level("INFO", logger="sync_portal.audit"):
        text = client.get(ship_page(order)).content.decode()
    assert f"The buyer asked to cancel this order. {reason}" in text
    assert len(caplog.records) == len(permissions)
    before = everything()
    text = client.post(ship_page(order), shipping(order)).content.decode()
    assert "asked to cancel it: ship it only by decision." in text
    assert everything() == before

    data = shipping(order, despite_cancel_request="on")
    assert client.post(ship_page(order), data).status_code == 302
    assert OrderNote.objects.filter(
        text="Shipped although the buyer asked to cancel.", actor="staff"
    ).exists()


# Codes and cash on delivery


def test_codes_are_asked_for_where_they_are_needed():
    items = [factories.item("CODED", quantity=2, programs=["TRANSPARENCY"]), factories.item("MUG")]
    order = factories.placed_order(items=items)
    client = superuser()
    form = client.get(ship_page(order)).context["form"].blocks[0]
    coded = line_of(order, "CODED").pk
    assert [name for name in form.fields if name.startswith("codes-")] == [f"codes-{coded}"]
    text = client.post(ship_page(order), shipping(order)).content.decode()
    assert "CODED needs one code per unit: 2 to ship, 0 different codes given." in text
    data = shipping(order) | {f"codes-{coded}": "SN0000001\r\nSN0000002\r\n"}
    assert client.post(ship_page(order), data).status_code == 302
    package = Package.objects.get()
    assert package.items.get(line=coded).unit_codes == ["SN0000001", "SN0000002"]


@pytest.mark.parametrize("country", ["JP", "SE"])
def test_cash_on_delivery_is_a_question_in_japan_only(country):
    order = factories.placed_order(store=factories.amazon_store(country=country))
    client = superuser()
    text = client.get(ship_page(order)).content.decode()
    assert ("Cash on delivery" in text) is (country == "JP")
    if country == "JP":
        client.post(ship_page(order), shipping(order, cod_collection_method="DirectPayment"))
        assert Package.objects.get().cod_collection_method == "DirectPayment"


# Correcting


def shipped(**values):
    order = order_of(1)
    ship(order, draft(tracking_number="WRONG", **values))
    return order


def correction(client, order, **changes):
    """What the form posts when nobody touched it, but for the changes."""
    form = client.get(correct_page(order)).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data["shipped_at"] = f"{data['shipped_at']:%Y-%m-%dT%H:%M}"  # as the field shows it
    return data | changes


def test_a_package_is_corrected():
    at = factories.NOW.replace(second=42, microsecond=7)
    order = shipped(shipping_method="Express", shipped_at=at)
    OutboxMessage.objects.update(state="proven", proven_at=factories.NOW)
    client = staff(*SEE_ORDERS, SHIP)
    page = client.get(page_of(order)).content.decode()
    assert f'href="{correct_page(order)}"' in page
    data = correction(client, order, tracking_number=RIGHT)
    response = client.post(correct_page(order), data, follow=True)
    assert response.redirect_chain == [(page_of(order), 302)]
    assert "Package 1 is corrected. Amazon is being told." in response.content.decode()
    package = Package.objects.get()
    assert (package.tracking_number, package.shipping_method) == (RIGHT, "Express")
    assert package.shipped_at == at
    assert OutboxMessage.objects.get().state == "pending"


def test_two_people_correct_one_package():
    order = shipped()
    client = superuser()
    data = correction(client, order, tracking_number=RIGHT)
    other = correction(client, order, tracking_number="RR123456785NO")
    client.post(correct_page(order), other)
    text = client.post(correct_page(order), data).content.decode()
    assert "Package 1 was corrected meanwhile: look at it first." in text
    assert Package.objects.get().tracking_number == "RR123456785NO"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tracking_number": ""}, "This field is required."),
        ({"tracking_number": "SE1"}, WARNING),
        ({"tracking_number": "WRONG"}, "WRONG does not look like a tracking number"),
        ({"carrier_code": "Other"}, "needs the carrier&#x27;s name"),
        ({"shipped_at": "2001-01-01T00:00"}, "lies before the purchase"),
    ],
)
def test_what_is_wrong_with_a_correction_is_named(changes, told):
    order = shipped()
    client = superuser()
    data = correction(client, order, tracking_number=RIGHT) | changes
    before = everything()
    assert told in client.post(correct_page(order), data).content.decode()
    assert everything() == before


def test_a_doubtful_correction_needs_a_second_press_as_it_was_shown():
    order = shipped()
    client = superuser()
    data = correction(client, order, tracking_number="SE1")
    shown = anyway(client.post(correct_page(order), data))
    before = everything()
    response = client.post(correct_page(order), data | {"tracking_number": "SE2"} | shown)
    assert "SE2 does not look like a tracking number" in response.content.decode()
    assert everything() == before
    assert client.post(correct_page(order), data | shown).status_code == 302
    assert Package.objects.get().tracking_number == "SE1"


def test_a_correction_that_changes_nothing_is_refused():
    order = shipped()
    client = superuser()
    data = correction(client, order)
    data |= anyway(client.post(correct_page(order), data))
    assert "is like that already" in client.post(correct_page(order), data).content.decode()


def test_a_package_that_is_being_sent_waits():
    order = shipped()
    OutboxMessage.objects.all().delete()
    factories.outbox_message(package=Package.objects.get(), state="in_flight")
    client = superuser()
    assert correct_page(order) not in client.get(page_of(order)).content.decode()
    data = correction(client, order, tracking_number=RIGHT)
    text = client.post(correct_page(order), data).content.decode()
    assert "Package 1 is being sent now: try again in a moment." in text


def test_correcting_needs_the_permission_to_ship():
    order = shipped()
    client = staff(*SEE_ORDERS)
    assert correct_page(order) not in client.get(page_of(order)).content.decode()
    assert client.get(correct_page(order)).status_code == 403
    assert client.post(correct_page(order), {"tracking_number": "X"}).status_code == 403


def test_a_package_that_is_not_there_is_not_found():
    assert superuser().get(correct_page(shipped(), 9)).status_code == 404
