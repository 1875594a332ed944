"""The reader's language: by the browser, by choice; texts, dates, numbers and amounts follow it."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation

from orders.models import CommerceOrder, OrderNote, OrderStatus
from orders.money import typed_amount
from orders.services.errors import CannotHold
from orders.services.holding import hold_order
from orders.services.notes import note
from orders.templatetags.portal_ui import badge
from orders.tracking_numbers import problem
from tests import factories
from tests.staff import orders_tab, superuser

SWEDISH = {"accept-language": "sv-SE,sv;q=0.9,en;q=0.8"}


def choose(client, language, page="/admin/"):
    return client.post(reverse("set_language"), {"language": language, "next": page})


def text_of(client, page, **options):
    return client.get(page, **options).content.decode()


@pytest.mark.django_db
def test_the_browsers_language_until_one_is_chosen():
    client = superuser()
    assert '<html lang="en"' in text_of(client, orders_tab())
    page = text_of(client, orders_tab(), headers=SWEDISH)
    assert '<html lang="sv"' in page
    assert "Ordrar" in page


@pytest.mark.django_db
def test_a_choice_is_kept_and_leads_back():
    client = superuser()
    response = choose(client, "sv", orders_tab())
    assert (response.status_code, response["location"]) == (302, orders_tab())
    cookie = response.cookies["django_language"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (31536000, True, "Lax")
    assert '<html lang="sv"' in text_of(client, orders_tab())
    choose(client, "en")
    assert '<html lang="en"' in text_of(client, orders_tab(), headers=SWEDISH)


@pytest.mark.django_db
def test_every_page_offers_the_other_language(client):
    for browser, page in ((client, reverse("admin:login")), (superuser(), orders_tab())):
        english, swedish = text_of(browser, page), text_of(browser, page, headers=SWEDISH)
        assert '<button name="language" value="sv" lang="sv">Svenska' in english
        assert '<button name="language" value="en" lang="en">English' in swedish
        assert 'value="en" lang="en"' not in english
        assert f'name="next" value="{page}"' in english


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_a_choice_leads_nowhere_else(client, page):
    assert "evil" not in choose(client, "sv", page)["location"]
    assert "javascript" not in choose(client, "sv", page)["location"]


@pytest.mark.django_db
def test_an_unknown_language_is_not_kept(client):
    assert "django_language" not in choose(client, "xx").cookies


@pytest.mark.django_db
def test_a_choice_is_posted_with_a_token(client):
    client.handler.enforce_csrf_checks = True
    assert choose(client, "sv").status_code == 403
    assert "django_language" not in client.get(reverse("set_language")).cookies


# Texts


@pytest.mark.django_db
def test_refusals_are_in_the_readers_language():
    order = factories.commerce_order(state=CommerceOrder.State.CLOSED, number="000000007")
    for language, told in {
        "en": "Order 000000007 is Closed: it cannot be held.",
        "sv": "Order 000000007 har statusen Stängd: den kan inte pausas.",
    }.items():
        with translation.override(language), pytest.raises(CannotHold) as refused:
            hold_order(order_id=order.pk, reason="x")
        assert str(refused.value) == told


def test_tracking_warnings_are_in_the_readers_language():
    with translation.override("sv"):
        told = problem("PostNord", "123")
    assert told == "123 ser inte ut som ett spårningsnummer från PostNord."


@pytest.mark.django_db
def test_a_note_is_read_in_the_readers_language_whoever_wrote_it():
    order = factories.commerce_order()
    closed = CommerceOrder.State.CLOSED.label
    with translation.override("sv"):  # a member of staff, where it is otherwise a worker
        note(
            order.timeline,
            "Canceled at Amazon, but Commerce order %(number)s is %(state)s: "
            "stop the parcel if you can.",
            params={"number": order.number, "state": closed},
        ).save()
    stored = OrderNote.objects.get()
    assert "is Closed: stop" in str(stored)
    with translation.override("sv"):
        assert "har statusen Stängd: stoppa" in str(stored)


@pytest.mark.django_db
def test_order_statuses_as_they_came_are_translated_and_those_of_the_merchant_are_not():
    OrderStatus.objects.create(code="packed", label="Packed by <Kim>", state="processing")
    with translation.override("sv"):
        known, own = OrderStatus.objects.get(pk="complete"), OrderStatus.objects.get(pk="packed")
        assert (str(known), str(own)) == ("Slutförd", "Packed by <Kim>")
        assert ">Slutförd<" in badge("complete", known.label)
        assert ">Packed by &lt;Kim&gt;<" in badge("processing", own.label)


# Numbers, amounts, dates

SHOWN = """{% load portal_ui %}{{ amount|money:"SEK" }} {{ yen|money:"JPY" }} {{ when }}"""
VALUES = {"amount": Decimal("1234.5"), "yen": Decimal(98000), "when": factories.NOW}


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "1,234.50 SEK 98,000 JPY 2026-03-03 12:00"),
        ("sv", "1 234,50 SEK 98 000 JPY 2026-03-03 12:00"),
    ],
)
def test_amounts_and_dates(language, shown):
    with translation.override(language):
        page = Template(SHOWN).render(Context(VALUES))
    assert page.replace("\xa0", " ") == shown


@pytest.mark.parametrize(
    ("typed", "english", "swedish"),
    [
        ("12,50", "12.50", "12.50"),
        ("12.50", "12.50", "12.50"),
        ("1 234,50", "1234.50", "1234.50"),
        ("1\xa0234,50", "1234.50", "1234.50"),
        ("1,234.50", "1234.50", "1234.50"),
        ("1.234,50", "1234.50", "1234.50"),
        ("1,234", "1234", "1.234"),
        ("1.234", "1.234", "1234"),
        ("1,234,567", "1234567", "1234567"),
        ("007", "7", "7"),
    ],
)
def test_typed_amounts(typed, english, swedish):
    for language, meant in (("en", english), ("sv", swedish)):
        with translation.override(language):
            assert typed_amount(typed) == Decimal(meant)


def test_an_amount_keeps_the_digits_that_were_typed():
    assert [str(typed_amount(typed)) for typed in ("100", "1,000.50")] == ["100", "1000.50"]


@pytest.mark.parametrize("typed", ["", "x", "-5", "1,2,3", "1.2.3", "1e9", "٣", "9" * 13, "NaN"])
def test_what_is_no_amount(typed):
    assert typed_amount(typed) is None
