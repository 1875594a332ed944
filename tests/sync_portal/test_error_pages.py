"""What stands where a page would: for staff, for anybody else, and without a database."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from orders.models import CommerceOrder
from tests import factories
from tests.staff import staff, superuser

NOWHERE = "/admin/nothing/there/"


@pytest.mark.django_db
def test_what_is_not_there_keeps_the_frame_and_says_the_way_back():
    answer = staff("orders.view_product").get(NOWHERE)
    text = answer.content.decode()
    assert answer.status_code == 404
    assert "<title>Page not found | Sync Portal</title>" in text
    assert 'aria-label="Portal"' in text
    assert f'<a href="{reverse("admin:orders_product_changelist")}">Back to: Products</a>' in text


@pytest.mark.django_db
def test_what_one_may_not_do():
    answer = staff("orders.view_product").get(reverse("admin:channels_channelorder_changelist"))
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "Your account may not do this: an administrator can give you a role that may." in text
    assert "Back to: Products" in text
    nobody = staff().get(reverse("admin:channels_channelorder_changelist"))
    assert f'<a href="{reverse("admin:index")}">Back to the portal</a>' in nobody.content.decode()


def test_those_who_are_not_logged_in_are_led_to_the_log_in(client):
    answer = client.get("/nothing", headers={"accept-language": "sv"})
    text = answer.content.decode()
    assert answer.status_code == 404
    assert '<html lang="sv"' in text
    assert "Sidan kunde inte hittas" in text
    assert f'<a href="{reverse("admin:login")}">Logga in</a>' in text
    assert 'aria-label="Portal' not in text


def test_a_form_that_was_open_too_long():
    answer = Client(enforce_csrf_checks=True).post(reverse("admin:login"), {"username": "kim"})
    assert answer.status_code == 403
    assert "Go back, load the page again and send it once more." in answer.content.decode()


def test_a_request_for_another_host(client):
    """Refused before anybody knows who asks."""
    answer = client.get("/nothing", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "makes no sense to the portal" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["amazon_order_id__exact=%00", "q=302%00", "status=%00", "a%00=b"]
)
def test_a_nul_in_the_address(query):
    """PostgreSQL takes none, whatever it is compared with."""
    answer = superuser().get(f"{reverse('admin:channels_channelorder_changelist')}?{query}")
    assert answer.status_code == 400
    assert "makes no sense to the portal" in answer.content.decode()


@pytest.mark.django_db
def test_a_nul_in_a_form():
    order = factories.placed_order().commerce_order
    answer = superuser().post(
        reverse("admin:orders_commerceorder_hold", args=[order.pk]), {"reason": "a\0b"}
    )
    assert answer.status_code == 400
    assert "Nothing was changed." in answer.content.decode()
    assert CommerceOrder.objects.get().state == order.state


@pytest.mark.django_db
def test_the_address_of_a_button_opened_as_a_page():
    """As after a log-in in between: one is led back to the address, not to the button."""
    order = factories.placed_order().commerce_order
    answer = superuser().get(reverse("admin:orders_commerceorder_hold", args=[order.pk]))
    text = answer.content.decode()
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "<title>Nothing was done | Sync Portal</title>" in text
    assert "press the button once more" in text
    assert 'aria-label="Portal"' in text


def test_a_failure_needs_neither_database_nor_context():
    text = render_to_string("500.html")
    assert "The server could not finish this, and its log says why." in text
    assert f'<a href="{reverse("admin:index")}">Back to the portal</a>' in text
    assert f"{settings.STATIC_URL}portal/portal.css" in text


@pytest.mark.django_db
def test_a_view_that_fails_is_answered_with_that_page():
    client = staff("orders.view_product")
    client.raise_request_exception = False
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("django.contrib.admin.views.main.ChangeList.get_results", None)
        answer = client.get(reverse("admin:orders_product_changelist"))
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()
