"""Customers made of orders: what they are told to be, and by whom they are found again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.amazon.wire_2026_01_01 import split_page
from customers.models import Customer
from orders.models import CommerceOrder
from tests.channels import pages
from tests.channels.pages import Draft
from tests.channels.shop import SHIPPED_BY_AMAZON, bring, bring_raw, shop

pytestmark = pytest.mark.django_db


def business(number=1, *, company="Öberg AB", vat_id="SE556677889901", name="Anna Öberg"):
    """A Business order as Amazon sends it; None leaves a part out."""
    order = pages.wire_order(Draft(number=number, name=name or ""))
    if company:
        order["buyer"]["buyerCompanyName"] = company
    if vat_id:
        order["tax"] = {
            "taxRegistrations": [
                {
                    "entityType": "BUYER",
                    "taxRegistrationType": "VAT",
                    "taxRegistrationNumber": vat_id,
                }
            ]
        }
    if name is None:
        del order["buyer"]["buyerName"], order["recipient"]["deliveryAddress"]["name"]
    return order


def bring_wire(store, *orders):
    return bring_raw(store, split_page(pages.body(orders), pages.DATASETS).orders)


def profile():
    return Customer.objects.get().profile


def test_a_business_customer_has_company_and_vat_id():
    bring_wire(shop(customer_creation="new"), business())

    assert profile() == {
        "name": "Anna Öberg",
        "email": "anna@marketplace.amazon.se",
        "company": "Öberg AB",
        "vat_id": "SE556677889901",
    }
    assert CommerceOrder.objects.get().channel_order.buyer["vat_id"] == "SE556677889901"


@pytest.mark.parametrize(
    "name", ["Seán O'Brien", "Teller", "山田 太郎", "佐藤花子", "Ngô Thị Hoa", "de la Cruz-Núñez"]
)
def test_a_name_is_kept_whole(name):
    bring(shop(customer_creation="new"), Draft(name=name))
    assert profile()["name"] == name


def test_an_order_without_a_buyers_name_takes_the_recipients():
    order = business(company=None, vat_id=None)
    del order["buyer"]["buyerName"]
    bring_wire(shop(customer_creation="new"), order)
    assert profile()["name"] == "Anna Öberg"


def test_fulfilled_by_amazon_without_a_buyer_is_a_guest_order():
    bring(shop(customer_creation="new"), SHIPPED_BY_AMAZON)
    assert (CommerceOrder.objects.get().is_guest, Customer.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("email", "is_relay"),
    [("anna@marketplace.amazon.se", True), ("anna@example.com", False)],
)
def test_a_relay_address_is_marked(email, is_relay):
    bring(shop(customer_creation="new"), Draft(email=email))
    assert Customer.objects.get().email_is_relay is is_relay


# Known customers


def test_what_a_known_customer_lacks_is_filled_in():
    store = shop(customer_creation="new")
    bring_wire(store, business(1, company=None, vat_id=None, name=None))
    bring_wire(store, business(2), business(3, company="Another AB", name="A. Öberg"))

    assert profile() == {
        "name": "Anna Öberg",
        "email": "anna@marketplace.amazon.se",
        "company": "Öberg AB",
        "vat_id": "SE556677889901",
    }
    assert Customer.objects.get().orders.count() == 3


def test_what_is_known_is_never_overwritten_and_costs_no_statement():
    store = shop(customer_creation="new")
    bring_wire(store, business(1))
    with CaptureQueriesContext(connection) as captured:
        bring_wire(store, business(2, company="Another AB", vat_id="DE123456789", name="A. Ö."))

    assert (profile()["company"], profile()["vat_id"]) == ("Öberg AB", "SE556677889901")
    assert profile()["name"] == "Anna Öberg"
    written = [q["sql"] for q in captured if "customers_customer" in q["sql"]]
    assert [sql for sql in written if sql.startswith(("UPDATE", 'INSERT INTO "customers_customer"'))
            and "customeraddress" not in sql] == []  # fmt: skip


def test_many_customers_are_filled_in_by_one_statement():
    store = shop(customer_creation="new")

    def page(first, *, vat_id):
        orders = [business(first + n, company=None, vat_id=vat_id) for n in range(5)]
        for n, order in enumerate(orders):
            order["buyer"]["buyerEmail"] = f"buyer{n}@marketplace.amazon.se"
        return orders

    bring_wire(store, *page(1, vat_id=None))
    with CaptureQueriesContext(connection) as captured:
        bring_wire(store, *page(11, vat_id="SE556677889901"))

    updates = [q["sql"] for q in captured if " SET " in q["sql"]]
    assert len([sql for sql in updates if '"customers_customer"' in sql]) == 1
    assert [customer.profile["vat_id"] for customer in Customer.objects.all()] == (
        ["SE556677889901"] * 5
    )


def test_two_first_orders_on_one_page_make_one_customer_of_both():
    bring_wire(shop(customer_creation="new"), business(1, company=None, vat_id=None), business(2))
    assert (profile()["company"], profile()["vat_id"]) == ("Öberg AB", "SE556677889901")
