"""One order by either of its numbers."""

import pytest
from django.utils import translation

from channels.services.finding import NoSuchOrder, find_order
from orders.models import CommerceOrder
from tests import factories

pytestmark = pytest.mark.django_db


def test_by_either_number():
    order = factories.placed_order()
    assert find_order(order.amazon_order_id) == order
    assert find_order(order.commerce_order.number) == order
    with pytest.raises(NoSuchOrder, match=r"There is no order 702-1\."):
        find_order("702-1")


def test_a_number_of_two_stores_names_them_in_the_readers_language():
    order = factories.placed_order(store=factories.amazon_store(name="Amazon SE"))
    store = factories.amazon_store(name="Amazon DE", store=factories.commerce_store("other"))
    other = factories.placed_order(store=store)
    number = order.commerce_order.number
    CommerceOrder.objects.filter(pk=other.commerce_order_id).update(number=number)
    with translation.override("sv"), pytest.raises(NoSuchOrder) as refusal:
        find_order(number)
    assert " and " not in str(refusal.value)
    assert all(name in str(refusal.value) for name in ("Amazon SE", "Amazon DE"))
