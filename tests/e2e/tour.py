"""A portal with something on every page, and the addresses of all of them."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import resolve, reverse
from django.utils import timezone

from channels.admin.columns import COLUMNS
from channels.models import AmazonStore, CarrierMapping, ChannelOrder, SavedView, SellerAccount
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Buyer, Status
from channels.services import bulk, channel_settings, sales
from channels.services.sku_mapping import map_sku
from customers.models import Customer
from orders.models import OutboxMessage, Product
from orders.services.catalog import ProductChange, change_product
from orders.services.holding import hold_order
from tests import factories, portal
from tests.channels.correcting import correct
from tests.e2e.conftest import address_page, commerce_page, order_page

ORDERS = "/admin/channels/channelorder/"
STORES = "/admin/channels/amazonstore/"
OURS = ("auth", "channels", "customers", "orders")  # apps; the rest belongs to django-celery-beat
NO_PAGES = {  # by their names: files, what leads elsewhere, what is not found without a POST
    "channels_channelorder_place_by_hand",
    "channels_channelorder_shipments_sample",
    "orders_product_export",
}
FIXED = [
    ORDERS,
    "/admin/",
    "/admin/channels/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    f"{ORDERS}export/",
    f"{ORDERS}export/?format=csv",
    f"{ORDERS}held/",
    f"{ORDERS}ship/",
    f"{ORDERS}ship/import/",
    f"{ORDERS}?status=unshipped&status=error&fulfilled_by=merchant&from=2020-01-01",
    f"{ORDERS}?q=nothing",
    "/admin/channels/communicationerror/",
    "/admin/channels/communicationerror/?open=yes",
    "/admin/orders/commerceorder/",
    "/admin/orders/commerceorder/?status=pending&status=complete&customer=guest&from=2020-01-01",
    "/admin/orders/outboxmessage/",
    "/admin/orders/outboxmessage/?attention=yes",
    "/admin/orders/product/",
    "/admin/orders/product/?oversold=yes",
    "/admin/orders/product/import/",
]


def addresses(shop, staff):
    """Orders in every colour that a badge has, a row of everything; each page once."""
    portal.connect(shop.sandbox, name="Amazon DE", country_code="DE", customer_creation="new")
    gone = Product.objects.create(sku="GONE", enabled=False)
    late, shipped, held, *_, partly, on_hold = shop.order(
        Draft(lines=(Line(sku="KET-12", quantity=2, gift_message="Grattis!"),)),
        Draft(),
        Draft(lines=(Line(sku="GONE"),)),
        Draft(status=Status.CANCELLED),
        Draft(status=Status.PENDING),
        Draft(status=Status.SHIPPED, fulfilled_by=AMAZON),
        Draft(status=Status.PARTIALLY_SHIPPED, lines=(Line(sku="MUG-3", quantity=3),)),
        Draft(),
    )
    portal.ship(shipped.amazon_order_id)
    for order in (partly, on_hold):
        hold_order(order_id=order.commerce_order_id, reason="fraud?")
    correct(late, line1="Storgatan 11")
    row = ChannelOrder.objects.get(pk=late.pk)
    row.recipient = {**row.recipient, "city": "Elsewhere"}  # the warning shows
    row.save()
    kettle = change_product(ProductChange(sku="KET-12", manage_stock=True, quantity=1))
    map_sku(store=AmazonStore.objects.first(), seller_sku="AMZ-KET", product=kettle)
    buyer = Buyer(name="Jürgen Groß", email="x@marketplace.amazon.de")
    shop.order(Draft(buyer=buyer), country="DE")
    _rows(late, staff)
    return [
        *FIXED,
        f"/admin/auth/group/{Group.objects.first().pk}/history/",  # one stands for all
        *(f"/admin/orders/product/{product.pk}/change/" for product in (kettle, gone)),
        f"/admin/orders/stockmovement/?product={kettle.pk}",
        *_order_pages(late, shipped, held, on_hold),
        *_store_pages(),
        *_job_pages(staff, late, partly),
        *_customer_pages(),
        *_saved_view(staff),
    ]


def _rows(order, staff):
    """One of each record that only machines write."""
    account = order.account
    factories.backfill(store=order.store)
    factories.report(account=account)
    factories.communication_error(account=account, at=timezone.now(), message="x" * 300)
    factories.feed(account=account).entries.create(
        number=1, confirmation=OutboxMessage.objects.first()
    )
    factories.cancellation(state="refused", answer="Too late")
    factories.outbox_message(state="refused", last_error="The package is not known.")
    channel_settings.change({"debug_logging": "on"}, user="")
    CarrierMapping.objects.create(
        name="Bikes", name_key="bikes", carrier_code="Other", carrier_name="Bikes"
    )
    Group.objects.create(name="Packers").user_set.add(staff)


def _order_pages(late, shipped, held, on_hold):
    return [
        *(order_page(order) for order in (late, shipped, held)),
        *(f"{order_page(shipped)}?tab={tab}" for tab in ("items", "tracking", "history")),
        address_page(late),
        address_page(shipped),
        f"{ORDERS}{late.pk}/packing-slip/",
        f"{ORDERS}{on_hold.pk}/packing-slip/",
        *(commerce_page(late, view) for view in ("change", "ship", "cancel")),
        *(commerce_page(shipped, view) for view in ("change", "cancel", "package/1")),
        commerce_page(shipped) + "?who=portal",
        commerce_page(on_hold),
        f"/admin/orders/outboxmessage/dismiss/?ids={OutboxMessage.objects.get(state='refused').pk}",
    ]


def _store_pages():
    """A busy dashboard, settings, the two faces of deleting; one store has a problem."""
    busy = AmazonStore.objects.get(name="Amazon SE")
    quiet = AmazonStore.objects.get(name="Amazon DE")
    sales.count_sales()
    SellerAccount.objects.update(authorized_at=timezone.now() - timedelta(days=340))
    empty = factories.amazon_store(
        name="Amazon UK", country="GB", account=factories.seller_account(problem="revoked")
    )
    AmazonStore.objects.filter(pk=quiet.pk).update(active=False)
    return [
        *(f"{STORES}{store.pk}/" for store in (busy, quiet, empty)),
        f"{STORES}{busy.pk}/change/",
        f"{STORES}{busy.pk}/order-settings/",
        f"{STORES}{busy.pk}/delete/",
        f"{STORES}{empty.pk}/delete/",
    ]


def _job_pages(staff, *orders):
    """A job that waits, and one with a refusal."""
    rows = [bulk.NewRow(order.pk, order.amazon_order_id) for order in orders]
    done = bulk.start(kind="unhold", user=staff, rows=rows)
    bulk.run(done.pk)
    waiting = bulk.start(kind="note", user=staff, rows=rows, params={"text": "Call them"})
    return [f"/admin/channels/bulkjob/{job.pk}/change/" for job in (done, waiting)]


def _customer_pages():
    """A customer's page, the question before forgetting, and one who was forgotten."""
    known = Customer.objects.get()
    gone = Customer.objects.create(
        store=known.store, email_index=bytes(16), profile={}, forgotten_at=timezone.now()
    )
    page = "/admin/customers/customer/"
    return [f"{page}{known.pk}/change/", f"{page}{known.pk}/forget/", f"{page}{gone.pk}/change/"]


def _saved_view(staff):
    """The Orders tab with every column there is."""
    every = [column.key for column in COLUMNS]
    view = SavedView.objects.create(owner=staff, name="Every column", shared=True, columns=every)
    return [f"{ORDERS}?view={view.pk}"]


def other_pages(client, known):
    """Addresses of pages that none of `known` is, each for the first row of its model.

    A page is what answers a GET with HTML. What does not is named in NO_PAGES, takes POSTs only,
    or is a form that nobody may open. Django's history is one page: of one model.
    """
    looked_at = {resolve(urlsplit(path).path).view_name for path in known}
    found = []
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        first = model._default_manager.order_by("pk").first()
        assert first, f"the tour needs a row of {model._meta.label}"
        for pattern in model_admin.urls:
            name = f"admin:{pattern.name}"
            if pattern.name is None or name in looked_at or name.endswith("_history"):
                continue
            kwargs = dict.fromkeys(pattern.pattern.converters, first.pk)
            path = reverse(name, kwargs=kwargs)
            if _is_page(client.get(path), pattern.name):
                found.append(path)
    return found


def _is_page(answer, name):
    if name in NO_PAGES:
        is_file = "attachment" in answer.get("Content-Disposition", "")
        assert is_file or answer.status_code in (302, 404), f"{name} is a page"
        return False
    assert answer.status_code in (200, 403, 405), f"{name} answers {answer.status_code}"
    return answer.status_code == 200
