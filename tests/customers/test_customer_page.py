"""The page of one customer, finding one by e-mail, and the form that forgets one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from customers.models import Customer, CustomerAddress
from tests import factories
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, SEE_ORDERS, staff, statements, superuser

pytestmark = pytest.mark.django_db

CUSTOMERS = reverse("admin:customers_customer_changelist")
FIND = reverse("admin:customers_customer_find")
SEE = "customers.view_customer"
FORGET = "customers.forget_customer"
RELAY = "Amazon relay address: not for marketing"


def page_of(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def forget_page(customer):
    return reverse("admin:customers_customer_forget", args=[customer.pk])


def text_of(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def customer(db):
    customer = factories.customer(company="Öberg AB", vat_id="SE556677889901")
    CustomerAddress.objects.create(customer=customer, address={"name": "Åsa Öberg", "city": "Lund"})
    return customer


def orders(customer, count, **overrides):
    return [
        factories.commerce_order(
            customer=customer, purchased_at=factories.PURCHASED + timedelta(days=n), **overrides
        )
        for n in range(count)
    ]


# Facts


def test_company_and_vat_id(customer):
    clear, masked = text_of(superuser(), page_of(customer)), text_of(staff(SEE), page_of(customer))
    assert "Öberg AB" in clear
    assert "SE556677889901" in clear
    assert "Öberg AB" in masked
    assert "SE•••" in masked
    assert "556677889901" not in masked


def test_a_relay_address_says_so_on_the_page_and_in_the_list(customer):
    client = superuser()
    for path in (page_of(customer), CUSTOMERS):
        assert RELAY not in text_of(client, path)
    Customer.objects.update(email_is_relay=True)
    for path in (page_of(customer), CUSTOMERS):
        assert RELAY in text_of(client, path)


def test_orders_newest_first_with_their_neighbours():
    order = factories.placed_order(store=factories.amazon_store(customer_creation="new"))
    customer = order.commerce_order.customer
    _, newer = orders(customer, 2, currency="EUR", grand_total=Decimal("10.50"))
    text = text_of(superuser(), page_of(customer))

    linked = order.commerce_order
    for path in (
        reverse("admin:orders_commerceorder_change", args=[linked.pk]),
        reverse("admin:channels_channelorder_change", args=[order.pk]),
        f"{reverse('admin:orders_commerceorder_changelist')}?customer={customer.pk}",
    ):
        assert f'href="{path}"' in text
    assert newer.channel_number in text  # it has no page of its own
    assert text.index(f">{newer.number}<") < text.index(f">{linked.number}<")
    assert "21.00 EUR · 100.00 SEK" in text


def test_canceled_orders_count_but_have_no_total(customer):
    orders(customer, 1, grand_total=Decimal("20.00"))
    orders(customer, 1, grand_total=Decimal("5.00"), state="canceled")
    response = superuser().get(page_of(customer))
    assert response.context["orders_count"] == 2
    assert [(r["currency"], r["total"]) for r in response.context["totals"]] == [
        ("SEK", Decimal("20.00"))
    ]


def test_fifty_orders_are_shown_and_all_are_one_link_away(customer):
    orders(customer, 53)
    client = superuser()
    response = client.get(page_of(customer))
    assert len(response.context["orders"]) == 50
    assert "All 53 orders" in response.content.decode()
    listed = client.get(
        reverse("admin:orders_commerceorder_changelist"), {"customer__id__exact": customer.pk}
    )
    assert listed.context["cl"].result_count == 53


def test_orders_are_for_those_who_may_see_them(customer):
    (order,) = orders(customer, 1)
    assert order.number not in text_of(staff(SEE), page_of(customer))
    assert order.number in text_of(staff(*SEE_ORDERS), page_of(customer))


def test_as_many_statements_for_fifty_orders_as_for_one(customer):
    client = superuser()
    orders(customer, 1)
    text_of(client, page_of(customer))
    one = statements(client, page_of(customer))
    orders(customer, 49)
    assert statements(client, page_of(customer)) == one


def test_a_customer_nobody_has_is_not_found():
    assert superuser().get(f"{CUSTOMERS}77/change/").status_code == 404
    assert superuser().get(f"{CUSTOMERS}77/forget/").status_code == 404


# The list


def test_the_list_counts_orders_and_shows_the_company(customer):
    orders(customer, 3)
    factories.customer(email="other@example.com")
    client = superuser()
    counts = {c.pk: c.orders_count for c in client.get(CUSTOMERS).context["cl"].result_list}
    assert sorted(counts.values()) == [0, 3]
    assert counts[customer.pk] == 3
    assert "Öberg AB" in text_of(client, CUSTOMERS)


# Finding


@pytest.mark.parametrize("typed", ["asa@marketplace.amazon.se", " ASA@Marketplace.amazon.se "])
def test_a_whole_address_leads_to_the_customer(customer, typed):
    response = staff(SEE, PERSONAL_DATA).post(FIND, {"email": typed})
    assert (response.status_code, response.url) == (302, page_of(customer))


def test_customers_of_several_stores_are_listed(customer):
    other = factories.customer(store=factories.commerce_store("outlet"))
    factories.customer(email="third@example.com")
    client = staff(SEE, PERSONAL_DATA)
    response = client.post(FIND, {"email": "asa@marketplace.amazon.se"}, follow=True)
    assert {c.pk for c in response.context["cl"].result_list} == {customer.pk, other.pk}
    assert "marketplace" not in response.request["QUERY_STRING"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("asa", "No customer has this e-mail address."),
        ("asa@marketplace.amazon", "No customer has this e-mail address."),
        ("", "Enter an e-mail address."),
    ],
)
def test_part_of_an_address_finds_nobody(customer, typed, told):
    response = staff(SEE, PERSONAL_DATA).post(FIND, {"email": typed}, follow=True)
    assert response.request["PATH_INFO"] == CUSTOMERS
    assert [str(message) for message in response.context["messages"]] == [told]


def test_who_sees_no_addresses_cannot_ask_whose_one_is(customer):
    assert staff(SEE).post(FIND, {"email": "asa@marketplace.amazon.se"}).status_code == 403
    assert FIND not in text_of(staff(SEE), CUSTOMERS)
    assert FIND in text_of(staff(SEE, PERSONAL_DATA), CUSTOMERS)


def test_an_address_never_goes_into_a_url(customer):
    assert superuser().get(FIND, {"email": "asa@marketplace.amazon.se"}).status_code == 405
    assert staff().post(FIND, {"email": "asa@marketplace.amazon.se"}).status_code == 403


# Forgetting


def test_asking_first_then_erasing(customer, caplog):
    factories.commerce_order(customer=customer, state="complete", completed_at=factories.NOW)
    client = staff(SEE, FORGET)
    before = everything()
    asked = text_of(client, forget_page(customer))
    assert "buyer, recipient and messages of 1 order" in asked
    assert "1 Commerce order: number, items, amounts, packages" in asked
    assert everything() == before

    with caplog.at_level("INFO", logger="sync_portal.audit"):
        response = client.post(forget_page(customer), follow=True)

    assert response.request["PATH_INFO"] == page_of(customer)
    assert [str(m) for m in response.context["messages"]] == [
        "The customer's personal data is erased."
    ]
    assert Customer.objects.get().profile == {}
    user = client.session["_auth_user_id"]
    assert f"Customer {customer.pk} forgotten by user {user}" in caplog.messages


def test_a_refusal_is_told_and_nothing_is_erased(customer):
    (order,) = orders(customer, 1)
    client = superuser()
    before = everything()
    response = client.post(forget_page(customer))
    assert f"Order {order.number} still has to be shipped" in response.content.decode()
    assert everything() == before


def test_only_for_those_who_may(customer):
    client = staff(SEE, PERSONAL_DATA)
    before = everything()
    assert client.get(forget_page(customer)).status_code == 403
    assert client.post(forget_page(customer)).status_code == 403
    assert everything() == before
    assert forget_page(customer) not in text_of(client, page_of(customer))
    assert forget_page(customer) in text_of(staff(SEE, FORGET), page_of(customer))


def test_pages_of_a_forgotten_customer_say_erased():
    store = factories.amazon_store(customer_creation="new")
    order = factories.placed_order(store=store, status="shipped", amazon_status="SHIPPED")
    customer = order.commerce_order.customer
    client = superuser()
    client.post(forget_page(customer))
    for path in (
        CUSTOMERS,
        page_of(customer),
        forget_page(customer),
        reverse("admin:orders_commerceorder_change", args=[order.commerce_order.pk]),
    ):
        assert "Erased" in text_of(client, path)
    page = text_of(client, reverse("admin:channels_channelorder_change", args=[order.pk]))
    assert "Personal data erased" in page
    assert client.post(forget_page(customer)).status_code == 302
