"""The one search box: numbers of every kind, products, tracking numbers, and buyers."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.models import BuyerTerm, ChannelOrder
from channels.services import order_search
from channels.services.addresses import correct_address, version
from channels.services.buyer_terms import terms_of, words
from channels.services.order_search import search
from customers.services.forgetting import forget_customer
from tests import factories
from tests.channels.pages import Draft, advanced
from tests.channels.shop import bring, shop

pytestmark = pytest.mark.django_db


def found(text):
    return set(
        search(ChannelOrder.objects.all(), text, buyers=True).values_list(
            "amazon_order_id", flat=True
        )
    )


def named(name, **more):
    """An order of this buyer, as an import leaves it."""
    buyer = {"name": name, "email": "k3v9@marketplace.amazon.se"}
    return factories.placed_order(**{"buyer": buyer, "recipient": None} | more)


# Names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Anna Öberg", "anna"),
        ("Anna Öberg", "ÖBERG"),
        ("Anna Öberg", "oberg"),
        ("Anna Öberg", "Öberg Anna"),
        ("Anna Öberg", "ann öbe"),
        ("Anna Öberg", "  anna,  öb" + "erg "),
        ("Seán O'Brien", "o'brien"),
        ("Seán O'Brien", "brien"),
        ("Seán O'Brien", "sean"),
        ("Zoë Müller-Lüdenscheidt", "ludensch"),
        ("Zoë Müller-Lüdenscheidt", "Lüdenscheidt"),
        ("Zoë Müller-Lüdenscheidt", "lüdenscheid"),
        ("Straße GmbH", "strasse"),
        ("Ли Лэй", "ли"),
        ("Γιώργος Παπαδόπουλος", "παπαδοπ"),
        ("佐藤 花子", "佐藤"),
        ("佐藤花子", "佐藤"),
        ("李雷", "李雷"),
        ("A" * 40, "a" * 13),
        ("Li", "Li"),
    ],
)
def test_a_buyer_is_found_by_words_and_their_beginnings(name, text):
    order = named(name)
    named("Somebody Else")
    assert found(text) == {order.amazon_order_id}


@pytest.mark.parametrize("text", ["an", "nna", "anna berg", "anna oberg nils", "öbergs", "a", "'"])
def test_what_is_no_word_or_beginning_of_three_letters_finds_nobody(text):
    named("Anna Öberg")
    assert found(text) == set()


def test_an_e_mail_address_is_found_whole():
    order = named("Anna Öberg")
    assert found("K3V9@marketplace.amazon.se") == {order.amazon_order_id}
    assert found("k3v9@marketplace") == set()


def test_the_recipient_and_the_company_count_too():
    order = named("Anna Öberg", recipient={"name": "Nils Ek", "company": "Kaffebönan AB"})
    for text in ("nils", "kaffebonan", "anna"):
        assert found(text) == {order.amazon_order_id}, text


def test_a_long_name_of_a_company_hides_no_other():
    company = "Stadt Frankfurt am Main Amt für Bau und Immobilien, Abteilung Kindergärten Süd West"
    recipient = {"name": "Kita Sonnenschein", "company": company}
    order = named("Anna Maria Schmidt", recipient=recipient)
    for text in ("anna", "frankfurt", "immobilien", "sonnenschein"):
        assert found(text) == {order.amazon_order_id}, text


def test_the_table_tells_no_name():
    order = named("Anna Öberg")
    stored = set(BuyerTerm.objects.values_list("term", flat=True))
    assert stored == terms_of(order)
    assert len(stored) == len({"anna", "ann", "oberg", "ober", "obe", "e-mail"})


@pytest.mark.parametrize("text", ["", " ", "'-", "\u0301", "\0"])
def test_a_name_without_a_word_has_no_terms(text):
    assert words(text) == []


# What keeps the terms up to date


def test_an_import_makes_the_buyer_findable_and_only_once():
    store = shop()
    draft = Draft(name="Anna Öberg", status="PENDING")
    bring(store, draft)
    assert found("anna") == set()
    bring(store, advanced(draft))
    bring(store, advanced(advanced(draft)))
    assert found("anna") == {draft.amazon_order_id}


def test_a_buyer_with_another_name_is_found_by_that():
    store = shop()
    bring(store, Draft(name="Anna Öberg"))
    bring(store, Draft(name="Nils Ek", minutes=90))
    assert found("nils") == {Draft().amazon_order_id}
    assert found("anna") == set()


def test_a_corrected_name_is_found_as_well():
    order = named("Anna Öberg", recipient={"name": "Anna Oeberg", "city": "Uppsala"})
    user = User.objects.create_user("staff")
    typed = {"name": "Ane Holm", "city": "Uppsala"}
    correct_address(order_id=order.pk, address=typed, user=user, seen=version(order))
    assert found("holm") == found("oeberg") == {order.amazon_order_id}


def test_a_forgotten_buyer_is_found_no_more():
    store = shop(customer_creation="new")
    bring(store, Draft(name="Anna Öberg", status="SHIPPED"))
    customer = ChannelOrder.objects.get().commerce_order.customer
    forget_customer(customer_id=customer.pk, user=User.objects.create_user("staff"))
    assert found("anna") == set()
    assert BuyerTerm.objects.count() == 0


def test_without_buyers_neither_names_nor_e_mail_addresses_are_searched():
    order = named("Anna Öberg")
    everybody = ChannelOrder.objects.all()
    for text in ("anna", "öberg", "k3v9@marketplace.amazon.se", f"{order.pk} öberg"):
        assert not search(everybody, text, buyers=False).exists(), text
    assert search(everybody, order.amazon_order_id, buyers=False).get() == order


# Numbers


def test_tracking_numbers_whole_or_by_their_last_six_signs():
    order = factories.placed_order()
    factories.package(order=order.commerce_order, tracking_number="Ua123456785SE")
    for text in ("UA123456785SE", "ua123456785se", "6785SE", "6785se"):
        assert found(text) == {order.amazon_order_id}, text
    assert found("785SE") == found("56785SE") == set()


def test_a_sku_with_spaces_and_in_another_case():
    order = factories.placed_order(items=[factories.item("MUG BLUE 3", asin="B0ABCDEFGH")])
    for text in ("MUG BLUE 3", "b0abcdefgh"):
        assert found(text) == {order.amazon_order_id}, text


def test_marks_that_nobody_sees_are_no_part_of_a_number():
    order = factories.placed_order()
    number = order.amazon_order_id
    assert found(f"\u200e{number}\u202c") == {number}
    assert found(f"\u200b{order.commerce_order.number}") == {number}
    other = "702-0000000-0000000"
    assert order_search.unknown_numbers(f"\u200e{number} \u200e{other}") == [other]


def test_numbers_and_names_do_not_mix():
    """Pasted numbers are alternatives; the words of a name must all be there."""
    first, second = named("Anna Öberg"), named("Nils Ek")
    both = f"{first.amazon_order_id} {second.commerce_order.number}"
    assert found(both) == {first.amazon_order_id, second.amazon_order_id}
    assert found(f"{first.amazon_order_id} nils") == {first.amazon_order_id}


# However many


def test_a_search_looks_everything_up_in_one_statement():
    orders = [named("Anna Öberg") for _ in range(3)]
    text = " ".join(order.amazon_order_id for order in orders)
    for query in (text, "anna öberg", "a@b", "MUG", "123456"):
        with CaptureQueriesContext(connection) as captured:
            list(search(ChannelOrder.objects.all(), query, buyers=True))
        assert len(captured) <= 2, query


def test_more_than_a_few_are_all_found(monkeypatch):
    monkeypatch.setattr(order_search, "FEW", 2)
    orders = {named("Anna Öberg").amazon_order_id for _ in range(5)}
    named("Nils Ek")
    assert found("anna") == orders
