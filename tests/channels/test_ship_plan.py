"""What many rows would ship: each is right, doubtful, shipped already, or wrong and says why."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services import ship_plan
from channels.services.carriers import map_carrier
from channels.services.ship_payload import load_draft
from channels.services.shipments_csv import ShipRow
from orders.models import CommerceOrder, Package
from orders.services.cancellation import request_cancellation
from orders.services.holding import hold_order
from tests import factories
from tests.factories import NOW
from tests.orders.shipping import draft, line_of, ship

pytestmark = pytest.mark.django_db

GOOD, OTHER_GOOD = "RR123456785SE", "UA000000014SE"


@pytest.fixture
def order():
    """Two kettles and a mug."""
    return factories.placed_order(items=[factories.item("KET", quantity=2), factories.item("MUG")])


def row(order="", tracking=GOOD, *, line=2, carrier="PostNord", **more):
    number = order.amazon_order_id if isinstance(order, ChannelOrder) else order
    return ShipRow(line=line, number=number, tracking_number=tracking, carrier=carrier, **more)


def plan(*rows, now=NOW):
    return ship_plan.plan(rows, now=now)


def problems(*rows, now=NOW):
    """What is wrong with each row, and that nothing of it is shipped."""
    made = plan(*rows, now=now)
    assert made.packages == []
    return [" ".join(planned.problems) for planned in made.rows]


def packages(made, *, doubtful=True):
    """What a job would ship: per order, carrier, number and units by SKU of each package."""
    found = []
    for job_row in ship_plan.job_rows(made.dump(), doubtful=doubtful):
        if job_row.payload["left_out"]:
            continue
        order = ChannelOrder.objects.get(pk=job_row.order_id)
        skus = {line.pk: line.sku for line in order.commerce_order.lines.all()}
        drafts = [load_draft(package) for package in job_row.payload["packages"]]
        found.append(
            [
                (d.carrier_code, d.tracking_number, d.quantities and
                 {skus[pk]: units for pk, units in d.quantities.items()})
                for d in drafts
            ]
        )  # fmt: skip
    return found


# What is right


def test_a_row_without_items_ships_what_is_left(order):
    made = plan(row(order))
    (planned,) = made.right
    assert planned.contents == "2 × KET, 1 × MUG"
    assert packages(made) == [[("PostNord", GOOD, None)]]
    (job_row,) = ship_plan.job_rows(made.dump(), doubtful=False)
    assert job_row.label == order.amazon_order_id
    assert (job_row.payload["packages_seen"], job_row.payload["anyway"]) == (0, False)


@pytest.mark.parametrize("zeros", [True, False], ids=["whole", "zeros dropped by a spreadsheet"])
def test_an_order_is_found_by_its_commerce_number(order, zeros):
    number = order.commerce_order.number
    assert packages(plan(row(number if zeros else number.lstrip("0")))) == [
        [("PostNord", GOOD, None)]
    ]


def test_rows_with_one_number_are_one_package(order):
    made = plan(
        row(order, item="KET", quantity=1),
        row(order, line=3, item="mug", tracking="rr 123 456 785 se"),
    )
    assert packages(made) == [[("PostNord", GOOD, {"KET": 1, "MUG": 1})]]


def test_rows_with_different_numbers_are_packages_of_one_shipment(order):
    item = line_of(order, "KET").channel_item_id
    made = plan(
        row(order, item=item, quantity=1),
        row(order, OTHER_GOOD, line=3, item=item, quantity=1),
        row(order, "00370123456789012340", line=4, item="MUG", carrier="dhl"),
    )
    assert packages(made) == [
        [
            ("PostNord", GOOD, {"KET": 1}),
            ("PostNord", OTHER_GOOD, {"KET": 1}),
            ("DHL", "00370123456789012340", {"MUG": 1}),
        ]
    ]


def test_an_item_without_a_quantity_is_all_that_is_left_of_it(order):
    assert packages(plan(row(order, item="KET"))) == [[("PostNord", GOOD, {"KET": 2})]]


def test_a_quantity_without_an_item_is_of_the_only_one():
    order = factories.placed_order(items=[factories.item("KET", quantity=3)])
    assert packages(plan(row(order, quantity=2))) == [[("PostNord", GOOD, {"KET": 2})]]


def test_wrong_orders_do_not_keep_the_others_back(order):
    made = plan(row("702-0000000-0000000"), row(order, line=3))
    assert packages(made) == [[("PostNord", GOOD, None)]]
    assert [planned.row.line for planned in made.wrong] == [2]


# Carriers


def test_carriers_go_by_the_marketplace_and_the_mappings(order):
    map_carrier(name="Budbee Box", code="Other", carrier_name="Budbee")
    map_carrier(name="Posten", code="PostNord")
    for name, found in [("budbeebox", ("Other", "Budbee")), ("POSTEN", ("PostNord", ""))]:
        (planned,) = plan(row(order, carrier=name)).right
        assert (planned.draft.carrier_code, planned.draft.carrier_name) == found


def test_a_name_goes_with_other_only(order):
    (planned,) = plan(row(order, carrier="DHL", carrier_name="DHL Express")).rows
    assert (planned.draft.carrier_code, planned.draft.carrier_name) == ("DHL", "")
    (planned,) = plan(row(order, carrier="Other", carrier_name="Cykelbudet")).rows
    assert (planned.draft.carrier_code, planned.draft.carrier_name) == ("Other", "Cykelbudet")
    assert problems(row(order, carrier="Other")) == ["Carrier Other needs the carrier's name."]


def test_an_unknown_carrier_is_named_for_its_mapping(order):
    (planned,) = plan(row(order, carrier="Bud")).wrong
    assert planned.unknown_carrier == "Bud"
    assert "map it under Carrier mappings" in planned.problems[0]
    assert problems(row(order, carrier="")) == ["The carrier is missing."]


# Dates


@pytest.mark.parametrize(
    ("shipped", "found"),
    [
        (None, NOW),
        (date(2026, 3, 3), NOW),  # of today it is now, not midnight
        (date(2026, 3, 4), NOW),  # it is tomorrow already in the east
        (date(2026, 3, 2), datetime(2026, 3, 2, 23, 59, 59, 999999, tzinfo=UTC)),
        (NOW - timedelta(hours=1), NOW - timedelta(hours=1)),
    ],
)
def test_ship_dates(order, shipped, found):
    (planned,) = plan(row(order, shipped=shipped)).right
    assert planned.draft.shipped_at == found


def test_a_day_ends_on_the_clock_of_those_who_work_here(order):
    with timezone.override("Europe/Stockholm"):
        (planned,) = plan(row(order, shipped=date(2026, 3, 2))).right
    assert planned.draft.shipped_at == datetime(2026, 3, 2, 22, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shipped", "told"),
    [
        (date(2026, 3, 5), "lies in the future"),
        (NOW + timedelta(hours=1), "lies in the future"),
        (date(2026, 3, 1), "lies before the purchase"),
    ],
)
def test_ship_dates_that_cannot_be(order, shipped, told):
    assert told in problems(row(order, shipped=shipped))[0]


# What is odd


def test_a_doubtful_number_is_shipped_only_on_request(order):
    made = plan(row(order, "SE1"))
    (planned,) = made.doubtful
    assert planned.warnings == ["SE1 does not look like a tracking number of PostNord."]
    assert packages(made, doubtful=False) == []
    (job_row,) = ship_plan.job_rows(made.dump(), doubtful=True)
    assert job_row.payload["anyway"] is True


def test_digits_that_a_spreadsheet_took(order):
    (planned,) = plan(row(order, "370123456789012000", carrier="DSV")).doubtful
    assert "spreadsheets keep only 15 digits" in planned.warnings[0]
    assert plan(row(order, "370123456789010", carrier="DSV")).doubtful == []


def test_one_number_on_two_orders(order):
    other = factories.placed_order()
    made = plan(row(order), row(other, line=3))
    assert [planned.warnings for planned in made.rows] == [
        [f"{GOOD} is the tracking number of order {other}, too."],
        [f"{GOOD} is the tracking number of order {order}, too."],
    ]


def test_a_number_of_an_order_that_was_shipped_before(order):
    other = factories.placed_order()
    ship(other, draft(tracking_number=GOOD))
    (planned,) = plan(row(order)).doubtful
    number = other.commerce_order.number
    assert planned.warnings == [f"{GOOD} is the tracking number of order {number}, too."]


def test_a_number_in_small_letters_is_the_same_number(order):
    other = factories.placed_order()
    ship(other, draft(tracking_number=GOOD))
    (planned,) = plan(row(order, GOOD.lower())).doubtful
    number = other.commerce_order.number
    told = f"{GOOD.lower()} is the tracking number of order {number}, too."
    assert told in planned.warnings


def test_the_order_of_another_store_that_has_the_same_number_is_another_order(order):
    store = factories.amazon_store(store=factories.commerce_store("other"))
    other = factories.placed_order(store=store)
    number = order.commerce_order.number
    CommerceOrder.objects.filter(pk=other.commerce_order_id).update(number=number)
    ship(other, draft(tracking_number=GOOD))
    (planned,) = plan(row(order)).doubtful
    assert planned.warnings == [f"{GOOD} is the tracking number of order {number}, too."]


# What is wrong


def test_orders_that_are_not_there():
    assert problems(row("702-0000000-0000000")) == ["There is no order 702-0000000-0000000."]


def test_a_number_of_two_stores_is_not_guessed(order):
    other_store = factories.amazon_store(store=factories.commerce_store("other"))
    other = factories.placed_order(store=other_store)
    number = order.commerce_order.number
    CommerceOrder.objects.filter(pk=other.commerce_order_id).update(number=number)
    (told,) = problems(row(number))
    assert "is not unique" in told
    assert str(order) in told


def test_cells_that_were_wrong_stay_wrong(order):
    assert problems(row(order, problems=("Bad.",))) == ["Bad."]


def test_orders_that_cannot_be_shipped(order):
    held = factories.channel_order(placement="held", hold_reason="unknown_sku")
    fba = factories.placed_order(fulfilled_by="amazon", status="shipped")
    plus = factories.placed_order(programs=["FBM_SHIP_PLUS"])
    asked = factories.placed_order(cancel_requested=True)
    on_hold, canceling = factories.placed_order(), factories.placed_order()
    hold_order(order_id=on_hold.commerce_order_id, reason="x")
    request_cancellation(order_id=canceling.commerce_order_id, reason="NoInventory")
    for wrong, told in [
        (held, "has no Commerce order"),
        (fba, "is Complete: it cannot be shipped"),
        (plus, "is FBM Ship+"),
        (asked, "asked to cancel it: decide on its own page"),
        (on_hold, "is On Hold: it cannot be shipped"),
        (canceling, "is to be canceled: take the cancellation back"),
    ]:
        assert told in problems(row(wrong))[0]


def test_items_that_need_codes_are_shipped_on_their_own_page():
    items = [factories.item("CODED", programs=["TRANSPARENCY"]), factories.item("MUG")]
    order = factories.placed_order(items=items)
    told = ["CODED needs a code per unit: ship the order on its own page."]
    assert problems(row(order)) == told
    assert problems(row(order, item="CODED")) == told
    assert packages(plan(row(order, item="MUG"))) == [[("PostNord", GOOD, {"MUG": 1})]]


def test_items_that_are_not_there(order):
    assert problems(row(order, item="CUP")) == ["The order has no item CUP."]
    assert problems(row(order, quantity=1)) == ["A quantity needs an item: the order has several."]


def test_a_sku_that_two_items_have():
    order = factories.placed_order(items=[factories.item("MUG"), factories.item("MUG")])
    assert problems(row(order, item="MUG")) == [
        "The order has several items MUG: use the order item id."
    ]


def test_more_units_than_are_left(order):
    assert problems(row(order, item="KET", quantity=3)) == ["KET: 3 to ship, but only 2 left."]
    both = [
        row(order, item="KET", quantity=2),
        row(order, OTHER_GOOD, line=3, item="KET", quantity=1),
    ]
    assert problems(*both) == ["KET: 3 to ship, but only 2 left."] * 2


def test_an_item_of_which_nothing_is_left(order):
    ship(order, draft(quantities={line_of(order, "MUG").pk: 1}))
    assert problems(row(order, item="MUG")) == ["MUG: 0 to ship, but only 0 left."]


def test_the_same_row_twice(order):
    assert problems(row(order), row(order, line=3)) == [
        "It is there more than once: lines 2, 3."
    ] * 2  # fmt: skip
    assert problems(row(order, item="KET", quantity=1), row(order, line=3, item="KET")) == [
        "It is there more than once: lines 2, 3."
    ] * 2  # fmt: skip


def test_several_packages_need_items(order):
    told = "The order has several packages here: say item and quantity of each."
    assert problems(row(order), row(order, OTHER_GOOD, line=3)) == [told, told]


def test_rows_of_one_package_that_contradict_each_other(order):
    told = "One package (lines 2, 3), but not one carrier, method and ship date."
    assert problems(
        row(order, item="KET"), row(order, line=3, item="MUG", shipping_method="Express")
    ) == [told, told]
    told = "One package (lines 2, 3), but not every row says which item."
    assert problems(row(order, item="KET"), row(order, line=3)) == [told, told]


def test_a_package_is_as_wrong_as_its_worst_row(order):
    told = problems(row(order, item="KET"), row(order, line=3, item="CUP"))
    assert told[0] == "Line 3, which is in the same package, is wrong."
    made = plan(
        row(order, item="KET"),
        row(order, OTHER_GOOD, line=3, item="CUP"),
    )
    assert packages(made) == [[("PostNord", GOOD, {"KET": 2})]]


# Again


def test_the_same_file_again_ships_nothing(order):
    ship(order, draft(tracking_number=GOOD))
    made = plan(row(order, "rr 123456785se"))
    assert (made.right, made.wrong, made.packages) == ([], [], [])
    assert [planned.row.line for planned in made.shipped] == [2]


def test_the_rest_of_an_order_of_which_a_part_left_before(order):
    ship(order, draft(tracking_number=GOOD, quantities={line_of(order, "KET").pk: 1}))
    made = plan(row(order, item="KET", quantity=1), row(order, OTHER_GOOD, line=3))
    assert packages(made) == [[("PostNord", OTHER_GOOD, None)]]
    assert made.right[0].contents == "1 × KET, 1 × MUG"
    (job_row,) = ship_plan.job_rows(made.dump(), doubtful=False)
    assert job_row.payload["packages_seen"] == 1


# Cost


def test_who_else_has_a_number_is_looked_up_by_its_index(order):
    first = factories.package()
    Package.objects.bulk_create(  # a table so small has no use for an index
        Package(order=first.order, shipment=first.shipment, number=n, tracking_number=f"T{n}")
        for n in range(2, 1000)
    )
    with CaptureQueriesContext(connection) as captured:
        plan(row(order))
    (asked,) = [q["sql"] for q in captured if 'UPPER("orders_package"' in q["sql"]]
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"{explain} {asked}")
        assert "package_by_tracking" in str(cursor.fetchall())


def statements(rows):
    with CaptureQueriesContext(connection) as captured:
        made = plan(*rows)
        assert len(made.packages) == len(rows)
        assert all(planned.contents for planned in made.right)
    return len(captured)


def test_a_hundred_rows_take_as_many_statements_as_one():
    store = factories.amazon_store()
    orders = [factories.placed_order(store=store) for _ in range(100)]
    rows = [row(order, f"T{n}", line=n, carrier="DSV") for n, order in enumerate(orders)]
    assert statements(rows) == statements(rows[:1]) <= 9
