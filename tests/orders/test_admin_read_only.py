"""In read-only mode the pages do not say that Amazon is told: what staff do is kept."""

import pytest
from django.urls import reverse

from channels.services import read_only
from orders.models import OutboxMessage
from tests import factories
from tests.orders.pages import page_of, ship_page, shipping
from tests.orders.shipping import draft, line_of, ship
from tests.staff import superuser

pytestmark = pytest.mark.django_db

WRONG, RIGHT = "UA000000002SE", "RR123456785SE"


@pytest.fixture(params=[True, False], ids=["read-only", "sending"])
def is_read_only(request):
    if request.param:
        read_only.switch_on(user="")
    return request.param


def said(response):
    (message,) = response.context["messages"]
    return str(message)


def test_shipping(is_read_only):
    order = factories.placed_order()
    response = superuser().post(ship_page(order), shipping(order), follow=True)
    assert said(response) == (
        "Shipped. The confirmation is kept until read-only mode is off."
        if is_read_only
        else "Shipped. Amazon is being told; the confirmation is listed below."
    )


def test_correcting(is_read_only):
    order = factories.placed_order()
    ship(order, draft(tracking_number=WRONG))
    client = superuser()
    path = reverse("admin:orders_commerceorder_correct", args=[order.commerce_order_id, 1])
    form = client.get(path).context["form"]
    data = {name: form[name].value() for name in form.fields} | {"tracking_number": RIGHT}
    data["shipped_at"] = f"{data['shipped_at']:%Y-%m-%dT%H:%M}"
    assert said(client.post(path, data, follow=True)) == (
        "Package 1 is corrected; kept until read-only mode is off."
        if is_read_only
        else "Package 1 is corrected. Amazon is being told."
    )


def test_cancelling(is_read_only):
    order = factories.placed_order()
    path = reverse("admin:orders_commerceorder_cancel", args=[order.commerce_order_id])
    data = {"reason": "NoInventory", f"line-{line_of(order).pk}": "on"}
    assert said(superuser().post(path, data, follow=True)) == (
        "Cancellation requested. It is kept until read-only mode is off."
        if is_read_only
        else "Cancellation requested. The order is canceled when Amazon shows it."
    )


def test_sending_again(is_read_only):
    order = factories.placed_order()
    ship(order)
    OutboxMessage.objects.update(state="refused", last_error="no")
    message = OutboxMessage.objects.get()
    args = [order.commerce_order_id, message.package_id]
    path = reverse("admin:orders_commerceorder_resend", args=args)
    response = superuser().post(path, {"next": page_of(order)}, follow=True)
    assert said(response) == (
        "The confirmation will be sent again when read-only mode is off."
        if is_read_only
        else "The confirmation will be sent again."
    )
