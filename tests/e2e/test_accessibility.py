"""Every page through axe-core, in light and in dark: no violations."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import AmazonStore, ChannelOrder, SellerAccount
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Buyer, Status
from channels.services import sales
from channels.services.sku_mapping import map_sku
from customers.models import Customer
from orders.models import Product
from orders.services.catalog import ProductChange, change_product
from tests import factories, portal
from tests.channels.correcting import correct
from tests.e2e import axe
from tests.e2e.conftest import PHONE, SIZE, address_page, commerce_page, follow, order_page

ORDERS = "/admin/channels/channelorder/"
LISTS = [
    "/admin/",
    "/admin/channels/amazonstore/",
    "/admin/channels/amazonstore/add/",
    "/admin/channels/backfill/",
    "/admin/channels/carriermapping/",
    "/admin/channels/carriermapping/add/",
    "/admin/channels/communicationerror/",
    "/admin/channels/feed/",
    "/admin/channels/feedentry/",
    "/admin/channels/skumapping/",
    "/admin/channels/skumapping/add/",
    "/admin/channels/syncrun/",
    "/admin/customers/commercestore/",
    "/admin/customers/customer/",
    "/admin/orders/cancellation/",
    "/admin/orders/commerceorder/",
    "/admin/orders/commerceorder/?status=pending&status=complete&customer=guest&from=2020-01-01",
    "/admin/orders/orderstatus/",
    "/admin/orders/outboxmessage/",
    "/admin/orders/product/",
    "/admin/orders/product/?oversold=yes",
    "/admin/orders/product/add/",
    "/admin/orders/product/import/",
    "/admin/orders/reservation/",
    "/admin/orders/stockmovement/",
    "/admin/password_change/",
]


@pytest.fixture
def busy_shop(shop):
    """Orders in every colour a badge has; the paths of the pages about them."""
    portal.connect(shop.sandbox, name="Amazon DE", country_code="DE", customer_creation="new")
    Product.objects.create(sku="GONE", enabled=False)
    late, shipped, held, *_ = shop.order(
        Draft(lines=(Line(sku="KET-12", quantity=2, gift_message="Grattis!"),)),
        Draft(),
        Draft(lines=(Line(sku="GONE"),)),
        Draft(status=Status.CANCELLED),
        Draft(status=Status.PENDING),
        Draft(status=Status.SHIPPED, fulfilled_by=AMAZON),
        Draft(status=Status.PARTIALLY_SHIPPED, lines=(Line(sku="MUG-3", quantity=3),)),
    )
    portal.ship(shipped.amazon_order_id)
    correct(late, line1="Storgatan 11")
    row = ChannelOrder.objects.get(pk=late.pk)
    row.recipient = {**row.recipient, "city": "Elsewhere"}  # the warning shows
    row.save()
    kettle = change_product(ProductChange(sku="KET-12", manage_stock=True, quantity=1))
    mapping = map_sku(store=AmazonStore.objects.first(), seller_sku="AMZ-KET", product=kettle)
    buyer = Buyer(name="Jürgen Groß", email="x@marketplace.amazon.de")
    shop.order(Draft(buyer=buyer), country="DE")
    return [
        ORDERS,
        f"{ORDERS}?status=unshipped&status=error&fulfilled_by=merchant&from=2020-01-01",
        f"{ORDERS}?q=nothing",
        order_page(late),
        address_page(late),
        address_page(shipped),
        order_page(late) + "?tab=items",
        order_page(shipped) + "?tab=tracking",
        order_page(shipped) + "?tab=history",
        commerce_page(late),
        commerce_page(late, "ship"),
        commerce_page(shipped),
        commerce_page(shipped) + "?who=portal",
        order_page(held),
        f"{ORDERS}held/",
        commerce_page(shipped, "package/1"),
        *store_pages(),
        f"/admin/channels/amazonstore/{AmazonStore.objects.first().pk}/order-settings/",
        *customer_pages(),
        f"/admin/orders/product/{kettle.pk}/change/",
        f"/admin/orders/product/{Product.objects.get(sku='GONE').pk}/change/",
        f"/admin/orders/stockmovement/?product={kettle.pk}",
        f"/admin/channels/skumapping/{mapping.pk}/change/",
        *LISTS,
    ]


def store_pages():
    """A busy dashboard, settings, the two faces of deleting; one store has a problem."""
    busy, quiet = (
        AmazonStore.objects.get(name="Amazon SE"),
        AmazonStore.objects.get(name="Amazon DE"),
    )
    sales.count_sales()
    SellerAccount.objects.update(authorized_at=timezone.now() - timedelta(days=340))
    empty = factories.amazon_store(
        name="Amazon UK", country="GB", account=factories.seller_account(problem="revoked")
    )
    AmazonStore.objects.filter(pk=quiet.pk).update(active=False)
    page = "/admin/channels/amazonstore/"
    return [
        *(f"{page}{store.pk}/" for store in (busy, quiet, empty)),
        f"{page}{busy.pk}/change/",
        f"{page}{busy.pk}/delete/",
        f"{page}{empty.pk}/delete/",
    ]


def customer_pages():
    """A customer's page, the question before forgetting, and one who was forgotten."""
    known = Customer.objects.get()
    gone = Customer.objects.create(
        store=known.store, email_index=bytes(16), profile={}, forgotten_at=timezone.now()
    )
    page = "/admin/customers/customer/"
    return [f"{page}{known.pk}/change/", f"{page}{known.pk}/forget/", f"{page}{gone.pk}/change/"]


def found_on(page, paths):
    """One line per violation, with its page."""
    found = []
    for path in paths:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(menu => menu.open = true)")
        found += [f"{path}: {line}" for line in axe.violations(page)]
    return "\n".join(found)


@pytest.mark.parametrize(
    ("dark", "size"),
    [(False, SIZE), (True, SIZE), (False, PHONE)],
    ids=["light", "dark", "phone"],
)
def test_every_page(logged_in, busy_shop, dark, size):
    page = logged_in(ORDERS, dark=dark, size=size)
    assert found_on(page, busy_shop) == ""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_forms_that_were_refused(logged_in, busy_shop, dark):
    page = logged_in(next(path for path in busy_shop if path.endswith("/ship/")), dark=dark)
    page.get_by_role("button", name="Ship").click()
    page.get_by_role("alert").first.wait_for()
    assert axe.violations(page) == []

    page.goto(next(path for path in busy_shop if path.endswith("/address/")))
    page.get_by_label("Country code").fill("Sweden")
    page.get_by_role("button", name="Save address").click()
    page.get_by_role("alert").first.wait_for()
    assert axe.violations(page) == []

    page.goto(next(path for path in busy_shop if path.endswith("/order-settings/")))
    page.get_by_label("Order status", exact=True).select_option("Custom")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("alert").first.wait_for()
    assert axe.violations(page) == []
    page.get_by_label("Order status", exact=True).select_option("Default (Pending)")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("region", name="Preview").wait_for()
    assert axe.violations(page) == []

    page.goto("/admin/channels/amazonstore/add/")
    page.evaluate("document.querySelector('form.panel').noValidate = true")
    page.get_by_role("button", name="Test and connect").click()
    page.get_by_role("alert").first.wait_for()
    assert axe.violations(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_importing_products(logged_in, dark):
    Product.objects.create(sku="MUG")
    page = logged_in("/admin/orders/product/import/", dark=dark)
    content = "sku,name,quantity\nMUG,Blå mugg,5\nCUP,,1\nJUG,,x\n".encode("cp1252")
    file = {"name": "products.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("CSV file").set_input_files(file)
    for button in ("Preview", "Apply 2 rows"):
        follow(page, page.get_by_role("button", name=button))
        assert axe.violations(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_login_page(pages, transactional_db, dark):
    assert axe.violations(pages.open("/admin/login/", dark=dark)) == []


def test_the_checker_finds_what_is_wrong(pages, transactional_db):
    page = pages.open("/admin/login/")
    page.evaluate("document.querySelector('label[for=id_username]').remove()")
    assert [line.split(":")[0] for line in axe.violations(page)] == ["label"]
