"""The pages of an address: who sees and who may, both versions, stale and repeated forms."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from channels.services.addresses import PARTS
from tests import factories
from tests.channels.correcting import again, commerce_address, correct
from tests.orders.shipping import ship
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, SEE_ORDERS, staff, statements

pytestmark = pytest.mark.django_db

CORRECT = "channels.correct_address"
SENT = {
    "name": "Åsa Öberg",
    "line1": "Storgatan 1",
    "postal_code": "903 26",
    "city": "Umeå",
    "country_code": "SE",
}
SCRIPT = "<script>alert(1)</script>"


def url(order, name="address"):
    return reverse(f"admin:channels_channelorder_{name}", args=[order.pk])


def page_of(order):
    return url(order, "change")


@pytest.fixture
def order():
    return factories.placed_order(recipient=SENT)


@pytest.fixture
def kim():
    return staff(*SEE_ORDERS, PERSONAL_DATA, CORRECT)


def filled_in(client, order, **changes):
    """What a browser posts of the form as it is shown now, with these changes."""
    form = client.get(url(order)).context["form"]
    return {field.html_name: field.value() or "" for field in form} | changes


def text_of(response):
    """The words of a page, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# Who may


@pytest.mark.parametrize(
    "permissions",
    [
        (),
        SEE_ORDERS,
        (*SEE_ORDERS, CORRECT),
        (*SEE_ORDERS, PERSONAL_DATA),
        (PERSONAL_DATA, CORRECT),
    ],
)
def test_nobody_corrects_without_both_rights(order, permissions):
    correct(order, line1="Storgatan 11")
    client = staff(*permissions)
    before = everything()
    assert client.get(url(order)).status_code == 403
    assert client.post(url(order), {"line1": "X", "seen": "x"}).status_code == 403
    assert client.post(url(order, "amazon_address"), {"seen": "x"}).status_code == 403
    assert everything() == before
    if "channels.view_channelorder" in permissions:
        shown = client.get(page_of(order)).content.decode()
        assert url(order) not in shown
        assert url(order, "amazon_address") not in shown


def test_who_is_not_logged_in_is_led_there(order):
    response = Client().get(url(order))
    assert (response.status_code, response.url) == (302, f"/admin/login/?next={url(order)}")


def test_a_form_from_elsewhere_is_refused(order, kim):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = kim.cookies
    data = filled_in(kim, order, line1="X")
    before = everything()
    for name in ("address", "amazon_address"):
        assert careful.post(url(order, name), data).status_code == 403
    assert everything() == before


def test_looking_changes_nothing(order, kim):
    correct(order, line1="Storgatan 11")
    before = everything()
    assert kim.get(url(order)).status_code == 200
    assert kim.get(url(order, "amazon_address")).status_code == 405
    assert everything() == before


def test_an_unknown_order_is_not_found(order, kim):
    gone = url(order).replace(str(order.pk), "12345")
    assert kim.get(gone).status_code == 404
    assert kim.post(gone, {"seen": "x"}).status_code == 404
    assert kim.post(f"{gone}amazon/").status_code == 404


# What is shown


def test_without_a_correction_there_is_one_address_and_one_button(order, kim):
    shown = kim.get(page_of(order)).content.decode()
    assert "Storgatan 1" in shown
    assert "As sent by Amazon" not in shown
    assert f'href="{url(order)}"' in shown
    assert url(order, "amazon_address") not in shown


def test_both_versions_side_by_side_with_what_differs_marked_in_words(order, kim):
    correct(order, line1="Storgatan 11", phone="+46 70", postal_code="")
    response = kim.get(page_of(order))
    rows = [
        [str(label), ours, amazon, differs]
        for label, ours, amazon, differs in response.context["correction"]["rows"]
    ]
    assert rows == [
        ["Name", "Åsa Öberg", "Åsa Öberg", False],
        ["Address line 1", "Storgatan 11", "Storgatan 1", True],
        ["Postcode", None, "903 26", True],
        ["City", "Umeå", "Umeå", False],
        ["Country code", "SE", "SE", False],
        ["Phone", "+46 70", None, True],
    ]
    text = text_of(response)
    assert "As corrected As sent by Amazon" in text
    assert "Storgatan 11 differs Storgatan 1" in text
    assert text.count("differs") == 3
    assert "Corrected by kim," in text
    assert "Amazon changed its address" not in text


def test_the_warning_stays_until_staff_look(order, kim):
    correct(order, line1="Storgatan 11")
    row = again(order)
    row.recipient = SENT | {"city": "Luleå"}
    row.save()
    warning = "Amazon changed its address after this correction."
    assert warning in text_of(kim.get(page_of(order)))
    kim.post(url(order), filled_in(kim, order))
    assert warning not in text_of(kim.get(page_of(order)))
    assert again(order).corrected_address["address"]["line1"] == "Storgatan 11"


def test_both_versions_are_masked_without_the_right(order):
    correct(order, name="Karin Ek", line1="Lillgatan 2", phone="070-1")
    response = staff(*SEE_ORDERS, CORRECT).get(page_of(order))
    text = response.content.decode()
    for personal in ("Öberg", "Ek<", "Karin", "Storgatan", "Lillgatan", "903 26", "070-1"):
        assert personal not in text
    assert "K••• E•••" in text
    assert "Å••• Ö•••" in text
    assert text_of(response).count("differs") == 3


def test_the_commerce_orders_page_says_corrected(order, kim):
    page = reverse("admin:orders_commerceorder_change", args=[order.commerce_order_id])
    assert "Corrected" not in text_of(kim.get(page))
    correct(order, line1="Storgatan 11")
    text = text_of(kim.get(page))
    assert "Shipping address Corrected Åsa Öberg Storgatan 11" in text


def test_revealing_is_logged_without_the_data(order, kim, caplog):
    correct(order, line1="Storgatan 11")
    with caplog.at_level("INFO"):
        data = filled_in(kim, order, country_code="sweden")
        kim.post(url(order), data)
    told = [r.getMessage() for r in caplog.records if r.name == "sync_portal.audit"]
    user = kim.session["_auth_user_id"]
    said = f"Personal data of channels.channelorder {order.pk} shown to user {user}"
    assert told == [said] * 2
    assert "Storgatan" not in caplog.text


def test_the_page_costs_the_same_with_a_correction(order, kim):
    kim.get(page_of(order))
    plain = statements(kim, page_of(order))
    correct(order, line1="Storgatan 11")
    assert statements(kim, page_of(order)) == plain


def test_markup_is_text(kim):
    order = factories.placed_order(recipient=dict.fromkeys(SENT, SCRIPT))
    correct(order, line1=f"{SCRIPT}2", phone=SCRIPT, company=SCRIPT)
    for path in (page_of(order), url(order)):
        text = kim.get(path).content.decode()
        assert SCRIPT not in text
        assert "&lt;script&gt;" in text


# Correcting


def test_the_form_has_amazons_value_beside_each_field(order, kim):
    correct(order, line1="Storgatan 11")
    rows = kim.get(url(order)).context["form"].rows()
    assert [field.name for field, _ in rows] == list(PARTS)
    beside = {field.name: (field.value(), amazon) for field, amazon in rows}
    assert beside["line1"] == ("Storgatan 11", "Storgatan 1")
    assert beside["city"] == ("Umeå", "Umeå")
    assert beside["phone"] == (None, None)


def test_correcting_through_the_form(order, kim):
    response = kim.post(url(order), filled_in(kim, order, line1="Storgatan 11"), follow=True)
    assert response.redirect_chain == [(page_of(order), 302)]
    assert "The shipping address is saved." in text_of(response)
    assert commerce_address(order)[1]["line1"] == "Storgatan 11"
    assert again(order).corrected_by == kim.get(url(order)).context["user"].username


def test_no_address_is_in_the_addresses_of_pages(order, kim):
    response = kim.post(url(order), filled_in(kim, order, line1="Storgatan 11"))
    for path in (response.url, url(order), url(order, "amazon_address")):
        assert urlsplit(path).query == ""
        assert re.fullmatch(r"/admin/channels/channelorder/\d+/[a-z/]+", path)


def test_amazons_address_is_used_again(order, kim):
    correct(order, line1="Storgatan 11")
    seen = kim.get(page_of(order)).context["address_version"]
    response = kim.post(url(order, "amazon_address"), {"seen": seen}, follow=True)
    assert response.redirect_chain == [(page_of(order), 302)]
    assert "Amazon's address is used." in text_of(response).replace("&#x27;", "'")
    assert again(order).corrected_address is None

    before = everything()
    response = kim.post(url(order, "amazon_address"), {"seen": seen}, follow=True)
    assert "was changed meanwhile" in text_of(response)
    assert everything() == before


@pytest.mark.parametrize("seen", ["", "x", "ä"])
def test_a_form_without_its_version_changes_nothing(order, kim, seen):
    data = filled_in(kim, order, line1="Storgatan 11", seen=seen)
    before = everything()
    assert kim.post(url(order), data).status_code == 200
    kim.post(url(order, "amazon_address"), {"seen": seen})
    assert everything() == before


def test_a_stale_form_comes_back_with_what_is_there_now(order, kim):
    data = filled_in(kim, order, line1="Storgatan 11")
    correct(order, line1="Lillgatan 2")
    before = everything()
    response = kim.post(url(order), data)
    assert response.status_code == 200
    assert everything() == before
    assert "The address was changed meanwhile: this is how it is now." in text_of(response)
    form = response.context["form"]
    assert form["line1"].value() == "Lillgatan 2"
    # The new form is a good one.
    data = {field.html_name: field.value() or "" for field in form} | {"line1": "Storgatan 11"}
    assert kim.post(url(order), data).status_code == 302


def test_the_same_form_posted_twice_is_written_once(order, kim):
    data = filled_in(kim, order, line1="Storgatan 11")
    assert kim.post(url(order), data).status_code == 302
    before = everything()
    assert kim.post(url(order), data).status_code == 302
    assert everything() == before


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(order, kim):
    data = filled_in(kim, order, line1="Storgatan 11", country_code="Sweden")
    before = everything()
    response = kim.post(url(order), data)
    assert response.status_code == 200
    form = response.context["form"]
    assert form.errors == {"country_code": ["The country code is two letters, such as SE."]}
    assert form["line1"].value() == "Storgatan 11"
    assert everything() == before


def test_too_late_is_said_instead_of_a_form(order, kim):
    data = filled_in(kim, order, line1="Storgatan 11")
    ship(order)
    before = everything()
    for response in (kim.get(url(order)), kim.post(url(order), data)):
        text = text_of(response)
        assert f"Order {order.amazon_order_id} is shipped: its address is where it went." in text
        assert "Save address" not in text
        assert "Storgatan" not in text
    assert url(order) not in kim.get(page_of(order)).content.decode()
    assert everything() == before


def test_a_held_order_can_be_corrected(kim):
    held = factories.channel_order(placement="held", hold_reason="total", recipient=SENT)
    kim.post(url(held), filled_in(kim, held, line1="Storgatan 11"))
    assert again(held).corrected_address["address"]["line1"] == "Storgatan 11"
