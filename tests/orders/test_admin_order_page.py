"""The page of a Commerce order: invoice data, stock, addresses, what a page costs."""

from decimal import Decimal

import pytest
from django.urls import reverse

from channels.models import ChannelOrder
from tests import factories
from tests.orders.pages import page_of
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, SEE_ORDERS, staff, statements, superuser

pytestmark = pytest.mark.django_db

BUSINESS = {
    "name": "Åsa Öberg", "email": "asa@marketplace.amazon.se", "company": "Öberg AB",
    "vat_id": "SE556677889901", "purchase_order_number": "PO-77",
}  # fmt: skip


def item(**values):
    amounts = {"item_amount": Decimal(80), "tax_amount": Decimal(25), "total": Decimal(130)}
    more = {"shipping_amount": Decimal(35), "discount_amount": Decimal(-10)}
    detail = {"item": "20.00", "shipping": "7.50", "discount": "-2.50"}
    return factories.item(**{**amounts, **more, "tax_detail": detail, **values})


def context_of(order, client=None):
    return (client or superuser()).get(page_of(order)).context


def test_amounts_and_the_tax_on_each():
    order = factories.placed_order(items=[item(), item()])
    context = context_of(order)
    assert context["amounts"] == [
        ("Items", Decimal(160), Decimal("40.00")),
        ("Shipping", Decimal(70), Decimal("15.00")),
        ("Discount", Decimal(-20), Decimal("-5.00")),
    ]
    assert context["tax_per_component"]
    text = superuser().get(page_of(order)).content.decode()
    assert "Tax on it" in text
    assert '<th scope="row">Tax</th><td class="num">50.00 SEK</td>' in text
    assert '<th scope="row">Grand total</th><td class="num">260.00 SEK</td>' in text


def test_tax_under_a_name_that_is_new_is_not_lost():
    order = factories.placed_order(items=[item(tax_detail={"item": "20.00", "recycling": "5.00"})])
    assert context_of(order)["amounts"][-1] == ("Other charges", None, Decimal("5.00"))


def test_without_details_nothing_is_made_up():
    text = superuser().get(page_of(factories.placed_order())).content.decode()
    assert "Tax on it" not in text
    assert "Amazon collects the tax" not in text


def test_who_pays_the_tax_is_said():
    order = factories.placed_order(items=[item(tax_collected_by_amazon=True), item()])
    text = superuser().get(page_of(order)).content.decode()
    assert "Amazon collects the tax and pays it to the state." in text


def test_a_company_is_masked_as_far_as_it_is_personal():
    order = factories.placed_order(buyer=BUSINESS)
    clear = staff(*SEE_ORDERS, PERSONAL_DATA).get(page_of(order)).content.decode()
    for value in ("Öberg AB", "SE556677889901", "PO-77", "Åsa Öberg"):
        assert value in clear
    masked = staff(*SEE_ORDERS).get(page_of(order)).content.decode()
    for value in ("Öberg AB", "PO-77", "SE•••", "Å••• Ö•••"):
        assert value in masked
    for value in ("SE556677889901", "Åsa"):
        assert value not in masked


def test_a_buyer_who_was_erased_is_not_there_any_more():
    order = factories.placed_order(buyer=BUSINESS)
    ChannelOrder.objects.update(buyer=None)
    assert "Öberg AB" not in superuser().get(page_of(order)).content.decode()


def test_what_is_salable_is_for_those_who_see_products():
    factories.product("MUG", quantity=5)
    factories.product("JUG", quantity=0)
    factories.product("CUP")
    skus = ("MUG", "JUG", "CUP", "NEW")
    store = factories.amazon_store(unknown_sku="unmatched")
    order = factories.placed_order(store=store, items=[factories.item(sku) for sku in skus])
    see = (*SEE_ORDERS, "orders.view_product")
    assert [line.stock for line in context_of(order, staff(*see))["lines"]] == [4, -1, None, None]
    text = staff(*see).get(page_of(order)).content.decode()
    assert '<span class="badge bad">-1</span>' in text
    assert "not managed" in text
    assert "Oversold" in text
    plain = staff(*SEE_ORDERS).get(page_of(order)).content.decode()
    assert "Salable" not in plain
    assert "/orders/product/" not in plain


def test_twenty_lines_cost_as_much_as_one():
    client = superuser()
    small = factories.placed_order()
    large = factories.placed_order(items=[factories.item(f"S{n}") for n in range(20)])
    client.get(page_of(small))
    assert statements(client, page_of(large)) == statements(client, page_of(small))


def test_nobody_changes_an_order_by_posting_to_its_page():
    order = factories.placed_order()
    assert superuser().post(page_of(order), {"state": "complete"}).status_code == 403


# Without a channel order


@pytest.mark.parametrize(
    ("page", "says"),
    [("change", "has no channel order"), ("cancel", "has no channel order"), ("ship", "MUG")],
)
def test_the_pages_of_an_order_without_a_channel_order_open(page, says):
    line = factories.line(factories.commerce_order())
    response = superuser().get(reverse(f"admin:orders_commerceorder_{page}", args=[line.order_id]))
    assert response.status_code == 200
    assert says in response.content.decode()


def test_nothing_of_an_order_without_a_channel_order_is_shipped():
    line = factories.line(factories.commerce_order())
    before = everything()
    page = reverse("admin:orders_commerceorder_ship", args=[line.order_id])
    typed = {"carrier_code": "PostNord", "tracking_number": "RR123456785SE"}
    response = superuser().post(page, typed | {f"line-{line.pk}": 1})
    assert "has no channel order of it" in str(response.context["form"].non_field_errors())
    assert everything() == before
