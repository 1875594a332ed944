"""Customers and Commerce stores in the admin."""

import pytest
from django.urls import reverse

from customers.models import CommerceStore, Customer, CustomerAddress
from tests import factories
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, staff, statements, superuser

pytestmark = pytest.mark.django_db

CUSTOMERS = reverse("admin:customers_customer_changelist")
STORES = reverse("admin:customers_commercestore_changelist")
SEE = "customers.view_customer"
PERSONAL = ("Åsa", "Öberg", "asa@", "Storgatan", "111 22")
ADDRESS = {"name": "Åsa Öberg", "line1": "Storgatan 1", "postal_code": "111 22", "city": "Lund"}


@pytest.fixture
def customer(db):
    customer = factories.customer()
    CustomerAddress.objects.create(customer=customer, address=ADDRESS)
    return customer


def page_of(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def test_without_permission_there_are_no_customers(customer):
    for path in (CUSTOMERS, page_of(customer)):
        assert staff().get(path).status_code == 403


def test_an_empty_list_says_what_would_fill_it():
    text = superuser().get(CUSTOMERS).content.decode()
    assert "unless order settings create customers" in text


def test_masked_in_the_list_and_on_the_page(customer):
    client = staff(SEE)
    for path in (CUSTOMERS, page_of(customer)):
        text = client.get(path).content.decode()
        assert "Å••• Ö•••" in text
        for personal in PERSONAL:
            assert personal not in text
    assert "Lund" in client.get(page_of(customer)).content.decode()


def test_in_clear_with_the_permission_and_one_record_of_it(customer, caplog):
    client = staff(SEE, PERSONAL_DATA)
    for path, seen in ((CUSTOMERS, "Åsa Öberg"), (page_of(customer), "Storgatan 1")):
        caplog.clear()
        with caplog.at_level("INFO", logger="sync_portal.audit"):
            assert seen in client.get(path).content.decode()
        (record,) = [r for r in caplog.records if r.name == "sync_portal.audit"]
        assert record.getMessage() == (
            f"Personal data of customers.customer {customer.pk} "
            f"shown to user {client.session['_auth_user_id']}"
        )


def test_no_record_for_who_saw_it_masked(customer, caplog):
    client = staff(SEE)
    with caplog.at_level("INFO", logger="sync_portal.audit"):
        client.get(CUSTOMERS)
        client.get(page_of(customer))
    assert not [r for r in caplog.records if r.name == "sync_portal.audit"]


def test_one_persons_right_is_not_the_next_ones(customer):
    """The admin lives as long as the process: what it shows one person must not stay on it."""
    everyone, few = staff(SEE, PERSONAL_DATA), staff(SEE)
    for _ in range(2):
        assert "Åsa Öberg" in everyone.get(CUSTOMERS).content.decode()
        assert "Åsa Öberg" not in few.get(CUSTOMERS).content.decode()


def test_markup_is_text():
    customer = factories.customer(name="<script>alert(1)</script>")
    CustomerAddress.objects.create(customer=customer, address={"line1": "<b>bold</b>"})
    client = superuser()
    for path in (CUSTOMERS, page_of(customer)):
        text = client.get(path).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in client.get(page_of(customer)).content.decode()


def test_an_address_shows_once(customer):
    CustomerAddress.objects.create(customer=customer, address=ADDRESS)
    assert superuser().get(page_of(customer)).content.decode().count("Storgatan 1") == 1


def test_thirty_customers_cost_as_many_statements_as_one(customer):
    client = superuser()
    client.get(CUSTOMERS)
    one = statements(client, CUSTOMERS)
    for number in range(29):
        factories.customer(email=f"c{number}@x")
    assert statements(client, CUSTOMERS) == one


def test_nobody_adds_changes_or_deletes_a_customer(customer):
    client = superuser()
    before = everything()
    assert client.get(f"{CUSTOMERS}add/").status_code == 403
    assert client.post(f"{CUSTOMERS}{customer.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(page_of(customer), {"profile": "{}"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [customer.pk], "post": "yes"}
    client.post(CUSTOMERS, data)
    assert everything() == before
    assert Customer.objects.count() == 1


def test_a_new_commerce_store_gets_numbers_of_its_own():
    first = factories.commerce_store("first")
    superuser().post(f"{STORES}add/", {"name": "Second", "code": "second"})
    second = CommerceStore.objects.get(code="second")
    assert first.next_order_number != second.next_order_number


def test_the_code_and_the_numbers_of_a_commerce_store_stay():
    store = factories.commerce_store("first", name="First")
    path = reverse("admin:customers_commercestore_change", args=[store.pk])
    data = {"name": "Renamed", "code": "x", "next_order_number": "7"}
    assert superuser().post(path, data).status_code == 302
    kept = CommerceStore.objects.get()
    assert (kept.name, kept.code, kept.next_order_number) == (
        "Renamed",
        "first",
        store.next_order_number,
    )
