"""Commenting on an order: by whom, once, and what is refused."""

import pytest
from django.urls import reverse

from orders.models import OrderNote
from orders.services.comments import comment
from orders.services.errors import CannotComment
from tests import factories
from tests.orders.pages import page_of
from tests.snapshot import everything
from tests.staff import SEE_ORDERS, staff, superuser

pytestmark = pytest.mark.django_db

COMMENT = "orders.comment_commerceorder"


def address(order):
    return reverse("admin:orders_commerceorder_comment", args=[order.commerce_order_id])


def comments():
    notes = OrderNote.objects.filter(params__has_key="comment").order_by("id")
    return [(note.actor, note.user_name, str(note)) for note in notes]


def test_a_comment_is_a_note_on_the_timeline():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS, COMMENT)
    response = client.post(address(order), {"comment": "  100 %(sure)s\n<b>fine</b>  "})
    assert (response.status_code, response.url) == (302, f"{page_of(order)}#history")
    assert comments() == [("staff", "staff-0", "Comment: 100 %(sure)s <b>fine</b>")]
    channel_page = reverse("admin:channels_channelorder_change", args=[order.pk])
    for path in (page_of(order), f"{channel_page}?tab=history"):
        text = client.get(path).content.decode()
        assert "Comment: 100 %(sure)s &lt;b&gt;fine&lt;/b&gt;" in text
        assert f'action="{address(order)}"' in text


def test_it_comes_back_to_the_page_it_was_written_on():
    order = factories.placed_order()
    page = reverse("admin:channels_channelorder_change", args=[order.pk]) + "?tab=history"
    client = superuser()
    for there, back in ((page, page), ("https://evil.example/", page_of(order))):
        response = client.post(address(order), {"comment": "x", "next": there})
        assert response.url == f"{back}#history"


def test_posted_twice_it_is_written_once():
    order = factories.placed_order()
    client = superuser()
    for _ in range(2):
        client.post(address(order), {"comment": "Called"})
    assert len(comments()) == 1
    client.post(address(order), {"comment": "Called again"})
    client.post(address(order), {"comment": "Called"})
    assert len(comments()) == 3
    superuser().post(address(order), {"comment": "Called"})  # somebody else
    assert len(comments()) == 4


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * 501])
def test_nothing_and_too_much_are_refused(text):
    order = factories.placed_order()
    before = everything()
    with pytest.raises(CannotComment):
        comment(order_id=order.commerce_order_id, text=text, user="anna")
    assert everything() == before
    response = superuser().post(address(order), {"comment": text}, follow=True)
    assert response.status_code == 200
    assert comments() == []


def test_five_hundred_signs_are_kept_whole():
    order = factories.placed_order()
    assert comment(order_id=order.commerce_order_id, text="å" * 500, user="anna")
    assert comments() == [("staff", "anna", f"Comment: {'å' * 500}")]


def test_it_needs_the_permission_a_post_and_an_order():
    order = factories.placed_order()
    client = staff(*SEE_ORDERS)
    assert client.post(address(order), {"comment": "x"}).status_code == 403
    assert staff(COMMENT).post(address(order), {"comment": "x"}).status_code == 403
    assert address(order) not in client.get(page_of(order)).content.decode()
    client = superuser()
    assert client.get(address(order)).status_code == 405
    gone = reverse("admin:orders_commerceorder_comment", args=[999])
    assert client.post(gone, {"comment": "x"}).status_code == 404
    client.handler.enforce_csrf_checks = True
    assert client.post(address(order), {"comment": "x"}).status_code == 403
    assert comments() == []
