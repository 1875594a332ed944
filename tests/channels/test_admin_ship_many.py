"""The page that ships many orders: who may, what it shows, what it fills in, what it starts."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels.models import BulkJob, ChannelOrder
from channels.services import bulk
from channels.services.carriers import map_carrier
from orders.models import Package
from orders.services.holding import hold_order
from tests import factories
from tests.orders.shipping import draft, line_of, ship
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, SHIP, orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:channels_channelorder_ship_many")
GOOD, OTHER_GOOD = "RR123456785SE", "UA000000014SE"


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    """What would be queued is done when a test says so."""
    monkeypatch.setattr("channels.tasks.run_soon", lambda pk: None)


@pytest.fixture
def packer():
    return staff(*SEE_ORDERS, SHIP)


def page_of(*orders):
    return f"{PAGE}?orders={'.'.join(str(order.pk) for order in orders)}"


def form(client, *orders, carrier="PostNord", **typed):
    """What a browser posts from the page of these orders; `typed` by the position of the order."""
    response = client.get(page_of(*orders))
    context = response.context
    data = {
        "token": str(context["token"]),
        "carrier": carrier,
        "order": [f"{line.order.pk}:{line.seen}" for line in context["lines"]],
    }
    for name, value in typed.items():
        field, _sign, position = name.rpartition("_")
        data[f"{field}-{orders[int(position)].pk}" if position.isdigit() else name] = value
    return data


def lines(response):
    """What was typed for each line, and what is said about it."""
    assert response.status_code == 200
    return [
        (line.tracking, " ".join([line.refusal, *line.problems, *line.warnings]).strip())
        for line in response.context["lines"]
    ]


def anyway(response):
    """The ticks of every line that is shown with a doubt."""
    shown = (line for line in response.context["lines"] if line.warnings)
    return {f"anyway-{line.order.pk}": line.doubt for line in shown}


def job_of(response):
    assert response.status_code == 302
    job = BulkJob.objects.get()
    assert response.url == reverse("admin:channels_bulkjob_change", args=[job.pk])
    return job


def asked(job):
    """What the job is to ship: order, carrier, number, whether a doubt was overruled."""
    return [
        (row.label, p["carrier_code"], p["tracking_number"], row.payload["anyway"])
        for row in job.rows.order_by("position")
        for p in row.payload["packages"]
    ]


# Who may


@pytest.mark.parametrize("permissions", [SEE_ORDERS, (SHIP,), ()])
def test_without_both_permissions_there_is_no_page(permissions):
    order = factories.placed_order()
    client = staff(*permissions)
    before = everything()
    assert client.get(page_of(order)).status_code == 403
    assert client.post(PAGE, {f"tracking-{order.pk}": GOOD}).status_code == 403
    assert everything() == before


def test_the_links_and_the_action_are_for_those_who_may_ship(packer):
    factories.placed_order()
    for client, shown in [(staff(*SEE_ORDERS), False), (packer, True)]:
        text = client.get(orders_tab()).content.decode()
        assert (PAGE in text) is shown
        assert ('value="ship_orders"' in text) is shown


def test_the_action_leads_to_the_page(packer):
    orders = [factories.placed_order() for _ in range(2)]
    data = {"action": "ship_orders", "_selected_action": [order.pk for order in orders]}
    response = packer.post(orders_tab(), data)
    assert response.status_code == 302
    page = packer.get(response.url)
    assert {line.order.pk for line in page.context["lines"]} == {order.pk for order in orders}


def test_more_than_fit_on_the_page_are_refused_with_the_limit(packer, monkeypatch):
    monkeypatch.setattr("channels.admin.ship_many.MAX_ORDERS", 1)
    orders = [factories.placed_order() for _ in range(2)]
    data = {"action": "ship_orders", "_selected_action": [order.pk for order in orders]}
    text = packer.post(orders_tab(), data, follow=True).content.decode()
    assert "At most 1 orders fit on the page" in text


# What it shows


def test_town_and_country_and_nothing_else_of_the_buyer(packer, caplog):
    address = {"name": "Åsa Öberg", "line1": "Storgatan 1", "city": "Uppsala", "country_code": "SE"}
    order = factories.placed_order(recipient=address)
    with caplog.at_level("INFO", logger="sync_portal.audit"):
        text = superuser().get(page_of(order)).content.decode()
    assert "Uppsala, Sweden" in text
    for personal in ("Öberg", "Storgatan", "asa@"):
        assert personal not in text
    assert not caplog.records


def test_what_is_left_of_each_order(packer):
    order = factories.placed_order(items=[factories.item("KET", quantity=3), factories.item("MUG")])
    ship(order, draft(quantities={line_of(order, "KET").pk: 1}))
    (line,) = packer.get(page_of(order)).context["lines"]
    assert line.contents == [(2, "KET"), (1, "MUG")]
    assert line.seen == 1


def test_orders_that_cannot_be_shipped_say_why_and_have_no_field(packer):
    order = factories.placed_order(cancel_requested=True)
    response = packer.get(page_of(order))
    assert lines(response) == [
        ("", "The buyer asked to cancel it: decide on its own page whether to ship.")
    ]
    assert f'name="tracking-{order.pk}"' not in response.content.decode()


def test_without_a_choice_those_that_leave_soonest_are_shown(packer):
    late, soon, gone, held = (
        factories.placed_order(ship_by=factories.NOW.replace(day=day)) for day in (9, 4, 3, 2)
    )
    ship(gone)
    hold_order(order_id=held.commerce_order_id, reason="x")
    factories.placed_order(cancel_requested=True)
    whenever = factories.placed_order(ship_by=None)
    shown = [line.order for line in packer.get(PAGE).context["lines"]]
    assert shown == [soon, late, whenever]


def test_odd_addresses_show_an_empty_page(packer):
    for query in ("orders=", "orders=x.²", "orders=999999999", f"orders={'9' * 30}"):
        assert packer.get(f"{PAGE}?{query}").status_code == 200


def test_a_hundred_orders_take_as_many_statements_as_one(packer):
    store = factories.amazon_store()
    orders = [factories.placed_order(store=store) for _ in range(100)]
    packer.get(PAGE)
    assert statements(packer, page_of(*orders)) == statements(packer, page_of(orders[0]))


# Shipping


def test_what_has_a_number_is_shipped_and_the_rest_left_alone(packer):
    orders = [factories.placed_order() for _ in range(3)]
    data = form(packer, *orders, tracking_0=GOOD, tracking_2=OTHER_GOOD, carrier_2="dhl")
    data["anyway-" + str(orders[2].pk)] = "1"  # of no doubt
    job = job_of(packer.post(PAGE, data))
    assert asked(job) == [
        (orders[0].amazon_order_id, "PostNord", GOOD, False),
        (orders[2].amazon_order_id, "DHL", OTHER_GOOD, False),
    ]
    assert job.created_by.pk == int(packer.session["_auth_user_id"])
    bulk.run(job.pk)
    assert sorted(Package.objects.values_list("order", flat=True)) == sorted(
        orders[n].commerce_order_id for n in (0, 2)
    )


def test_posted_twice_it_is_one_job(packer):
    order = factories.placed_order()
    data = form(packer, order, tracking_0=GOOD)
    first = job_of(packer.post(PAGE, data))
    assert job_of(packer.post(PAGE, data)) == first
    bulk.run(first.pk)
    assert Package.objects.count() == 1


def test_what_was_done_already_is_done_once_more_when_it_is_asked_for_again(packer):
    order = factories.placed_order()
    data = form(packer, order, tracking_0=GOOD)
    job = job_of(packer.post(PAGE, data))
    bulk.stop(job.pk, "The printer was broken.")
    response = packer.post(PAGE, data)
    assert lines(response) == [(GOOD, "")]
    text = response.content.decode()
    assert "This was done already." in text
    assert f'<a href="{reverse("admin:channels_bulkjob_change", args=[job.pk])}">Ship #' in text
    assert BulkJob.objects.count() == 1

    packer.post(PAGE, data | {"token": str(response.context["token"])})
    assert BulkJob.objects.count() == 2


@pytest.mark.parametrize(
    "other", [{"carrier_name": "Budbilen"}, {"shipped_at": "2026-03-03T10:00"}, {"carrier": "DSV"}]
)
def test_what_is_true_of_all_is_part_of_what_is_asked_for(packer, other):
    order = factories.placed_order()
    all_of_them = {"carrier": "Other", "carrier_name": "Bud", "shipped_at": "2026-03-02T10:00"}
    data = form(packer, order, tracking_0="T1", **all_of_them)
    for posted in (data, data | other):
        assert packer.post(PAGE, posted).status_code == 302
    assert BulkJob.objects.count() == 2


def test_other_numbers_on_the_same_page_are_another_job(packer):
    one, two = factories.placed_order(), factories.placed_order()
    data = form(packer, one, two, tracking_0=GOOD)
    packer.post(PAGE, data)
    data = {**data, f"tracking-{one.pk}": "", f"tracking-{two.pk}": OTHER_GOOD}
    packer.post(PAGE, data)
    assert BulkJob.objects.count() == 2


def test_a_doubtful_number_needs_a_tick_of_its_own(packer):
    orders = [factories.placed_order() for _ in range(2)]
    data = form(packer, *orders, tracking_0="SE1", tracking_1=GOOD)
    response = packer.post(PAGE, data)
    warning = "SE1 does not look like a tracking number of PostNord."
    assert lines(response) == [("SE1", warning), (GOOD, "")]
    assert f'name="anyway-{orders[0].pk}"' in response.content.decode()
    assert f'name="anyway-{orders[1].pk}"' not in response.content.decode()
    assert not BulkJob.objects.exists()

    data |= anyway(response)
    assert [row[3] for row in asked(job_of(packer.post(PAGE, data)))] == [True, False]


@pytest.mark.parametrize("other", [{"tracking": "SE2"}, {"carrier": "DHL"}])
def test_a_tick_is_for_what_was_doubted_not_for_the_line(packer, other):
    order = factories.placed_order()
    data = form(packer, order, tracking_0="SE1")
    data |= anyway(packer.post(PAGE, data))
    data |= {f"{name}-{order.pk}": value for name, value in other.items()}
    response = packer.post(PAGE, data)
    assert "does not look like a tracking number" in lines(response)[0][1]
    assert not response.context["lines"][0].anyway
    assert not BulkJob.objects.exists()
    data |= anyway(response)
    assert [row[3] for row in asked(job_of(packer.post(PAGE, data)))] == [True]


def test_the_doubtful_numbers_of_a_page_need_one_tick(packer):
    orders = [factories.placed_order() for _ in range(3)]
    data = form(packer, *orders, tracking_0="SE1", tracking_1="SE2", tracking_2=GOOD)
    response = packer.post(PAGE, data)
    doubtful = ".".join(line.doubt for line in response.context["lines"][:2])
    assert f'name="anyway" value="{doubtful}"' in response.content.decode()

    data["anyway"] = doubtful
    changed = {**data, f"tracking-{orders[0].pk}": "SE3"}
    assert [said != "" for _, said in lines(packer.post(PAGE, changed))] == [True, True, False]
    other = {**data, f"tracking-{orders[2].pk}": "SE3"}  # that one was not shown as doubtful
    assert [said != "" for _, said in lines(packer.post(PAGE, other))] == [True] * 3
    assert not BulkJob.objects.exists()
    assert [row[3] for row in asked(job_of(packer.post(PAGE, data)))] == [True, True, False]


def test_codes_of_units_are_asked_for_before_a_number_is_typed(packer):
    order = factories.placed_order(items=[factories.item("KET", programs=["TRANSPARENCY"])])
    response = packer.get(page_of(order))
    told = "KET needs a code per unit: ship the order on its own page."
    assert lines(response) == [("", told)]
    assert f'name="tracking-{order.pk}"' not in response.content.decode()


def test_marks_that_nobody_sees_are_not_sent_to_amazon(packer):
    order = factories.placed_order()
    data = form(packer, order, tracking_0=f"\u202a{GOOD}\u200e")
    assert [row[2:] for row in asked(job_of(packer.post(PAGE, data)))] == [(GOOD, False)]


def test_lines_with_carriers_of_their_own_need_none_for_all(packer):
    order = factories.placed_order()
    data = form(packer, order, carrier="", carrier_0="PostNord", tracking_0=GOOD)
    assert [row[1] for row in asked(job_of(packer.post(PAGE, data)))] == ["PostNord"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"carrier_0": "Bud"}, "is not a carrier Amazon knows: map it under Carrier mappings"),
        ({"carrier_0": "Other"}, "Carrier Other needs the carrier's name."),
        ({"shipped_at": "2099-01-01T00:00"}, "lies in the future"),
        ({"tracking_0": "3.70E+17"}, "A spreadsheet turned it into a number and lost digits."),
        ({"tracking_0": "x" * 65}, "The tracking number is longer than 64 characters."),
    ],
)
def test_what_is_wrong_is_said_in_its_line_and_nothing_is_shipped(packer, typed, told):
    order = factories.placed_order()
    response = packer.post(PAGE, form(packer, order, **{"tracking_0": GOOD, **typed}))
    ((_tracking, said),) = lines(response)
    assert told in said
    assert "Nothing is shipped yet" in response.content.decode()
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"carrier": "Nonsense"},
        {"carrier": ""},
        {"carrier": "Other"},
        {"shipped_at": "soon"},
        {"shipped_at": "10/11/2026 10:00"},
    ],
)
def test_what_is_wrong_above_the_lines_is_said_once(packer, typed):
    orders = [factories.placed_order() for _ in range(2)]
    data = form(packer, *orders, **{"tracking_0": GOOD, "tracking_1": OTHER_GOOD, **typed})
    response = packer.post(PAGE, data)
    assert lines(response) == [(GOOD, ""), (OTHER_GOOD, "")]
    assert len(response.context["form"].errors) == 1
    assert not BulkJob.objects.exists()


def test_without_a_number_there_is_nothing_to_ship(packer):
    order = factories.placed_order()
    response = packer.post(PAGE, form(packer, order))
    assert "No tracking number was entered." in response.content.decode()


def test_an_order_that_was_shipped_from_meanwhile_is_shown_as_it_is_now(packer):
    order = factories.placed_order(items=[factories.item("KET", quantity=2)])
    data = form(packer, order, tracking_0=GOOD)
    ship(order, draft(quantities={line_of(order, "KET").pk: 1}))
    response = packer.post(PAGE, data)
    assert lines(response) == [(GOOD, "It was shipped from meanwhile: see what is left.")]
    (line,) = response.context["lines"]
    assert (line.contents, line.seen) == ([(1, "KET")], 1)


def test_an_order_that_was_shipped_whole_meanwhile_says_so(packer):
    order = factories.placed_order()
    data = form(packer, order, tracking_0=GOOD)
    ship(order)
    response = packer.post(PAGE, data)
    assert "is Complete: it cannot be shipped" in lines(response)[0][1]
    assert "Nothing is shipped yet" in response.content.decode()
    assert f'name="tracking-{order.pk}"' not in response.content.decode()


def test_a_number_that_the_order_has_already(packer):
    order = factories.placed_order(items=[factories.item("KET", quantity=2)])
    ship(order, draft(tracking_number=GOOD, quantities={line_of(order, "KET").pk: 1}))
    response = packer.post(PAGE, form(packer, order, tracking_0=GOOD))
    assert lines(response) == [(GOOD, "This is a package of the order already.")]


def test_carrier_other_and_its_name(packer):
    order = factories.placed_order()
    data = form(packer, order, carrier="Other", carrier_name="Cykelbudet", tracking_0="T1")
    (row,) = job_of(packer.post(PAGE, data)).rows.all()
    (package,) = row.payload["packages"]
    assert (package["carrier_code"], package["carrier_name"]) == ("Other", "Cykelbudet")


def test_names_of_the_merchants_own_are_offered(packer):
    map_carrier(name="Posten", code="PostNord")
    order = factories.placed_order()
    data = form(packer, order, carrier="Posten", tracking_0=GOOD)
    assert asked(job_of(packer.post(PAGE, data)))[0][1] == "PostNord"


def test_the_carrier_is_remembered(packer):
    order, other = factories.placed_order(), factories.placed_order()
    packer.post(PAGE, form(packer, order, tracking_0=GOOD))
    shown = packer.get(page_of(other)).context["form"]
    assert shown["carrier"].value() == "PostNord"


def test_a_ship_date_for_all(packer):
    order = factories.placed_order()
    data = form(packer, order, tracking_0=GOOD, shipped_at="2026-03-02T10:00")
    (row,) = job_of(packer.post(PAGE, data)).rows.all()
    assert row.payload["packages"][0]["shipped_at"] == "2026-03-02T10:00:00+00:00"


def test_what_a_browser_never_posts(packer):
    order = factories.placed_order()
    data = form(packer, order, tracking_0=GOOD)
    for odd in ["", "x", "1", ":", "1:x", "²:0", f"{'9' * 30}:0", f"{order.pk + 99}:0"]:
        response = packer.post(PAGE, {**data, "order": [odd]})
        assert "No tracking number was entered." in response.content.decode()
    assert not BulkJob.objects.exists()


def test_a_full_page_can_be_posted(packer, settings):
    """Django takes so many fields and no more."""
    per_order = ("order", "tracking", "carrier", "anyway")
    assert 200 * len(per_order) + 10 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


# Pasting a list


def paste(client, text, *orders, **typed):
    data = form(client, *orders, **typed) if orders else {"order": [], "carrier": "PostNord"}
    return client.post(PAGE, {**data, "pasted": text, "fill": "1"})


def test_a_list_is_filled_in_by_order_number_and_nothing_is_shipped(packer):
    orders = [factories.placed_order() for _ in range(3)]
    number = orders[2].commerce_order.number.lstrip("0")
    text = f"{number}\t{GOOD}\n{orders[0].amazon_order_id}\t{OTHER_GOOD}"
    response = paste(packer, text, *orders)
    assert lines(response) == [(OTHER_GOOD, ""), ("", ""), (GOOD, "")]
    assert "2 tracking numbers filled in" in response.content.decode()
    assert response.context["form"]["pasted"].value() is None
    assert response.context["form"]["carrier"].value() == "PostNord"
    assert not BulkJob.objects.exists()


def test_orders_that_were_not_on_the_page_come_onto_it(packer):
    order, other = factories.placed_order(), factories.placed_order()
    response = paste(packer, f"{other.amazon_order_id} {GOOD}", order)
    assert lines(response) == [("", ""), (GOOD, "")]
    response = paste(packer, f"{other.amazon_order_id};{GOOD}")
    assert lines(response) == [(GOOD, "")]


def test_numbers_without_orders_go_to_the_lines_in_turn(packer):
    orders = [factories.placed_order() for _ in range(3)]
    response = paste(packer, f"{OTHER_GOOD}\nT2\nT3", *orders, tracking_0=GOOD)
    assert [line[0] for line in lines(response)] == [GOOD, OTHER_GOOD, "T2"]
    assert "for: T3" in response.content.decode()


def test_what_finds_no_line_is_told(packer):
    order = factories.placed_order(cancel_requested=True)
    text = f"702-0000000-0000000\tT1\n{order.amazon_order_id}\tT2"
    response = paste(packer, text, order)
    assert f"for: 702-0000000-0000000, {order.amazon_order_id}" in response.content.decode()
    assert [line[0] for line in lines(response)] == [""]


@pytest.mark.parametrize(
    "text",
    [
        "{number}\tAAA111\n{number}\tBBB222",
        "{number}\tAAA111\n{commerce}\tBBB222",
        "AAA111\n{number};B",
    ],
)
def test_of_several_numbers_for_one_order_the_first_stays_and_the_order_is_named(packer, text):
    order = factories.placed_order()
    number, commerce = order.amazon_order_id, order.commerce_order.number
    response = paste(packer, text.format(number=number, commerce=commerce), order)
    assert lines(response) == [("AAA111", "")]
    named = commerce if "{commerce}" in text else number
    assert [str(message) for message in response.context["messages"]] == [
        "1 tracking number filled in. Look at it, then ship.",
        "Several tracking numbers for one order go in by a file; "
        f"only the first is filled in for: {named}",
    ]


def test_the_same_number_twice_is_one(packer):
    order = factories.placed_order()
    text = f"{order.amazon_order_id}\trr 123456785 se\n{order.amazon_order_id}\t{GOOD}"
    response = paste(packer, text, order)
    assert lines(response) == [("rr 123456785 se", "")]
    (told,) = response.context["messages"]
    assert str(told).startswith("1 tracking number filled in.")


def test_a_number_without_an_order_passes_by_a_line_that_has_just_got_its_own(packer):
    orders = [factories.placed_order() for _ in range(2)]
    response = paste(packer, f"{orders[0].amazon_order_id}\t{GOOD}\n\t{OTHER_GOOD}", *orders)
    assert [line[0] for line in lines(response)] == [GOOD, OTHER_GOOD]


def test_a_number_that_was_typed_before_gives_way_to_the_list(packer):
    order = factories.placed_order()
    text = f"{order.amazon_order_id}\t{GOOD}"
    assert lines(paste(packer, text, order, tracking_0="T1")) == [(GOOD, "")]


def test_a_list_that_was_forgotten_to_fill_in_is_not_lost(packer):
    order = factories.placed_order()
    data = {**form(packer, order), "pasted": f"{order.amazon_order_id}\t{GOOD}"}
    assert lines(packer.post(PAGE, data)) == [(GOOD, "")]
    assert not BulkJob.objects.exists()


def test_enter_in_a_field_ships_nothing(packer):
    """Without JavaScript a browser then presses the first button, and scanners send Enter."""
    order = factories.placed_order()
    response = packer.post(PAGE, {**form(packer, order, tracking_0=GOOD), "fill": "1"})
    assert lines(response) == [(GOOD, "")]
    assert not list(response.context["messages"])
    assert not BulkJob.objects.exists()


def test_what_was_filled_in_can_be_shipped(packer):
    order = factories.placed_order()
    response = paste(packer, f"{order.amazon_order_id}\t{GOOD}")
    (line,) = response.context["lines"]
    data = {
        "token": str(response.context["token"]),
        "carrier": "PostNord",
        "order": f"{order.pk}:{line.seen}",
        f"tracking-{order.pk}": line.tracking,
    }
    assert asked(job_of(packer.post(PAGE, data))) == [
        (order.amazon_order_id, "PostNord", GOOD, False)
    ]


def test_a_long_list_takes_as_many_statements_as_a_short_one(packer):
    store = factories.amazon_store()
    orders = [factories.placed_order(store=store) for _ in range(50)]
    entries = [f"{order.amazon_order_id}\tT{order.pk}" for order in orders]
    counts = []
    for text in ("\n".join(entries), entries[0], "\n".join(entries)):
        data = {"order": [], "carrier": "DSV", "pasted": text, "fill": "1"}
        with CaptureQueriesContext(connection) as captured:
            assert packer.post(PAGE, data).status_code == 200
        counts.append(len(captured))
    assert counts[1] == counts[2]


def test_the_orders_are_in_the_address_of_the_page_by_their_keys_only(packer):
    order = factories.placed_order()
    data = {"action": "ship_orders", "_selected_action": [order.pk]}
    assert packer.post(orders_tab(), data).url == f"{PAGE}?{urlencode({'orders': order.pk})}"
    assert ChannelOrder.objects.count() == 1
