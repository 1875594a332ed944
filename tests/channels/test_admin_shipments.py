"""Importing shipments: who may, what the preview shows, what *Apply* starts, once."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels.models import BulkJob
from channels.services import bulk
from channels.services.shipments_csv import MAX_ROWS
from orders.models import Package
from tests import factories
from tests.orders.shipping import draft, ship
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, SHIP, orders_tab, staff

pytestmark = pytest.mark.django_db

UPLOAD = reverse("admin:channels_channelorder_shipments")
APPLY = reverse("admin:channels_channelorder_shipments_apply")
SAMPLE = reverse("admin:channels_channelorder_shipments_sample")
GOOD, OTHER_GOOD = "RR123456785SE", "UA000000014SE"


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    """What would be queued is done when a test says so."""
    monkeypatch.setattr("channels.tasks.run_soon", lambda pk: None)


@pytest.fixture
def packer():
    return staff(*SEE_ORDERS, SHIP)


def upload(client, text, *, encoding="utf-8", **more):
    file = io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding))
    file.name = "shipments.csv"
    return client.post(UPLOAD, {"file": file, **more})


def rows(*cells):
    return "order-id,tracking-number,carrier-code\n" + "\n".join(",".join(row) for row in cells)


def apply(client, preview, **more):
    return client.post(APPLY, {"plan": preview.context["signed"], **more})


def asked(job):
    return [
        (row.label, [p["tracking_number"] for p in row.payload["packages"]])
        for row in job.rows.order_by("position")
    ]


# Who may


@pytest.mark.parametrize("permissions", [SEE_ORDERS, (SHIP,), ()])
def test_without_both_permissions_there_is_nothing(permissions, packer):
    order = factories.placed_order()
    preview = upload(packer, rows((order.amazon_order_id, GOOD, "PostNord")))
    client = staff(*permissions)
    before = everything()
    assert [client.get(path).status_code for path in (UPLOAD, SAMPLE)] == [403, 403]
    assert upload(client, rows((order.amazon_order_id, GOOD, "PostNord"))).status_code == 403
    assert apply(client, preview).status_code == 403
    assert everything() == before


def test_the_orders_tab_leads_here_those_who_may_ship(packer):
    factories.placed_order()
    assert UPLOAD in packer.get(orders_tab()).content.decode()
    assert UPLOAD not in staff(*SEE_ORDERS).get(orders_tab()).content.decode()


# The form


def test_a_sample_to_begin_with(packer):
    response = packer.get(SAMPLE)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0].startswith("order-id,carrier-code,tracking-number")
    assert response["Content-Disposition"] == 'attachment; filename="shipments.csv"'
    assert "There is no order 702-1234567-1234567." in upload(packer, text).content.decode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The submitted file is empty."),
        (b"a,b\n1,2\n", "Line 1 has no column for the order number and the tracking number."),
        (b"PK\x03\x04\0", "The file is not text"),
        (b'order-id,tracking-number\n"702', "is no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(packer, content, told):
    response = upload(packer, content)
    assert response.status_code == 200
    assert told in response.content.decode()


def test_a_carrier_for_rows_that_name_none(packer):
    order = factories.placed_order()
    preview = upload(packer, rows((order.amazon_order_id, GOOD, "")), carrier="PostNord")
    assert [row.draft.carrier_code for row in preview.context["right"]] == ["PostNord"]


def test_a_person_says_what_dates_that_end_in_the_year_begin_with(packer):
    order = factories.placed_order()
    day = factories.PURCHASED + timedelta(days=1)
    text = (
        "order-id,tracking-number,carrier-code,ship-date\n"
        f"{order.amazon_order_id},{GOOD},PostNord,{day:%m/%d/%Y}\n"
    )
    assert len(upload(packer, text).context["wrong"]) == 1
    (row,) = upload(packer, text, first="month").context["right"]
    assert row.draft.shipped_at.date() == day.date()


# The preview


def test_a_preview_shows_what_would_happen_and_writes_nothing(packer):
    right, doubtful, shipped = (factories.placed_order() for _ in range(3))
    ship(shipped, draft(tracking_number=OTHER_GOOD))
    text = "order-id;tracking-number;carrier-code;Säljare\n" + "\n".join(
        ";".join(row)
        for row in [
            (right.amazon_order_id, GOOD, "PostNord", "x"),
            (doubtful.commerce_order.number, "SE1", "PostNord", "x"),
            (shipped.amazon_order_id, OTHER_GOOD, "PostNord", "x"),
            ("702-0000000-0000000", GOOD, "PostNord", "x"),
            (right.amazon_order_id, "3.70E+17", "PostNord", "x"),
        ]
    )
    before = everything()
    response = upload(packer, text, encoding="cp1252")
    context, page = response.context, response.content.decode()
    assert [row.row.line for row in context["wrong"]] == [2, 5, 6]
    assert [row.row.line for row in context["right"]] == [3]
    plan = context["plan"]
    assert (len(plan.sure), len(plan.doubtful), len(plan.shipped)) == (0, 1, 1)
    assert "It was read as Windows-1252" in page
    assert context["file"].unread == ["Säljare"]
    assert "the spreadsheet has turned it into a number" in page
    assert everything() == before


def test_an_unknown_carrier_leads_to_its_mapping():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS, SHIP, "channels.add_carriermapping")
    text = rows((order.amazon_order_id, GOOD, "Bud & Bee"))
    link = reverse("admin:channels_carriermapping_add") + "?name=Bud%20%26%20Bee"
    assert link in upload(client, text).content.decode()
    assert link not in upload(staff(*SEE_ORDERS, SHIP), text).content.decode()
    mapping = client.get(link)
    assert mapping.context["adminform"].form["name"].value() == "Bud & Bee"


def test_what_a_file_says_is_shown_as_text(packer):
    evil = '<script>alert("x")</script>'
    page = upload(packer, f"order-id\ttracking-number\n{evil}\t{evil}\n").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_long_preview_shows_the_first_rows(packer, monkeypatch):
    monkeypatch.setattr("channels.admin.shipments_csv.ShipmentsImport.shown", 2)
    page = upload(packer, rows(*[(f"702-{n}", GOOD, "DHL") for n in range(3)]))
    assert len(page.context["wrong"]) == 2
    assert "The first 2 rows." in page.content.decode()


def test_a_preview_of_nothing_offers_nothing(packer):
    page = upload(packer, rows(("702-1", GOOD, "DHL"))).content.decode()
    assert "There is nothing to ship." in page
    assert 'name="plan"' not in page


def test_a_hundred_rows_take_as_many_statements_as_one(packer):
    store = factories.amazon_store()
    orders = [factories.placed_order(store=store) for _ in range(100)]
    cells = [(order.amazon_order_id, f"T{order.pk}", "DSV") for order in orders]
    counts = []
    for some in (cells[:1], cells, cells[:1]):
        with CaptureQueriesContext(connection) as captured:
            page = upload(packer, rows(*some))
        assert len(page.context["right"]) == len(some)
        counts.append(len(captured))
    assert counts[1] == counts[2]


# Apply


def test_what_is_right_is_shipped_and_nothing_else(packer):
    one, two, doubtful = (factories.placed_order() for _ in range(3))
    preview = upload(
        packer,
        rows(
            (one.amazon_order_id, GOOD, "PostNord"),
            (two.amazon_order_id, OTHER_GOOD, "Nonsense"),
            (doubtful.amazon_order_id, "SE1", "PostNord"),
        ),
    )
    response = apply(packer, preview)
    job = BulkJob.objects.get()
    assert response.url == reverse("admin:channels_bulkjob_change", args=[job.pk])
    assert asked(job) == [(one.amazon_order_id, [GOOD]), (doubtful.amazon_order_id, ["SE1"])]
    bulk.run(job.pk)
    assert [(row.state, row.message.partition(":")[0]) for row in job.rows.all()] == [
        ("done", "Shipped"),
        ("refused", "Left out"),
    ]
    again = bulk.again(BulkJob.objects.get(pk=job.pk), user=job.created_by)
    bulk.run(again.pk)
    assert again.rows.get().state == "refused"  # nobody has looked at the warning yet
    assert [package.tracking_number for package in Package.objects.all()] == [GOOD]


def test_rows_with_a_warning_are_shipped_where_somebody_says_so(packer):
    one, two = factories.placed_order(), factories.placed_order()
    cells = [(one.amazon_order_id, GOOD, "PostNord"), (two.amazon_order_id, "SE1", "PostNord")]
    apply(packer, upload(packer, rows(*cells)), doubtful="1")
    job = BulkJob.objects.get()
    assert asked(job) == [(one.amazon_order_id, [GOOD]), (two.amazon_order_id, ["SE1"])]
    bulk.run(job.pk)
    assert Package.objects.count() == 2


def test_nothing_but_warnings_and_nobodys_word_starts_nothing(packer):
    order = factories.placed_order()
    preview = upload(packer, rows((order.amazon_order_id, "SE1", "PostNord")))
    assert 'name="doubtful" value="1" required' in preview.content.decode()
    response = apply(packer, preview)
    assert "No order was chosen." in response.content.decode()
    assert not BulkJob.objects.exists()


def test_applied_twice_it_is_one_job(packer):
    order = factories.placed_order()
    preview = upload(packer, rows((order.amazon_order_id, GOOD, "PostNord")))
    first, second = apply(packer, preview), apply(packer, preview)
    assert first.url == second.url
    assert BulkJob.objects.count() == 1


def test_a_preview_whose_job_has_ended_says_so(packer):
    order = factories.placed_order()
    preview = upload(packer, rows((order.amazon_order_id, GOOD, "PostNord")))
    url = apply(packer, preview).url
    bulk.stop(BulkJob.objects.get().pk, "Enough.")
    text = apply(packer, preview).content.decode()
    assert "This was done already." in text
    assert f'<a href="{url}">' in text
    assert BulkJob.objects.count() == 1


def test_a_file_uploaded_twice_ships_once(packer):
    order = factories.placed_order()
    cells = (order.amazon_order_id, GOOD, "PostNord")
    previews = [upload(packer, rows(cells)) for _ in range(2)]
    for preview in previews:
        apply(packer, preview)
    for job in BulkJob.objects.all():
        bulk.run(job.pk)
    assert Package.objects.count() == 1
    assert sorted(BulkJob.objects.values_list("done", "refused")) == [(0, 1), (1, 0)]


def test_a_preview_is_of_the_person_who_asked_for_it_and_of_today(packer, monkeypatch):
    order = factories.placed_order()
    preview = upload(packer, rows((order.amazon_order_id, GOOD, "PostNord")))
    signed = preview.context["signed"]
    told = "The preview is out of date. Choose the file again."
    for client, plan in [
        (staff(*SEE_ORDERS, SHIP), signed),
        (packer, signed[:-1] + "x"),
        (packer, ""),
    ]:
        assert told in client.post(APPLY, {"plan": plan}).content.decode()
    monkeypatch.setattr("orders.admin.csv_preview.PREVIEW_AGE", -1)
    assert told in apply(packer, preview).content.decode()
    assert not BulkJob.objects.exists()


def test_a_file_of_five_thousand_rows_fits_the_form(packer, settings):
    order = factories.placed_order(items=[factories.item("KET", quantity=MAX_ROWS)])
    text = "order-id,tracking-number,carrier-code,sku,quantity\n" + "\n".join(
        f"{order.amazon_order_id},{n:030d}X,DSV,KET,1" for n in range(MAX_ROWS)
    )
    preview = upload(packer, text)
    assert len(preview.context["plan"].packages) == MAX_ROWS
    assert len(preview.context["signed"]) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 2
