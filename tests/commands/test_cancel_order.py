"""`cancel_order`, `hold_order` and `unhold_order` as a user runs them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels.sandbox.invent import Draft, Line
from channels.services import order_settings
from orders.models import Cancellation, CommerceOrder
from tests import factories, portal
from tests.snapshot import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", Draft(lines=(Line(sku="MUG"), Line(sku="CUP"))))
    portal.poll()
    return portal.order(amazon.order_id)


def items(order):
    return [item.order_item_id for item in order.items.all()]


def test_after_the_grace_period_the_answer_says_when(manage, order):
    order_settings.change(order.store, {"grace_minutes": "30"})
    before = timezone.now()
    done = manage("cancel_order", order.amazon_order_id, "--reason", "NoInventory", "--json")
    answer = done.document
    assert timedelta(minutes=29) < parse_datetime(answer.pop("not_before")) - before
    assert answer == {
        "amazon_order_id": order.amazon_order_id,
        "commerce_order": "000000001",
        "reason": "NoInventory",
        "items": items(order),
        "state": "requested",
    }
    assert Cancellation.objects.get().whole_order is True


def test_alone_it_sends_and_deliver_sees_it_through(manage, order, sandbox):
    done = manage("cancel_order", order.amazon_order_id, "--reason", "NoInventory", "--json")
    assert done.document["state"] == "accepted"
    Cancellation.objects.update(not_before=timezone.now())
    idle = manage("deliver", "--until-idle", "--timeout=20", "--json")
    assert (idle.code, idle.document["cancellations_waiting"]) == (0, 0)
    assert sandbox.world.order(order.amazon_order_id).status == "CANCELLED"
    shown = manage("show_order", order.amazon_order_id, "--json").document
    assert shown["status"] == "canceled"
    assert shown["commerce_order"]["state"] == "canceled"
    assert [c["state"] for c in shown["commerce_order"]["cancellations"]] == ["done"]


def test_when_amazon_is_silent_the_request_stays(manage, order, sandbox):
    sandbox.world.faults.push("500", "createFeedDocument")
    done = manage("cancel_order", order.amazon_order_id, "--reason", "NoInventory", "--json")
    assert (done.code, done.document["state"]) == (0, "requested")


def test_single_items(manage, order):
    order_settings.change(order.store, {"grace_minutes": "30"})
    one = items(order)[1]
    done = manage(
        "cancel_order", order.amazon_order_id, "--reason=NoInventory", f"--item={one}", "--json"
    )
    assert done.document["items"] == [one]
    assert Cancellation.objects.get().whole_order is False


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--reason=Because"], "'Because' is not a reason to cancel. Reasons: NoInventory,"),
        (["--reason=NoInventory", "--item=1"], "Order 000000001 has no item 1."),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_1(manage, order, arguments, told):
    before = everything()
    done = manage("cancel_order", order.amazon_order_id, *arguments)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert done.err.count("\n") == 1
    assert everything() == before


def test_wrong_usage_is_exit_code_2(manage, order):
    one = items(order)[0]
    number = order.amazon_order_id
    assert manage("cancel_order", number).code == 2
    twice = [f"--item={one}"] * 2
    assert manage("cancel_order", number, "--reason=NoInventory", *twice).code == 2
    assert manage("hold_order", number).code == 2


def test_an_order_without_a_commerce_order(manage):
    order = factories.channel_order(status="pending")
    done = manage("cancel_order", order.amazon_order_id, "--reason=NoInventory")
    assert done.code == 1
    assert "has no Commerce order: cancel it in Seller Central." in done.err
    assert "has no Commerce order." in manage("unhold_order", order.amazon_order_id).err


def test_hold_and_unhold(manage, order):
    held = manage("hold_order", "000000001", "--reason", "fraud?", "--json").document
    assert held == {"commerce_order": "000000001", "state": "on_hold", "reason": "fraud?"}
    again = manage("hold_order", "000000001", "--reason", "fraud?")
    assert (again.code, again.err) == (1, _line("is On Hold: it cannot be held."))
    released = manage("unhold_order", order.amazon_order_id, "--json").document
    assert released == {"commerce_order": "000000001", "state": "pending"}
    again = manage("unhold_order", "000000001")
    assert (again.code, again.err) == (1, _line("is Pending: it is not on hold."))
    assert CommerceOrder.objects.get().state == "pending"


def _line(told):
    return f"CommandError: Order 000000001 {told}\n"


def test_show_order_tells_of_it(manage, order):
    linked = order.commerce_order
    factories.cancellation(order=linked, state="refused", answer="Too late")
    shown = manage("show_order", order.amazon_order_id, "--json").document
    (told,) = shown["commerce_order"]["cancellations"]
    assert told.pop("requested_at")
    assert told == {
        "reason": "NoInventory",
        "state": "refused",
        "items": items(order),
        "answer": "Too late",
    }
